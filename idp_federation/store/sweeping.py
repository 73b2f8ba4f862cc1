"""Takes away what nobody can use any more: used codes, ended grants and sessions, old replays."""

import asyncio
from datetime import timedelta

import structlog

from kit.clock import Clock
from kit.db import Database, Databases, DatabaseUnavailable

log = structlog.get_logger(__name__)

EVERY_S = 60.0
_LIMIT = 5000
# What has expired is kept a while longer, so that its reuse is noticed and can be explained.
_KEPT = timedelta(hours=1)
_TABLES = {
    "one_time_code": ("kind, code", "expires_at"),
    "seen_assertion": ("issuer, jti", "expires_at"),
    "seen_proof": ("jkt, jti", "expires_at"),
    "withdrawal": ("name, effect", "expires_at"),
    "token_grant": ("id", "expires_at"),
    "browser_session": ("sid", "expires_at"),
    "federation_client": ("entity", "expires_at"),
    "sign_in_pace": ("bucket", "spent_until"),
}


class IdentitySweeper:
    """Sweeps the provider's tables.

    Args:
        databases: the process's connections.
        control: the control database.
        clock: the time.
    """

    def __init__(self, databases: Databases, control: Database, clock: Clock) -> None:
        self._databases = databases
        self._control = control
        self._clock = clock

    async def run(self) -> None:
        """Sweep every minute; to be run under `kit.tasks`."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.sweep()
            except (DatabaseUnavailable, TimeoutError) as error:
                log.warning("identity_not_swept", reason=str(error))

    async def sweep(self) -> int:
        """Delete what has expired an hour ago, in small steps; answers with how much."""
        deleted = 0
        before = self._clock() - _KEPT
        for table, (key, column) in _TABLES.items():
            statement = (
                f"DELETE FROM {table} WHERE ({key}) IN ("  # noqa: S608 - fixed names
                f"SELECT {key} FROM {table} WHERE {column} < $1 LIMIT {_LIMIT}"
                " FOR UPDATE SKIP LOCKED)"
            )
            async with self._databases.connection(self._control) as connection:
                done = await connection.execute(statement, before)
            deleted += int(done.rpartition(" ")[2])
        return deleted
