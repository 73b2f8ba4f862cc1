"""The history of a tenant: one row per attribute instance that a change wrote."""

from collections.abc import Iterator
from datetime import datetime

import orjson

from broker.ngsi.changes import AttributeChange, Change, Effect, each_attribute
from broker.store.hooks import Written
from broker.store.rows import INSERTED, columns
from broker.store.together import Together
from kit.db import Connection
from kit.json import JsonValue

_ADD = """
INSERT INTO attribute_instance
    (tenant, effect, recorded_at, observed_at, entity_id, attribute, dataset_id, body)
SELECT $1, effect, recorded_at, observed_at::timestamptz, entity_id, attribute, dataset_id,
       body::jsonb
FROM unnest($2::smallint[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[],
            $8::text[])
    AS row (effect, recorded_at, observed_at, entity_id, attribute, dataset_id, body)"""
_ADD_CREATED = f"""
INSERT INTO attribute_instance
    (tenant, effect, recorded_at, observed_at, entity_id, attribute, dataset_id, body)
SELECT $1, 1, e.created_at, (instance.body ->> 'observedAt')::timestamptz, e.id, attribute.key,
       instance.body ->> 'datasetId', instance.body
FROM {INSERTED} e, jsonb_each(e.document) AS attribute,
     jsonb_array_elements(attribute.value) AS instance (body)
WHERE e.id = ANY ($2)"""  # noqa: S608 — the name is ours
_CREATED, _UPDATED, _DELETED = 1, 2, 3
_NUMBER_OF = {Effect.CREATED: _CREATED, Effect.UPDATED: _UPDATED, Effect.DELETED: _DELETED}

_Row = tuple[int, datetime, JsonValue, str, str, JsonValue, str | None]


class HistoryHook:
    """Writes history rows unless the tenant's retention is 0."""

    async def write(self, _: Connection, written: Written, together: Together) -> None:
        """Write one row per attribute instance, scope and deleted entity."""
        if written.state.history_days == 0:
            return
        created: list[str] = []
        rows: list[_Row] = []
        for change in written.changes:
            before, stored = written.states.get(change.entity_id, (None, None))
            # A row that has expired is written over: it is not among the inserted ones.
            is_inserted = before is None and change.before is None
            if is_inserted and stored is not None and stored is change.after:
                created.append(change.entity_id)
                rows.extend(_scope_rows(change))
            else:
                rows.extend(_rows(change))
        tenant = written.tenant.number
        if created:
            together.add("recorded_created", _ADD_CREATED, tenant, created)
        if rows:
            together.add("recorded", _ADD, tenant, *columns(rows))


def _rows(change: Change) -> Iterator[_Row]:
    """Answer with the rows of a change that the entity's stored row does not show."""
    at, entity_id = change.at, change.entity_id
    for one in each_attribute(change):
        yield _row_of(one, at, entity_id)
    yield from _scope_rows(change)
    if change.after is None and change.before is not None:
        yield _member_row(at, entity_id, "type", change.before.types, effect=_DELETED)


def _scope_rows(change: Change) -> Iterator[_Row]:
    before, after = change.before, change.after
    scopes = () if after is None else after.scopes
    if scopes != (() if before is None else before.scopes):
        yield _member_row(change.at, change.entity_id, "scope", scopes)


def _row_of(change: AttributeChange, at: datetime, entity_id: str) -> _Row:
    instance = change.after
    return (
        _NUMBER_OF[change.effect],
        at,
        None if instance is None else instance.get("observedAt"),
        entity_id,
        change.attribute,
        change.dataset_id,
        None if instance is None else orjson.dumps(instance).decode(),
    )


def _member_row(
    at: datetime,
    entity_id: str,
    member: str,
    values: tuple[str, ...],
    *,
    effect: int = _UPDATED,
) -> _Row:
    """Note scopes (an empty array: removed) or, of a deleted Entity, types."""
    return (effect, at, None, entity_id, member, None, orjson.dumps(values).decode())
