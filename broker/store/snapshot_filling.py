"""Fills snapshots and clears them away (port `SnapshotFilling`).

Every attempt to fill a snapshot takes a new number; the row of a snapshot names the one that
counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from broker.ngsi.entity import Entity
from broker.ngsi.names import EntityId
from broker.ngsi.snapshot import Snapshot
from broker.snapshot_ports import Claim
from broker.store import snapshot_sql as sql
from broker.store.indexing import write_indexed
from broker.store.rows import entity_of
from broker.store.snapshots import results_columns, snapshot_of
from broker.store.sql_text import FOR_THIS_TENANT
from broker.store.tenants import CLOSED, TENANT_LOCK, TenantDatabases
from joint_use import Tenant
from kit.clock import Clock, utc_now
from kit.db import Connection
from kit.sealing import Seal


class SnapshotRows:
    """Fills and clears the snapshots of a tenant in its own database.

    Args:
        tenants: lends connections that have entered a tenant, or a snapshot of one.
        seal: keeps receivers' addresses and headers secret.
        clock: says whose claim is over.
    """

    def __init__(self, tenants: TenantDatabases, seal: Seal, *, clock: Clock = utc_now) -> None:
        self._tenants = tenants
        self._seal = seal
        self._clock = clock

    async def claim(self, tenant: Tenant, until: datetime) -> Claim | None:
        """Take the next snapshot that nobody fills, under a new number; None: there is none."""
        async with self._tenants.writing(tenant) as connection:
            snapshot_id = await connection.fetchval(sql.NEXT, tenant.number, self._clock())
            if snapshot_id is None:
                return None
            number = await connection.fetchval(sql.NUMBER, tenant.number)
            row = await connection.fetchrow(sql.CLAIM, tenant.number, snapshot_id, number, until)
            paths = [found["path"] for found in await connection.fetch(sql.PATHS, tenant.number)]
        if row is None:
            return None
        if paths:
            async with self._tenants.writing(_inside(tenant, number)) as connection:
                await connection.execute(sql.DECLARE, number, paths)
        return Claim(
            snapshot=snapshot_of(tenant, row, self._seal), number=number, attempts=row["attempts"]
        )

    async def renew(self, tenant: Tenant, claim: Claim, until: datetime) -> bool:
        """Keep a claim; False where it is lost: to another process, or the snapshot is gone."""
        return await self._change(tenant, claim, sql.RENEW, until)

    async def postpone(self, tenant: Tenant, claim: Claim, until: datetime) -> bool:
        """Give a claim back; nobody takes it before."""
        return await self._change(tenant, claim, sql.POSTPONE, until)

    async def finish(self, tenant: Tenant, claim: Claim, finished: Snapshot) -> bool:
        """Store status and results; False where the claim is lost."""
        queries, temporal = results_columns(finished.results)
        return await self._change(
            tenant,
            claim,
            sql.FINISH,
            finished.status.value,
            queries,
            temporal,
            finished.modified_at,
        )

    async def due(self, tenant: Tenant) -> datetime | None:
        """Tell when the first claim runs out; None: nothing is being filled."""
        async with self._tenants.reading(tenant) as connection:
            found: datetime | None = await connection.fetchval(sql.DUE, tenant.number)
        return found

    async def add(self, tenant: Tenant, claim: Claim, entities: Sequence[Entity]) -> None:
        """Store entities in a snapshot; one that is there already gets the attributes it lacks."""
        if not entities:
            return
        inside = _inside(tenant, claim.number)
        kinds = self._tenants.kinds(inside)
        async with self._tenants.writing(inside) as connection:
            states = await self._states(connection, inside, entities)
            numbers = await write_indexed(connection, inside, states, kinds)
        kinds.keep(numbers)

    async def notices(self, tenant: Tenant) -> Sequence[Snapshot]:
        """List the snapshots whose receivers are to be told of their status."""
        async with self._tenants.reading(tenant) as connection:
            rows = await connection.fetch(sql.NOTICES, tenant.number)
        return [snapshot_of(tenant, row, self._seal) for row in rows]

    async def noticed(self, tenant: Tenant, snapshot: Snapshot) -> None:
        """Note that this status was told, unless there is a newer one."""
        async with self._tenants.writing(tenant) as connection:
            await connection.execute(
                sql.NOTICED, tenant.number, snapshot.id, snapshot.modified_at, snapshot.status.value
            )

    async def expire(self, tenant: Tenant) -> Sequence[Snapshot]:
        """Delete the snapshots whose time is over, and answer with them."""
        async with self._tenants.writing(tenant) as connection:
            rows = await connection.fetch(sql.EXPIRE, tenant.number, self._clock())
        return [snapshot_of(tenant, row, self._seal) for row in rows]

    async def clear(self, tenant: Tenant) -> None:
        """Delete the rows of numbers that no snapshot names any more."""
        async with self._tenants.reading(tenant) as connection:
            rows = await connection.fetch(sql.FORSAKEN, tenant.number)
        for row in rows:
            await self._clear(tenant, row["tenant"])

    async def _clear(self, tenant: Tenant, number: int) -> None:
        """Turn away who still works on a number, then delete its rows in batches."""
        async with self._tenants.writing(tenant) as connection:
            await connection.execute(sql.LOCK, TENANT_LOCK, number)
            await connection.execute(sql.CLOSE, number)
        closed = replace(_inside(tenant, number), epoch=CLOSED)
        left = sql.BATCH
        while left == sql.BATCH:
            async with self._tenants.writing(closed) as connection:
                await connection.execute(FOR_THIS_TENANT)
                left = await connection.fetchval(sql.CLEAR_ENTITIES, number, sql.BATCH)
        async with self._tenants.writing(closed) as connection:
            for table in (*sql.TABLES, "entity_kind"):
                await connection.execute(f"DELETE FROM {table} WHERE tenant = $1", number)  # noqa: S608 — of the list above
            await connection.execute(sql.FORGET, number)

    async def _change(self, tenant: Tenant, claim: Claim, statement: str, *values: object) -> bool:
        async with self._tenants.writing(tenant) as connection:
            found = await connection.fetchval(
                statement, tenant.number, claim.snapshot.id, claim.number, *values
            )
        return found is not None

    async def _states(
        self, connection: Connection, inside: Tenant, entities: Sequence[Entity]
    ) -> Mapping[EntityId, tuple[Entity | None, Entity | None]]:
        """Lay entities over those that are stored, in order of id."""
        given = {entity.id: entity for entity in entities}
        rows = await connection.fetch(sql.STORED, inside.number, sorted(given))
        kinds = self._tenants.kinds(inside)
        if any(kinds.types(row["kind"]) is None for row in rows):
            await kinds.learn(connection, inside.number)
        stored = {row["id"]: entity_of(row, kinds.types(row["kind"]) or ()) for row in rows}
        return {
            entity_id: (stored.get(entity_id), _laid(given[entity_id], stored.get(entity_id)))
            for entity_id in sorted(given)
        }


def _inside(tenant: Tenant, number: int) -> Tenant:
    """Give what a snapshot is for the store: a tenant in the same place."""
    return replace(tenant, number=number)


def _laid(entity: Entity, stored: Entity | None) -> Entity:
    if stored is None:
        return entity
    return replace(entity, attributes={**stored.attributes, **entity.attributes})
