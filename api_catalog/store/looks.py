"""When tenants are looked at, in the control database (port `Looks`)."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import cast

import asyncpg
import orjson

from api_catalog.catalog.made import Held
from api_catalog.ports import Look
from kit.db import Database, Databases
from kit.json import JsonObject

_SHARE = 10  # looking at one tenant takes a tenth of the time at most
_ENROL = """
INSERT INTO catalog_look (tenant, due_at) SELECT unnest($1::text[]), $2
ON CONFLICT (tenant) DO NOTHING"""
_HASTEN = """
INSERT INTO catalog_look AS known (tenant, due_at) SELECT unnest($1::text[]), $2::timestamptz
ON CONFLICT (tenant) DO UPDATE SET due_at = least(known.due_at, greatest(
    $2, known.looked_at + make_interval(secs => greatest($3, known.cost_s * $4))))"""
_PUT_FIRST = """
INSERT INTO catalog_look AS known (tenant, due_at) SELECT unnest($1::text[]), '-infinity'
ON CONFLICT (tenant) DO UPDATE SET due_at = least(known.due_at, CASE
    WHEN known.looked_at + make_interval(secs => known.cost_s * $3) > $2::timestamptz
    THEN known.looked_at + make_interval(secs => known.cost_s * $3)
    ELSE '-infinity' END)"""
# What hastens a tenant while it is looked at counts for the next time.
_SPREAD = """
UPDATE catalog_look SET due_at = $1::timestamptz + random() * make_interval(secs => $2)
WHERE due_at > $1::timestamptz + make_interval(secs => $2)"""
_CLAIM = """
UPDATE catalog_look SET leased_until = $2, due_at = 'infinity'
WHERE tenant = (
    SELECT tenant FROM catalog_look
    WHERE leased_until IS NULL AND due_at <= $1 OR leased_until < $1
    ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING tenant, looked_at, mark, made, held::text, held_at"""
_FINISH = """
UPDATE catalog_look
SET leased_until = NULL, due_at = least(due_at, $2), looked_at = $3, mark = $4,
    held = $5::text::jsonb, held_at = $6, cost_s = $7, made = $8
WHERE tenant = $1"""


class LookStore:
    """Keeps when tenants are due.

    Args:
        databases: the process's connections.
        control: the control database.
    """

    def __init__(self, databases: Databases, control: Database) -> None:
        self._databases = databases
        self._control = control

    async def enrol(self, tenants: Collection[str], at: datetime) -> None:
        """Let tenants that were never looked at be due."""
        async with self._databases.connection(self._control) as connection:
            await connection.execute(_ENROL, sorted(tenants), at)

    async def hasten(self, tenants: Collection[str], at: datetime, pause_s: float) -> None:
        """Let tenants be due, though not sooner than a pause behind their last look."""
        async with self._databases.connection(self._control) as connection:
            await connection.execute(_HASTEN, sorted(tenants), at, pause_s, _SHARE)

    async def put_first(self, tenants: Collection[str], at: datetime) -> None:
        """Let tenants be due before all others, unless looking at them takes long."""
        async with self._databases.connection(self._control) as connection:
            await connection.execute(_PUT_FIRST, sorted(tenants), at, _SHARE)

    async def spread(self, at: datetime, within_s: float) -> None:
        """Let every tenant be due within so long, at some time or other."""
        async with self._databases.connection(self._control) as connection:
            await connection.execute(_SPREAD, at, within_s)

    async def claim(self, now: datetime, lease_s: float) -> Look | None:
        """Take one that is due, for a while; None: nothing is due."""
        async with self._databases.connection(self._control) as connection:
            row = await connection.fetchrow(_CLAIM, now, now + timedelta(seconds=lease_s))
        return None if row is None else _look(row)

    async def finish(self, look: Look, *, due_at: datetime, cost_s: float) -> None:
        """Note what was seen, how long it took, and when the next look is due."""
        async with self._databases.connection(self._control) as connection:
            await connection.execute(
                _FINISH,
                look.tenant,
                due_at,
                look.looked_at,
                look.mark,
                orjson.dumps([asdict(one) for one in look.held]).decode(),
                look.held_at,
                cost_s,
                look.made,
            )

    async def forget(self, tenant: str) -> None:
        """Look at it no more."""
        async with self._databases.connection(self._control) as connection:
            await connection.execute("DELETE FROM catalog_look WHERE tenant = $1", tenant)


def _look(row: asyncpg.Record) -> Look:
    return Look(
        tenant=row["tenant"],
        looked_at=row["looked_at"],
        mark=row["mark"],
        made=row["made"],
        held=tuple(_held(one) for one in orjson.loads(row["held"])),
        held_at=row["held_at"],
    )


def _held(document: JsonObject) -> Held:
    extent = cast("list[float] | None", document["extent"])
    return Held(
        types=tuple(cast("list[str]", document["types"])),
        entities=cast(int, document["entities"]),
        changed_at=datetime.fromisoformat(str(document["changed_at"])),
        extent=None if extent is None else (extent[0], extent[1], extent[2], extent[3]),
        attributes=tuple(cast("list[str]", document["attributes"])),
    )
