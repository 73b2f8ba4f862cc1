"""The moves of tenants in the control database: how far each is, and who works on it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

import asyncpg

from joint_use.store.tenants import LOCK, note_event, tenant_of
from joint_use.terms.errors import TenantUnknown, WrongStatus
from joint_use.terms.moving import ENDED, Move, MovePhase, Place
from joint_use.terms.tenant import Placement, Storage, Tenant, TenantStatus
from kit.db import Connection, Database, Databases, DatabaseUnavailable

MOVES_CHANNEL = "renkei_move"
"""Notified when a move is asked for."""

_LOCK_CLASS = 0x726E6B6D
_COLUMNS = """
SELECT m.number, t.name AS tenant, m.phase, m.from_storage, m.from_server, m.from_database,
       m.to_storage, m.to_server, m.to_database, m.by, m.asked_at, m.changed_at, m.attempts,
       m.copied, m.held_ms, m.reason, m.kept_until
FROM tenant_move m JOIN tenant t ON t.number = m.tenant"""
_ONE = f"{_COLUMNS} WHERE m.number = $1"
_UNFINISHED = f"{_COLUMNS} WHERE m.phase NOT IN ('moved', 'rolled_back') ORDER BY m.number"
_LATEST = f"""{_COLUMNS} WHERE $1::text IS NULL OR t.name = $1
ORDER BY m.number DESC LIMIT $2"""
_INSERT = """
INSERT INTO tenant_move (tenant, phase, from_storage, from_server, from_database, to_storage,
                         to_server, to_database, by, asked_at, changed_at)
SELECT number, 'registered', $2, $3, $4, $5, $6, $7, $8, $9, $9 FROM tenant WHERE name = $1
RETURNING number"""
_SAVE = """
UPDATE tenant_move SET phase = $2, changed_at = $3, attempts = $4, copied = $5, held_ms = $6,
                       reason = $7, kept_until = $8
WHERE number = $1"""
_HURRY = """
UPDATE tenant_move SET kept_until = $2
WHERE phase = 'cleaning' AND tenant = (SELECT number FROM tenant WHERE name = $1)"""
_PLACE = """
UPDATE tenant SET storage = $2, server = $3, database = $4, epoch = $5 WHERE number = $1"""


class MoveStore:
    """Moves of tenants; satisfies `MoveRegistry`.

    Args:
        databases: the process's connections.
        control: the control database.
    """

    def __init__(self, databases: Databases, control: Database) -> None:
        self._databases = databases
        self._control = control

    async def register(self, move: Move) -> Move:
        """Write a new one down; old rows of an earlier one are not kept any longer.

        Raises:
            WrongStatus: the tenant is being moved, or is neither active nor suspended.
        """
        origin, target = move.origin, move.target
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            _require_movable(await connection.fetchrow(LOCK, move.tenant), move)
            try:
                number = await connection.fetchval(
                    _INSERT,
                    move.tenant,
                    origin.storage.value,
                    origin.placement.server,
                    origin.placement.database,
                    target.storage.value,
                    target.placement.server,
                    target.placement.database,
                    move.by,
                    move.asked_at,
                )
            except asyncpg.UniqueViolationError as error:
                raise _refused(
                    f"Tenant {move.tenant} is being moved already",
                    f"テナント {move.tenant} は移動中です。",
                ) from error
            await connection.execute(_HURRY, move.tenant, move.asked_at)
            await connection.execute("SELECT pg_notify($1, '')", MOVES_CHANNEL)
        return replace(move, number=number)

    async def put_back(self, tenant: Tenant, *, by: str, at: datetime) -> None:
        """Let a suspended tenant be where its data were restored to, at the next epoch.

        Raises:
            WrongStatus: it is not suspended, or has changed meanwhile.
        """
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            row = await connection.fetchrow(LOCK, tenant.name)
            found = None if row is None else tenant_of(row)
            is_next = found is not None and found.epoch + 1 == tenant.epoch
            if found is None or not is_next or found.status is not TenantStatus.SUSPENDED:
                raise _refused(
                    f"Tenant {tenant.name} was changed while it was restored",
                    f"テナント {tenant.name} の状態が復元中に変わりました。",
                )
            await HeldTenant(connection, found).place(tenant, by=by, at=at)

    async def unfinished(self) -> Sequence[Move]:
        """Read those in which something is left to do, in order of number."""
        async with self._databases.connection(self._control) as connection:
            return [_move(row) for row in await connection.fetch(_UNFINISHED)]

    async def of(self, tenant: str | None, limit: int) -> Sequence[Move]:
        """Read the latest moves, of one tenant or of all, the newest first."""
        async with self._databases.connection(self._control) as connection:
            return [_move(row) for row in await connection.fetch(_LATEST, tenant, limit)]

    @asynccontextmanager
    async def working_on(self, move: Move) -> "AsyncIterator[HeldMove | None]":
        """Be the only one in all processes who works on it; who dies lets go of it."""
        async with self._databases.dedicated(self._control) as connection:
            is_ours = await connection.fetchval(
                "SELECT pg_try_advisory_lock($1::int, $2::int)", _LOCK_CLASS, move.number
            )
            row = await connection.fetchrow(_ONE, move.number) if is_ours else None
            current = None if row is None else _move(row)
            if current is None or current.phase in ENDED:
                yield None
            else:
                yield HeldMove(connection, current)


class HeldMove:
    """A move in the hands of this process, by a lock of the connection; satisfies `Working`."""

    def __init__(self, connection: Connection, move: Move) -> None:
        self._connection = connection
        self.move = move

    async def save(self, move: Move) -> None:
        """Write down how far it is.

        Raises:
            DatabaseUnavailable: the hold on it is lost.
        """
        self._require_hold()
        await self._connection.execute(
            _SAVE,
            move.number,
            move.phase.value,
            move.changed_at,
            move.attempts,
            move.copied,
            move.held_ms,
            move.reason,
            move.kept_until,
        )
        self.move = move

    @asynccontextmanager
    async def switching(self) -> "AsyncIterator[HeldTenant]":
        """Hold the tenant's row in the registry."""
        self._require_hold()
        async with self._connection.transaction():
            row = await self._connection.fetchrow(LOCK, self.move.tenant)
            if row is None:
                raise TenantUnknown(
                    f"Tenant {self.move.tenant} does not exist",
                    detail_ja=f"テナント {self.move.tenant} はありません。",
                )
            yield HeldTenant(self._connection, tenant_of(row))

    def _require_hold(self) -> None:
        if self._connection.is_closed():
            raise DatabaseUnavailable("The hold on a move was lost with its connection")


