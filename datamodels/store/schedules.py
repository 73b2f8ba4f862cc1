"""Scheduled imports in the control database (port `Schedules`)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import asyncpg
import orjson

from datamodels.model.schedule import Schedule
from kit.db import Database, Databases

_COLUMNS = (
    "id, tenant, tenant_name, type, source, municipality, mapping, series,"
    " deletes_vanished, every_s, next_at, etag, last_modified, report, set_by, set_at"
)
_PUT = """
INSERT INTO import_schedule (tenant, tenant_name, type, source, municipality, mapping,
                             deletes_vanished, every_s, next_at, set_by, set_at, series)
VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9, $10, $11, $12)
ON CONFLICT (tenant, type, source) DO UPDATE
SET municipality = excluded.municipality, mapping = excluded.mapping, series = excluded.series,
    deletes_vanished = excluded.deletes_vanished, every_s = excluded.every_s,
    next_at = excluded.next_at, etag = NULL, last_modified = NULL,
    set_by = excluded.set_by, set_at = excluded.set_at
RETURNING id"""
_OF = f"SELECT {_COLUMNS} FROM import_schedule WHERE tenant = $1 ORDER BY id"  # noqa: S608 — ours
_HASTEN = "UPDATE import_schedule SET next_at = $3 WHERE tenant = $1 AND id = $2 RETURNING id"
_REMOVE = "DELETE FROM import_schedule WHERE tenant = $1 AND id = $2 RETURNING id"
_CLAIM = f"""
UPDATE import_schedule SET lease = lease + 1, leased_until = $2
WHERE id = (
    SELECT id FROM import_schedule
    WHERE next_at <= $1 AND (leased_until IS NULL OR leased_until < $1)
    ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING {_COLUMNS}, lease"""  # noqa: S608 — likewise
_FINISH = """
UPDATE import_schedule
SET leased_until = NULL, next_at = $3, etag = $4, last_modified = $5, report = $6::jsonb
WHERE id = $1 AND lease = $2 RETURNING id"""


class ScheduleStore:
    """Reads, takes and writes schedules.

    Args:
        databases: the process's connections.
        control: the control database.
    """

    def __init__(self, databases: Databases, control: Database) -> None:
        self._databases = databases
        self._control = control

    async def put(self, schedule: Schedule) -> int:
        """Add one, or replace the one of the same tenant, model and source; answers its number."""
        one = schedule
        async with self._databases.connection(self._control) as connection:
            number: int = await connection.fetchval(
                _PUT,
                one.tenant,
                one.tenant_name,
                one.type,
                one.source,
                one.municipality,
                orjson.dumps(one.mapping),
                one.deletes_vanished,
                one.every_s,
                one.next_at,
                one.set_by,
                one.set_at,
                one.series,
            )
        return number

    async def of(self, tenant: int) -> Sequence[Schedule]:
        """Read a tenant's, oldest first."""
        async with self._databases.connection(self._control) as connection:
            return [_schedule(row) for row in await connection.fetch(_OF, tenant)]

    async def hasten(self, tenant: int, id_: int, at: datetime) -> bool:
        """Let one be due now; False: there is none."""
        async with self._databases.connection(self._control) as connection:
            return await connection.fetchval(_HASTEN, tenant, id_, at) is not None

    async def remove(self, tenant: int, id_: int) -> bool:
        """Remove one; False: there is none."""
        async with self._databases.connection(self._control) as connection:
            return await connection.fetchval(_REMOVE, tenant, id_) is not None

    async def claim(self, now: datetime, lease_s: float) -> tuple[Schedule, int] | None:
        """Take one that is due, for a while and with a number; None: nothing is due."""
        until = now + timedelta(seconds=lease_s)
        async with self._databases.connection(self._control) as connection:
            row = await connection.fetchrow(_CLAIM, now, until)
        return None if row is None else (_schedule(row), row["lease"])

    async def finish(self, schedule: Schedule, lease: int) -> bool:
        """Write down what became of it; False: another process has taken it meanwhile."""
        report = None if schedule.report is None else orjson.dumps(schedule.report)
        async with self._databases.connection(self._control) as connection:
            found = await connection.fetchval(
                _FINISH,
                schedule.id,
                lease,
                schedule.next_at,
                schedule.etag,
                schedule.last_modified,
                report,
            )
        return found is not None


def _schedule(row: asyncpg.Record) -> Schedule:
    said = {name: value for name, value in row.items() if name != "lease"}
    for name in ("mapping", "report"):
        said[name] = None if said[name] is None else orjson.loads(said[name])
    return Schedule(**said)
