"""What a tenant holds, type by type: how much, where, since when; for who lists it in a catalog.

It is looked at beside running writes and reads all of a tenant's entities, so whoever asks first
asks whether anything has changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeAlias

import asyncpg

from broker.store.entering import Entering
from broker.store.groups import first_flush_id
from broker.store.hooks import AfterCommit, Written
from broker.store.inside import Inside
from broker.store.sql_text import FOR_THIS_TENANT
from broker.store.tenants import TenantDatabases
from broker.store.together import Together
from joint_use import Tenant

Extent: TypeAlias = tuple[float, float, float, float]
"""West, south, east, north; degrees of WGS 84."""

_TIMEOUT_S = 600.0
_GRACE = timedelta(minutes=1)  # a group may be committed so long after its id was made
_CHANGES = """
SELECT (SELECT concat_ws(' ', sum(changes), sum(entities), sum(attributes), sum(bytes))
        FROM written_amount WHERE tenant = $1) AS mark,
       EXISTS (SELECT FROM flush WHERE tenant = $1 AND id >= $2) AS has_flushed"""
# Each position in each geometry, whatever its kind: an array that begins with a number.
_HELD = """
SELECT k.types, count(*) AS entities, max(e.modified_at) AS changed_at, min(p.west) AS west,
       min(p.south) AS south, max(p.east) AS east, max(p.north) AS north
FROM entity e JOIN entity_kind k USING (tenant, kind)
CROSS JOIN LATERAL (
    SELECT min(longitude) AS west, min(latitude) AS south,
           max(longitude) AS east, max(latitude) AS north
    FROM jsonb_path_query(e.document, 'strict $.*[*] ? (@.type == "GeoProperty").value.**
             ? (@.type() == "array" && @[0].type() == "number")') AS position (of),
         LATERAL (SELECT (of ->> 0)::float8, (of ->> 1)::float8) AS at (longitude, latitude)
) p
WHERE tenant = $1 AND (expires_at IS NULL OR expires_at > now())
GROUP BY k.types ORDER BY k.types"""
_ATTRIBUTES = """
SELECT DISTINCT k.types, attribute
FROM entity e JOIN entity_kind k USING (tenant, kind), jsonb_object_keys(e.document) attribute
WHERE tenant = $1 AND (expires_at IS NULL OR expires_at > now()) ORDER BY 1, 2"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a tenant holds of one combination of types.

    Args:
        extent: what its places span; None: there are none.
        attributes: that at least one of the entities has, as IRIs.
    """

    types: tuple[str, ...]
    entities: int
    changed_at: datetime
    extent: Extent | None
    attributes: tuple[str, ...]


class ChangedTenants:
    """Remembers in which tenants this process has written (a `FlushHook`)."""

    def __init__(self) -> None:
        self._names: set[str] = set()

    async def write(self, _: Inside, written: Written, together: Together) -> AfterCommit | None:
        """Remember a tenant, once its group is committed."""
        del together
        return partial(self._names.add, written.tenant.name)

    def taken(self) -> frozenset[str]:
        """Answer with those since the last time."""
        names, self._names = self._names, set()
        return frozenset(names)


class StoredHoldings:
    """Looks at tenants where their data are.

    Args:
        tenants: lends connections that have entered a tenant.
    """

    def __init__(self, tenants: TenantDatabases) -> None:
        self._entering = Entering(tenants)

    async def changes(self, tenant: Tenant, since: datetime) -> tuple[str, bool]:
        """Say of a tenant what tells that something has changed.

        Returns:
            a text that is another one once what was counted has changed; and whether anybody may
            have written since an instant, which is known of the last hour.

        Raises:
            Unavailable: the database is away.
        """
        async with self._entering.reading(tenant) as connection:
            first = first_flush_id(since - _GRACE)
            (row,) = await connection.fetch(_CHANGES, tenant.number, first)
        return row["mark"], row["has_flushed"]

    async def held(self, tenant: Tenant) -> Sequence[Held]:
        """Look at all entities of a tenant, at one instant; expired ones are none.

        Raises:
            Unavailable: the database is away.
        """
        async with self._entering.reading(tenant) as connection:
            await connection.execute(FOR_THIS_TENANT)
            rows = await connection.fetch(_HELD, tenant.number, timeout=_TIMEOUT_S)
            named = await connection.fetch(_ATTRIBUTES, tenant.number, timeout=_TIMEOUT_S)
        attributes: dict[tuple[str, ...], list[str]] = {}
        for row in named:
            attributes.setdefault(tuple(row["types"]), []).append(row["attribute"])
        return [
            Held(
                types=tuple(row["types"]),
                entities=row["entities"],
                changed_at=row["changed_at"],
                extent=_extent(row),
                attributes=tuple(attributes.get(tuple(row["types"]), ())),
            )
            for row in rows
        ]


def _extent(row: asyncpg.Record) -> Extent | None:
    if row["west"] is None:
        return None
    return row["west"], row["south"], row["east"], row["north"]
