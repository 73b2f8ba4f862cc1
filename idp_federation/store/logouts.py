"""Clients that are to be told that sessions have ended, in the control database."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from idp_federation.ports import DueNotice, LogoutNotice
from kit.db import Database, Databases

LOGOUTS_CHANNEL = "renkei_logout_notice"
"""Where it is notified that there are new notices."""

GIVE_UP_AFTER = timedelta(hours=24)
_PUT = """
INSERT INTO logout_notice (client, url, subject, sid, due_at, gives_up_at)
VALUES ($1, $2, $3, $4, $5, $6)"""
# Who takes notices puts them off first: who dies at it leaves them due again a minute later.
_TAKE = """
UPDATE logout_notice SET due_at = $2, attempts = attempts + 1
WHERE number IN (
    SELECT number FROM logout_notice WHERE due_at <= $1
    ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED)
RETURNING number, client, url, subject, sid, attempts, gives_up_at"""
_TELL = "SELECT pg_notify($1, '')"
_DONE = "DELETE FROM logout_notice WHERE number = $1"
_LATER = "UPDATE logout_notice SET due_at = $2, problem = $3 WHERE number = $1"


class StoredLogouts:
    """Who is to be told; satisfies `LogoutQueue`.

    Args:
        databases: the process's connections.
        control: the control database.
    """

    def __init__(self, databases: Databases, control: Database) -> None:
        self._databases = databases
        self._control = control

    async def put(self, notices: Sequence[LogoutNotice], now: datetime) -> None:
        """Keep what is to be told."""
        async with self._databases.connection(self._control) as connection:
            await connection.executemany(
                _PUT,
                [
                    (one.client, one.url, one.subject, one.sid, now, now + GIVE_UP_AFTER)
                    for one in notices
                ],
            )
            await connection.execute(_TELL, LOGOUTS_CHANNEL)

    async def take(self, now: datetime, *, again_at: datetime, limit: int) -> Sequence[DueNotice]:
        """Take notices that are due; no other process gets them before `again_at`."""
        async with self._databases.connection(self._control) as connection:
            rows = await connection.fetch(_TAKE, now, again_at, limit)
        return [
            DueNotice(
                number=row["number"],
                notice=LogoutNotice(
                    client=row["client"], url=row["url"], subject=row["subject"], sid=row["sid"]
                ),
                attempts=row["attempts"],
                gives_up_at=row["gives_up_at"],
            )
            for row in rows
        ]

    async def done(self, number: int) -> None:
        """Forget a notice: it arrived, or nobody will ever take it."""
        async with self._databases.connection(self._control) as connection:
            await connection.execute(_DONE, number)

    async def later(self, number: int, due_at: datetime, problem: str) -> None:
        """Try again later."""
        async with self._databases.connection(self._control) as connection:
            await connection.execute(_LATER, number, due_at, problem[:500])
