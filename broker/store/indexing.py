"""Keeps entity_index in line with what changed."""

from collections.abc import Mapping, Sequence

from broker.ngsi.entity import Entity
from broker.ngsi.names import EntityId, Iri
from broker.ngsi.q.paths import path_of_key
from broker.ngsi.q.syntax import Path
from broker.store.hooks import TenantState, Written
from broker.store.index_sql import IndexRow, index_rows
from broker.store.inside import Inside
from broker.store.kinds import Kinds
from broker.store.rows import columns, write_rows
from broker.store.together import Together
from joint_use import Tenant
from kit.db import Connection

_DECLARED = "SELECT path FROM index_declaration WHERE tenant = $1 AND is_kept"
_REMOVE = "DELETE FROM entity_index WHERE tenant = $1 AND id = ANY ($2)"
ADD = """
INSERT INTO entity_index (tenant, kind, id, path, number, text, instant, cell)
SELECT entered(row.tenant), kind, id, path, number, text, instant, cell
FROM unnest($1::int[], $2::int[], $3::text[], $4::text[], $5::float8[], $6::text[],
            $7::timestamptz[], $8::bigint[])
    AS row (tenant, kind, id, path, number, text, instant, cell)"""


class IndexHook:
    """Writes the index rows of each changed entity where they, or its types, differ from before.

    One per tenant: it keeps the declared paths and reads them again when their version moves.
    """

    def __init__(self) -> None:
        self._version = 0
        self._declared: Sequence[Path] = ()

    async def write(self, connection: Inside, written: Written, together: Together) -> None:
        """Replace the rows of entities whose indexed values changed, in order of id."""
        if written.state.index_version != self._version:
            await self._learn(connection, written)
        tenant = written.tenant.number
        stale: list[str] = []
        rows: list[tuple[int, str, *IndexRow]] = []
        for entity_id, (before, after) in written.states.items():
            if (
                before is not None
                and after is not None
                and is_indexed_alike(before, after, self._declared)
            ):
                continue
            old = [] if before is None else index_rows(before, self._declared)
            new = [] if after is None else index_rows(after, self._declared)
            if old != new or _types(before) != _types(after):
                if old:
                    stale.append(entity_id)
                if after is not None:
                    kind = written.kinds[after.types]
                    rows.extend((kind, entity_id, *row) for row in new)
        if stale:
            await connection.execute(_REMOVE, tenant, stale)
        if rows:
            together.add("indexed", ADD, [tenant] * len(rows), *columns(rows))

    async def _learn(self, connection: Inside, written: Written) -> None:
        keys = await connection.fetch(_DECLARED, written.tenant.number)
        self._declared = [path_of_key(row["path"]) for row in keys]
        self._version = written.state.index_version


def is_indexed_alike(before: Entity, after: Entity, declared: Sequence[Path]) -> bool:
    """Tell whether two states surely have the same index rows: nothing that has any changed.

    Attributes whose instances are the same objects in both have not. A write that is no matter of
    the index is the usual one, and to reckon its rows twice would cost it a tenth of its time.
    """
    if before.types != after.types or before.created_at != after.created_at:
        return False
    old, new = before.attributes, after.attributes
    changed = {name for name, instances in new.items() if old.get(name) is not instances}
    changed.update(name for name in old if name not in new)
    return not any(
        instance["type"] == "GeoProperty"
        for name in changed
        for attributes in (old, new)
        for instance in attributes.get(name, ())
    ) and all(path.attributes and path.attributes[0] not in changed for path in declared)


async def write_indexed(
    connection: Connection,
    tenant: Tenant,
    states: Mapping[EntityId, tuple[Entity | None, Entity | None]],
    kinds: Kinds,
) -> Mapping[tuple[Iri, ...], int]:
    """Write entities with their index rows, and nothing else that a write of a client's calls for.

    Answers as `write_rows` does.
    """
    together = Together(connection)
    numbers = await write_rows(connection, together, tenant.number, states, kinds, {})
    written = Written(tenant=tenant, state=_UNKNOWN, changes=(), states=states, kinds=numbers)
    await IndexHook().write(connection, written, together)
    await together.send()
    return numbers


_UNKNOWN = TenantState(epoch=0, subscription_version=0, index_version=-1, history_days=0)
"""Of another index version than a new hook knows: the declared paths are read."""


def _types(entity: Entity | None) -> tuple[Iri, ...]:
    return () if entity is None else entity.types
