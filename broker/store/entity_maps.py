"""Entity maps of tenants in PostgreSQL (port `EntityMaps`)."""

from collections.abc import Collection
from datetime import datetime

from broker.ngsi.entity_map import EntityMap, EntityMapId
from broker.ngsi.names import EntityId
from broker.store.tenants import TenantDatabases
from joint_use import Tenant
from kit.clock import Clock, utc_now

# Who makes a map clears away those that are over, and the oldest where there are too many.
_MAKE_ROOM = """
DELETE FROM entity_map WHERE tenant = $1 AND (expires_at <= $2 OR id IN (
    SELECT id FROM entity_map WHERE tenant = $1 AND expires_at > $2
    ORDER BY created_at DESC OFFSET $3))"""
_PUT = """
INSERT INTO entity_map (tenant, id, question, members, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6)"""
_GET = """
SELECT id, question, members, expires_at FROM entity_map
WHERE tenant = $1 AND id = $2 AND expires_at > $3"""
_EXTEND = """
UPDATE entity_map SET expires_at = $3
WHERE tenant = $1 AND id = $2 AND expires_at > $4 RETURNING true"""
_REMOVE = """
DELETE FROM entity_map WHERE tenant = $1 AND id = $2 RETURNING expires_at > $3"""
_PRUNE = """
UPDATE entity_map SET members = (
    SELECT array_agg(CASE WHEN member = ANY ($3) THEN NULL ELSE member END ORDER BY place)
    FROM unnest(members) WITH ORDINALITY AS m (member, place))
WHERE tenant = $1 AND id = $2"""


class StoredEntityMaps:
    """Keeps entity maps in the tenant's own database.

    Args:
        tenants: lends connections that have entered a tenant.
        most: of one tenant; the oldest makes room.
        clock: says which maps are over.
    """

    def __init__(self, tenants: TenantDatabases, most: int, *, clock: Clock = utc_now) -> None:
        self._tenants = tenants
        self._most = most
        self._clock = clock

    async def put(self, tenant: Tenant, entity_map: EntityMap) -> None:
        """Store a new one."""
        now = self._clock()
        async with self._tenants.writing(tenant) as connection:
            await connection.execute(_MAKE_ROOM, tenant.number, now, self._most - 1)
            await connection.execute(
                _PUT,
                tenant.number,
                entity_map.id,
                entity_map.question,
                entity_map.members,
                now,
                entity_map.expires_at,
            )

    async def get(self, tenant: Tenant, map_id: EntityMapId) -> EntityMap | None:
        """Find one that has not expired."""
        async with self._tenants.reading(tenant) as connection:
            row = await connection.fetchrow(_GET, tenant.number, map_id, self._clock())
        if row is None:
            return None
        return EntityMap(
            id=EntityMapId(row["id"]),
            members=tuple(row["members"]),
            question=row["question"],
            expires_at=row["expires_at"],
        )

    async def expire(self, tenant: Tenant, map_id: EntityMapId, at: datetime) -> bool:
        """Set when one expires; False where there is none."""
        async with self._tenants.writing(tenant) as connection:
            found = await connection.fetchval(_EXTEND, tenant.number, map_id, at, self._clock())
        return found is not None

    async def prune(self, tenant: Tenant, map_id: EntityMapId, gone: Collection[EntityId]) -> None:
        """Remove Entities from one; the others keep their places."""
        async with self._tenants.writing(tenant) as connection:
            await connection.execute(_PRUNE, tenant.number, map_id, list(gone))

    async def remove(self, tenant: Tenant, map_id: EntityMapId) -> bool:
        """Delete one; False where there is none, or it has expired."""
        async with self._tenants.writing(tenant) as connection:
            return bool(await connection.fetchval(_REMOVE, tenant.number, map_id, self._clock()))
