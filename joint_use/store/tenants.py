"""The registry of tenants in the control database: all of its SQL."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime

import asyncpg

from joint_use.ports import TenantEvent
from joint_use.terms.errors import TenantExists, TenantUnknown, WrongStatus
from joint_use.terms.tenant import (
    NewTenant,
    Placement,
    Placing,
    Storage,
    Tenant,
    TenantStatus,
    is_canonical,
    with_status,
)
from kit.db import Connection, Database, Databases
from kit.gathering import Gathered

MIGRATIONS = "joint_use.store.migrations"
TENANTS_CHANNEL = "renkei_tenant"
"""Where the name of each tenant that changes is notified."""

_COLUMNS = """
SELECT number, name, storage, server, database, status, epoch, municipality_code, name_ja, name_en,
       organisation
FROM tenant"""
_FIND = _COLUMNS + " WHERE name = $1"
_FIND_SOME = _COLUMNS + " WHERE name = ANY ($1)"
LOCK = _FIND + " FOR UPDATE"
_PAGE = (
    _COLUMNS
    + """
WHERE name > $1 AND ($3::text IS NULL OR municipality_code = $3)
  AND ($4::text IS NULL OR organisation = $4)
ORDER BY name LIMIT $2"""
)
_NEXT_NUMBER = "SELECT nextval('tenant_number_seq')::int"
_INSERT = """
INSERT INTO tenant (number, name, storage, server, database, status, epoch,
                    municipality_code, name_ja, name_en, organisation, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (name) DO NOTHING RETURNING number"""
_UPDATE = "UPDATE tenant SET status = $2, epoch = $3 WHERE number = $1"
_NOTE = "INSERT INTO tenant_event (tenant, status, epoch, by, at) VALUES ($1, $2, $3, $4, $5)"
_EVENTS = """
SELECT event.status, event.epoch, event.by, event.at
FROM tenant_event AS event JOIN tenant ON tenant.number = event.tenant
WHERE tenant.name = $1 ORDER BY event.number"""
_TELL = "SELECT pg_notify($1, $2)"
_IS_SWITCHING = "SELECT EXISTS (SELECT FROM tenant_move WHERE tenant = $1 AND phase = 'switching')"


class TenantStore:
    """The registry of tenants; satisfies `TenantRegistry`.

    Args:
        databases: the process's connections.
        control: the control database.
    """

    def __init__(self, databases: Databases, control: Database) -> None:
        self._databases = databases
        self._control = control
        self._found = Gathered(self._read)

    async def find(self, name: str) -> Tenant | None:
        """Read the tenant of a name, whatever its status."""
        return await self._found.find(name) if is_canonical(name) else None

    async def page(
        self,
        *,
        after: str,
        limit: int,
        municipality: str | None = None,
        organisation: str | None = None,
    ) -> Sequence[Tenant]:
        """Read tenants in order of name, those after a name: all, or of one of these."""
        async with self._databases.connection(self._control) as connection:
            rows = await connection.fetch(_PAGE, after, limit, municipality, organisation)
        return [tenant_of(row) for row in rows]

    async def events(self, name: str) -> Sequence[TenantEvent]:
        """Read what was done to a tenant, the oldest first."""
        async with self._databases.connection(self._control) as connection:
            rows = await connection.fetch(_EVENTS, name)
        return [
            TenantEvent(
                status=TenantStatus(row["status"]), epoch=row["epoch"], by=row["by"], at=row["at"]
            )
            for row in rows
        ]

    async def claim(self, wanted: NewTenant, placing: Placing, *, by: str, at: datetime) -> Tenant:
        """Take a name and a number for a tenant to be provisioned.

        Raises:
            TenantExists: the name is taken, or being provisioned on other terms.
        """
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            row = await connection.fetchrow(_FIND, wanted.name)
            if row is None:
                tenant = await _inserted(connection, wanted, placing, at)
                if tenant is not None:
                    await note_event(connection, tenant, by, at)
                    return tenant
                row = await connection.fetchrow(_FIND, wanted.name)  # another process was first
        existing = None if row is None else tenant_of(row)
        if existing is None or not _is_unfinished(existing, wanted, placing):
            raise _taken(wanted.name, existing)
        return existing

    async def finish(
        self,
        name: str,
        provision: Callable[[Tenant], Awaitable[None]],
        *,
        by: str,
        at: datetime,
    ) -> Tenant | None:
        """Provision a tenant and make it active; its row is locked meanwhile.

        The connection is outside the budget: provisioning needs connections of the budget itself.
        """
        async with (
            self._databases.dedicated(self._control) as connection,
            connection.transaction(),
        ):
            row = await connection.fetchrow(LOCK, name)
            if row is None or row["status"] != TenantStatus.PROVISIONING.value:
                return None
            tenant = replace(tenant_of(row), status=TenantStatus.ACTIVE)
            await provision(tenant)
            await _change(connection, tenant, by, at)
            return tenant

    async def change_status(
        self, name: str, status: TenantStatus, *, by: str, at: datetime
    ) -> Tenant:
        """Take a step in a tenant's life.

        Raises:
            TenantUnknown: there is no such tenant.
            WrongStatus: there is no such step.
        """
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            row = await connection.fetchrow(LOCK, name)
            if row is None:
                raise TenantUnknown(
                    f"Tenant {name} does not exist",
                    detail_ja=f"テナント {name} はありません。",
                    where="name",
                )
            before = tenant_of(row)
            if await connection.fetchval(_IS_SWITCHING, before.number):
                raise WrongStatus(
                    f"Tenant {name} changes its database just now; try again in a moment",
                    detail_ja=f"テナント {name} は移動中です。しばらくしてからやり直してください。",
                )
            after = with_status(before, status)
            if after is not before:
                await _change(connection, after, by, at)
            return after

    async def _read(self, names: frozenset[str]) -> dict[str, Tenant]:
        async with self._databases.connection(self._control) as connection:
            rows = await connection.fetch(_FIND_SOME, list(names))
        return {row["name"]: tenant_of(row) for row in rows}


async def _inserted(
    connection: Connection, wanted: NewTenant, placing: Placing, at: datetime
) -> Tenant | None:
    """Insert a tenant; answer None where another process took the name."""
    number: int = await connection.fetchval(_NEXT_NUMBER)
    tenant = Tenant(
        number=number,
        name=wanted.name,
        storage=wanted.storage,
        placement=placing.place(number, wanted),
        status=TenantStatus.PROVISIONING,
        municipality_code=wanted.municipality_code,
        name_ja=wanted.name_ja,
        name_en=wanted.name_en,
        organisation=wanted.organisation,
    )
    inserted = await connection.fetchval(
        _INSERT,
        tenant.number,
        tenant.name,
        tenant.storage.value,
        tenant.placement.server,
        tenant.placement.database,
        tenant.status.value,
        tenant.epoch,
        tenant.municipality_code,
        tenant.name_ja,
        tenant.name_en,
        tenant.organisation,
        at,
    )
    return None if inserted is None else tenant


async def _change(connection: Connection, tenant: Tenant, by: str, at: datetime) -> None:
    await connection.execute(_UPDATE, tenant.number, tenant.status.value, tenant.epoch)
    await note_event(connection, tenant, by, at)


async def note_event(connection: Connection, tenant: Tenant, by: str, at: datetime) -> None:
    """Note what was done to a tenant, and tell all processes that it has changed."""
    await connection.execute(_NOTE, tenant.number, tenant.status.value, tenant.epoch, by, at)
    await connection.execute(_TELL, TENANTS_CHANNEL, tenant.name)


def _is_unfinished(existing: Tenant, wanted: NewTenant, placing: Placing) -> bool:
    """Tell whether a tenant is being provisioned on the same terms as those now asked for."""
    return existing.status is TenantStatus.PROVISIONING and existing == replace(
        existing,
        storage=wanted.storage,
        placement=placing.place(existing.number, wanted),
        municipality_code=wanted.municipality_code,
        name_ja=wanted.name_ja,
        name_en=wanted.name_en,
        organisation=wanted.organisation,
    )


def _taken(name: str, existing: Tenant | None) -> TenantExists:
    if existing is not None and existing.status is TenantStatus.PROVISIONING:
        return TenantExists(
            f"Tenant {name} is being provisioned on other terms; the same terms finish it",
            detail_ja=f"テナント {name} は別の内容で準備中です。",
            where="name",
        )
    return TenantExists(
        f"Tenant {name} exists already; names are given once",
        detail_ja=f"テナント {name} は既に使われています（廃止済みの名前も再利用できません）。",
        where="name",
    )


def tenant_of(row: asyncpg.Record) -> Tenant:
    """Read a row of the registry."""
    return Tenant(
        number=row["number"],
        name=row["name"],
        storage=Storage(row["storage"]),
        placement=Placement(server=row["server"], database=row["database"]),
        status=TenantStatus(row["status"]),
        epoch=row["epoch"],
        municipality_code=row["municipality_code"],
        name_ja=row["name_ja"],
        name_en=row["name_en"],
        organisation=row["organisation"],
    )