class HeldTenant:
    """A tenant whose row in the registry is locked; satisfies `Switching`."""

    def __init__(self, connection: Connection, tenant: Tenant) -> None:
        self._connection = connection
        self.tenant = tenant

    async def place(self, tenant: Tenant, *, by: str, at: datetime) -> None:
        """Write down storage, placement and epoch."""
        place = tenant.placement
        await self._connection.execute(
            _PLACE, tenant.number, tenant.storage.value, place.server, place.database, tenant.epoch
        )
        await note_event(self._connection, tenant, by, at)


def _require_movable(row: asyncpg.Record | None, move: Move) -> None:
    tenant = None if row is None else tenant_of(row)
    movable = (TenantStatus.ACTIVE, TenantStatus.SUSPENDED)
    if tenant is None or tenant.status not in movable:
        raise _refused(
            f"Tenant {move.tenant} is neither active nor suspended; it cannot be moved",
            f"テナント {move.tenant} はこの状態では移動できません。",
        )
    if tenant.placement != move.origin.placement:
        raise _refused(
            f"Tenant {move.tenant} was moved meanwhile",
            f"テナント {move.tenant} は既に移動されました。",
        )


def _refused(detail: str, detail_ja: str) -> WrongStatus:
    return WrongStatus(detail, detail_ja=detail_ja)


def _move(row: asyncpg.Record) -> Move:
    return Move(
        number=row["number"],
        tenant=row["tenant"],
        origin=_place(row, "from"),
        target=_place(row, "to"),
        phase=MovePhase(row["phase"]),
        by=row["by"],
        asked_at=row["asked_at"],
        changed_at=row["changed_at"],
        attempts=row["attempts"],
        copied=row["copied"],
        held_ms=row["held_ms"],
        reason=row["reason"],
        kept_until=row["kept_until"],
    )


def _place(row: asyncpg.Record, which: str) -> Place:
    return Place(
        storage=Storage(row[f"{which}_storage"]),
        placement=Placement(server=row[f"{which}_server"], database=row[f"{which}_database"]),
    )
