"""The history of a tenant: one row per attribute instance that a change wrote."""

from collections.abc import Iterator
from datetime import datetime

import orjson

from broker.ngsi.changes import AttributeChange, Change, Effect, each_attribute
from broker.ngsi.entity import Instance
from broker.store.hooks import Written
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
_CREATED, _UPDATED, _DELETED = 1, 2, 3
_NUMBER_OF = {Effect.CREATED: _CREATED, Effect.UPDATED: _UPDATED, Effect.DELETED: _DELETED}

_Row = tuple[int, datetime, JsonValue, str, str, JsonValue, str | None]


class HistoryHook:
    """Writes history rows unless the tenant's retention is 0."""

    async def write(self, connection: Connection, written: Written) -> None:
        """Write one row per attribute instance, scope and deleted entity."""
        if written.state.history_days == 0:
            return
        rows: list[_Row] = []
        for change in written.changes:
            rows.extend(_rows(change))
        if rows:
            await connection.execute(
                _ADD, written.tenant.number, *map(list, zip(*rows, strict=True))
            )


def _rows(change: Change) -> Iterator[_Row]:
    at, entity_id, before, after = change.at, change.entity_id, change.before, change.after
    if before is None and after is not None:
        for attribute, instances in after.attributes.items():
            for instance in instances:
                yield _row(_CREATED, at, entity_id, attribute, instance)
    else:
        for one in each_attribute(change):
            yield _row_of(one, at, entity_id)
    scopes = () if after is None else after.scopes
    if scopes != (() if before is None else before.scopes):
        yield _member_row(at, entity_id, "scope", scopes)
    if after is None and before is not None:
        yield _member_row(at, entity_id, "type", before.types, effect=_DELETED)


def _row_of(change: AttributeChange, at: datetime, entity_id: str) -> _Row:
    if change.after is not None:
        return _row(_NUMBER_OF[change.effect], at, entity_id, change.attribute, change.after)
    return (_DELETED, at, None, entity_id, change.attribute, change.dataset_id, None)


def _row(effect: int, at: datetime, entity_id: str, attribute: str, instance: Instance) -> _Row:
    return (
        effect,
        at,
        instance.get("observedAt"),
        entity_id,
        attribute,
        instance.get("datasetId"),
        orjson.dumps(instance).decode(),
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
