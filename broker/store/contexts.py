"""Stored @contexts of tenants in PostgreSQL (port `ContextShelf`)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import asyncpg
import orjson

from broker.ngsi.stored_contexts import ContextKind, StoredContext
from broker.store.tenants import TenantDatabases
from joint_use import Tenant

_COLUMNS = "local_id, kind, url, document, created_at, expires_at, last_usage, hits"
_PUT = f"""
INSERT INTO stored_context AS s (tenant, {_COLUMNS})
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (tenant, url) WHERE url IS NOT NULL
DO UPDATE SET document = excluded.document, created_at = excluded.created_at,
              expires_at = excluded.expires_at
RETURNING {_COLUMNS}"""  # noqa: S608 — the column list is ours
_GET = f"SELECT {_COLUMNS} FROM stored_context WHERE tenant = $1 AND (local_id = $2 OR url = $2)"  # noqa: S608 — likewise
_EVERY = f"""
SELECT {_COLUMNS} FROM stored_context
WHERE tenant = $1 AND ($2::text IS NULL OR kind = $2) ORDER BY created_at, local_id"""  # noqa: S608 — likewise
_REMOVE = "DELETE FROM stored_context WHERE tenant = $1 AND local_id = $2"
_COUNT = """
UPDATE stored_context s SET hits = hits + u.uses, last_usage = $4
FROM unnest($2::text[], $3::bigint[]) AS u (local_id, uses)
WHERE s.tenant = $1 AND s.local_id = u.local_id"""


class StoredContexts:
    """Keeps @contexts in the tenant's own database."""

    def __init__(self, tenants: TenantDatabases) -> None:
        self._tenants = tenants

    async def put(self, tenant: Tenant, stored: StoredContext) -> StoredContext:
        """Store one; a cached one of the same URL is replaced and keeps its local id and hits."""
        async with self._tenants.writing(tenant) as connection:
            row = await connection.fetchrow(
                _PUT,
                tenant.number,
                stored.local_id,
                stored.kind.value,
                stored.url,
                orjson.dumps(stored.document).decode(),
                stored.created_at,
                stored.expires_at,
                stored.last_usage,
                stored.hits,
            )
        return stored if row is None else _stored(row)

    async def get(self, tenant: Tenant, name: str) -> StoredContext | None:
        """Find one by its local id, or a cached one by its URL."""
        async with self._tenants.reading(tenant) as connection:
            row = await connection.fetchrow(_GET, tenant.number, name)
        return None if row is None else _stored(row)

    async def every(self, tenant: Tenant, kind: ContextKind | None) -> Sequence[StoredContext]:
        """List them, oldest first."""
        async with self._tenants.reading(tenant) as connection:
            rows = await connection.fetch(
                _EVERY, tenant.number, None if kind is None else kind.value
            )
        return [_stored(row) for row in rows]

    async def remove(self, tenant: Tenant, local_id: str) -> None:
        """Delete one."""
        async with self._tenants.writing(tenant) as connection:
            await connection.execute(_REMOVE, tenant.number, local_id)

    async def count_uses(self, tenant: Tenant, uses: Mapping[str, int], at: datetime) -> None:
        """Add to the counters of use, by local id; in id order, so that processes queue."""
        async with self._tenants.writing(tenant) as connection:
            ids = sorted(uses)
            await connection.execute(_COUNT, tenant.number, ids, [uses[i] for i in ids], at)


def _stored(row: asyncpg.Record) -> StoredContext:
    return StoredContext(
        local_id=row["local_id"],
        kind=ContextKind(row["kind"]),
        document=orjson.loads(row["document"]),
        created_at=row["created_at"],
        url=row["url"],
        expires_at=row["expires_at"],
        last_usage=row["last_usage"],
        hits=row["hits"],
    )
