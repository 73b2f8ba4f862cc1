"""The history of a tenant: one row for all that a change did alike to attribute instances.

A row is of one instance, whose name and datasetId stand beside its body; or, under the name
`SEVERAL`, of as many as a change created, updated or deleted one after another:

    {attribute IRI: [instance, …]}            created or updated: in stored form, as in `entity`
    {attribute IRI: [{"datasetId": …}, …]}    deleted; {}: the default instance

A creation is one row, whose body is the entity's own document. The index leads to the rows of an
attribute and to those of several, each in order of time.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import Final

import orjson

from broker.ngsi.changes import AttributeChange, Change, Effect, each_attribute
from broker.ngsi.entity import Instance
from broker.store.hooks import Written
from broker.store.inside import Inside
from broker.store.rows import INSERTED, columns
from broker.store.together import Together
from kit.json import JsonValue

SEVERAL: Final = "*"
"""In the place of an attribute's name: the body names each."""

CREATED, UPDATED, DELETED = 1, 2, 3
_ADD = """
INSERT INTO attribute_instance
    (tenant, effect, recorded_at, observed_at, entity_id, attribute, dataset_id, body)
SELECT entered(row.tenant), effect, recorded_at, observed_at::timestamptz, entity_id, attribute,
       dataset_id, body::jsonb
FROM unnest($1::int[], $2::smallint[], $3::timestamptz[], $4::text[], $5::text[], $6::text[],
            $7::text[], $8::text[])
    AS row (tenant, effect, recorded_at, observed_at, entity_id, attribute, dataset_id, body)"""
_ADD_CREATED = f"""
INSERT INTO attribute_instance (tenant, effect, recorded_at, entity_id, attribute, body)
SELECT entered(row.tenant), {CREATED}, created_at, id, '{SEVERAL}', document
FROM {INSERTED} JOIN unnest($1::int[], $2::text[]) AS row (tenant, id) USING (tenant, id)"""  # noqa: S608 — the names are ours
_NUMBER_OF = {Effect.CREATED: CREATED, Effect.UPDATED: UPDATED, Effect.DELETED: DELETED}

_Row = tuple[int, datetime, JsonValue, str, str, JsonValue, str | None]


class HistoryHook:
    """Writes history rows unless the tenant's retention is 0."""

    async def write(self, _: Inside, written: Written, together: Together) -> None:
        """Write what happened to attribute instances, to scopes and to deleted entities."""
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
            together.add("recorded_created", _ADD_CREATED, [tenant] * len(created), created)
        if rows:
            together.add("recorded", _ADD, [tenant] * len(rows), *columns(rows))


def _rows(change: Change) -> Iterator[_Row]:
    """Answer with the rows of a change that the entity's stored row does not show."""
    at, entity_id = change.at, change.entity_id
    for effect, alike in groupby(each_attribute(change), key=lambda one: one.effect):
        first, *others = alike
        if others:
            body = orjson.dumps(_several([first, *others])).decode()
            yield (_NUMBER_OF[effect], at, None, entity_id, SEVERAL, None, body)
        else:
            yield _row_of(first, at, entity_id)
    yield from _scope_rows(change)
    if change.after is None and change.before is not None:
        yield _member_row(at, entity_id, "type", change.before.types, effect=DELETED)


def _scope_rows(change: Change) -> Iterator[_Row]:
    before, after = change.before, change.after
    scopes = () if after is None else after.scopes
    if scopes != (() if before is None else before.scopes):
        yield _member_row(change.at, change.entity_id, "scope", scopes)


def _several(changes: Iterable[AttributeChange]) -> dict[str, list[Instance]]:
    """Gather instances by attribute; of a deleted one what it was called by."""
    found: dict[str, list[Instance]] = {}
    for one in changes:
        instance = one.after
        if instance is None:
            instance = {} if one.dataset_id is None else {"datasetId": one.dataset_id}
        found.setdefault(one.attribute, []).append(instance)
    return found


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
    effect: int = UPDATED,
) -> _Row:
    """Note scopes (an empty array: removed) or, of a deleted Entity, types."""
    return (effect, at, None, entity_id, member, None, orjson.dumps(values).decode())
