"""Snapshots of tenants in PostgreSQL: what is known of each (port `Snapshots`)."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
import orjson

from broker.ngsi.errors import AlreadyExists
from broker.ngsi.snapshot import (
    Results,
    Snapshot,
    SnapshotId,
    SnapshotStatus,
    details,
    results_of,
)
from broker.store.tenants import TenantDatabases
from joint_use import Tenant
from kit.clock import Clock, utc_now
from kit.json import JsonObject
from kit.sealing import Seal

COLUMNS = """id, number, source, document, endpoint, context, priority, status, queries,
    temporal_queries, created_at, modified_at, expires_at, last_used_at"""
_SEALED = ("endpoint", "receiverInfo")

_REMOVE_EXPIRED = "DELETE FROM snapshot WHERE tenant = $1 AND id = $2 AND expires_at <= $3"
_PUT = """
INSERT INTO snapshot (tenant, id, source, document, endpoint, context, priority, status, queries,
    temporal_queries, created_at, modified_at, expires_at, last_used_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '[]', '[]', $9, $10, $11, $12)
ON CONFLICT (tenant, id) DO NOTHING RETURNING true"""
_GET = f"SELECT {COLUMNS} FROM snapshot WHERE tenant = $1 AND id = $2 AND expires_at > $3"  # noqa: S608 — the column list is ours
_EVERY = f"""
SELECT {COLUMNS} FROM snapshot WHERE tenant = $1 AND expires_at > $2
ORDER BY created_at, id"""  # noqa: S608 — likewise
_REPLACE = """
UPDATE snapshot
SET document = $3, endpoint = $4, priority = $5, expires_at = $6, modified_at = $7,
    is_notice_due = status <> 'preparing' AND $4::bytea IS NOT NULL
WHERE tenant = $1 AND id = $2 AND modified_at = $8 RETURNING true"""
_USE = """
UPDATE snapshot SET last_used_at = $3
WHERE tenant = $1 AND id = $2 AND last_used_at < $3::timestamptz - interval '1 second'"""
_EVICT = "UPDATE snapshot SET expires_at = $3 WHERE tenant = $1 AND id = $2"
_REMOVE = "DELETE FROM snapshot WHERE tenant = $1 AND id = $2 RETURNING true"


class StoredSnapshots:
    """Keeps what is known of snapshots in the tenant's own database.

    Args:
        tenants: lends connections that have entered a tenant.
        seal: keeps receivers' addresses and headers secret.
        clock: says which snapshots are over.
    """

    def __init__(self, tenants: TenantDatabases, seal: Seal, *, clock: Clock = utc_now) -> None:
        self._tenants = tenants
        self._seal = seal
        self._clock = clock

    async def put(self, tenant: Tenant, snapshot: Snapshot) -> None:
        """Store a new one.

        Raises:
            AlreadyExists: the id is taken.
        """
        document, endpoint = self._parts(tenant, snapshot)
        async with self._tenants.writing(tenant) as connection:
            await connection.execute(_REMOVE_EXPIRED, tenant.number, snapshot.id, self._clock())
            is_new = await connection.fetchval(
                _PUT,
                tenant.number,
                snapshot.id,
                snapshot.source,
                document,
                endpoint,
                orjson.dumps(snapshot.context).decode(),
                snapshot.priority,
                snapshot.status.value,
                snapshot.created_at,
                snapshot.modified_at,
                snapshot.expires_at,
                snapshot.last_used_at,
            )
        if not is_new:
            raise AlreadyExists(f"Snapshot {snapshot.id} exists already")

    async def get(self, tenant: Tenant, snapshot_id: SnapshotId) -> Snapshot | None:
        """Find one that has not expired."""
        async with self._tenants.reading(tenant) as connection:
            row = await connection.fetchrow(_GET, tenant.number, snapshot_id, self._clock())
        return None if row is None else snapshot_of(tenant, row, self._seal)

    async def every(self, tenant: Tenant) -> Sequence[Snapshot]:
        """List those that have not expired, oldest first."""
        async with self._tenants.reading(tenant) as connection:
            rows = await connection.fetch(_EVERY, tenant.number, self._clock())
        return [snapshot_of(tenant, row, self._seal) for row in rows]

    async def replace(self, tenant: Tenant, snapshot: Snapshot, *, over: datetime) -> bool:
        """Store an update of one that is still as it was modified at `over`."""
        document, endpoint = self._parts(tenant, snapshot)
        async with self._tenants.writing(tenant) as connection:
            is_replaced = await connection.fetchval(
                _REPLACE,
                tenant.number,
                snapshot.id,
                document,
                endpoint,
                snapshot.priority,
                snapshot.expires_at,
                snapshot.modified_at,
                over,
            )
        return is_replaced is not None

    async def use(self, tenant: Tenant, snapshot_id: SnapshotId, at: datetime) -> None:
        """Note that one was used, to the second."""
        async with self._tenants.writing(tenant) as connection:
            await connection.execute(_USE, tenant.number, snapshot_id, at)

    async def evict(self, tenant: Tenant, snapshot_id: SnapshotId, at: datetime) -> None:
        """Let the time of one be over now; its receiver will be told."""
        async with self._tenants.writing(tenant) as connection:
            await connection.execute(_EVICT, tenant.number, snapshot_id, at)

    async def remove(self, tenant: Tenant, snapshot_id: SnapshotId) -> bool:
        """Delete one; its entities follow in the background. False where there is none."""
        async with self._tenants.writing(tenant) as connection:
            is_removed = await connection.fetchval(_REMOVE, tenant.number, snapshot_id)
        return is_removed is not None

    def _parts(self, tenant: Tenant, snapshot: Snapshot) -> tuple[str, bytes | None]:
        """Write the document in two parts, the second one sealed."""
        plain = {k: v for k, v in snapshot.document.items() if k not in _SEALED}
        secret = {k: snapshot.document[k] for k in _SEALED if k in snapshot.document}
        place = place_of(tenant, snapshot.id)
        return orjson.dumps(plain).decode(), self._seal.close(secret, place) if secret else None


def place_of(tenant: Tenant, snapshot_id: str) -> str:
    """Name what a sealed endpoint belongs to."""
    return f"snapshot {snapshot_id} of tenant {tenant.number}"


def snapshot_of(tenant: Tenant, row: asyncpg.Record, seal: Seal) -> Snapshot:
    """Read a row of snapshot."""
    document: JsonObject = orjson.loads(row["document"])
    if row["endpoint"] is not None:
        document |= seal.open(row["endpoint"], place_of(tenant, row["id"]))
    return Snapshot(
        id=SnapshotId(row["id"]),
        document=document,
        context=orjson.loads(row["context"]),
        priority=row["priority"],
        status=SnapshotStatus(row["status"]),
        results=Results(
            queries=results_of(orjson.loads(row["queries"])),
            temporal=results_of(orjson.loads(row["temporal_queries"])),
        ),
        created_at=row["created_at"],
        modified_at=row["modified_at"],
        expires_at=row["expires_at"],
        last_used_at=row["last_used_at"],
        source=None if row["source"] is None else SnapshotId(row["source"]),
        number=row["number"],
    )


def results_columns(results: Results) -> tuple[str, str]:
    """Write what became of queries as the two columns hold it."""
    return (
        orjson.dumps(details(results.queries)).decode(),
        orjson.dumps(details(results.temporal)).decode(),
    )
