"""Browser sessions in the control database."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
import orjson

from idp_federation.oidc.grant import signed_in_as_json, signed_in_from_json
from idp_federation.oidc.session import Session
from kit.db import Database, Databases

MIGRATIONS = "idp_federation.store.migrations"
_COLUMNS = "sid, signed_in, agent, started_at, expires_at"
_BEGIN = """
INSERT INTO browser_session
    (sid, cookie, account, tenant, signed_in, source, agent, started_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"""
_BY_COOKIE = f"""
SELECT {_COLUMNS} FROM browser_session
WHERE cookie = $1 AND ended_at IS NULL AND expires_at > $2"""  # noqa: S608 - fixed text
_BY_NAME = f"""
SELECT {_COLUMNS} FROM browser_session
WHERE sid = $1 AND ended_at IS NULL AND expires_at > $2"""  # noqa: S608 - fixed text
_BY_ACCOUNT = f"""
SELECT {_COLUMNS} FROM browser_session
WHERE account = $1 AND ended_at IS NULL AND expires_at > $2
ORDER BY started_at DESC"""  # noqa: S608 - fixed text
_REPLACE = """
UPDATE browser_session SET cookie = $3, signed_in = $4, source = $5
WHERE sid = $1 AND cookie = $2 AND account = $6 AND ended_at IS NULL RETURNING sid"""
_END = f"""
UPDATE browser_session SET ended_at = $2
WHERE sid = $1 AND ended_at IS NULL RETURNING {_COLUMNS}"""  # noqa: S608 - fixed text


class StoredSessions:
    """Browser sessions; satisfies `Sessions`.

    Args:
        databases: the process's connections.
        control: the control database.
    """

    def __init__(self, databases: Databases, control: Database) -> None:
        self._databases = databases
        self._control = control

    async def begin(self, session: Session, cookie: bytes) -> None:
        """Keep a new session."""
        who = session.signed_in
        async with self._databases.connection(self._control) as connection:
            await connection.execute(
                _BEGIN,
                session.sid,
                cookie,
                who.account,
                who.tenant,
                orjson.dumps(signed_in_as_json(who)),
                who.issuer,
                session.agent,
                session.started_at,
                session.expires_at,
            )

    async def find(self, cookie: bytes, now: datetime) -> Session | None:
        """Answer with the session of a cookie, where it has not ended."""
        async with self._databases.connection(self._control) as connection:
            return _session(await connection.fetchrow(_BY_COOKIE, cookie, now))

    async def named(self, sid: str, now: datetime) -> Session | None:
        """Answer with the session of a name, where it has not ended."""
        async with self._databases.connection(self._control) as connection:
            return _session(await connection.fetchrow(_BY_NAME, sid, now))

    async def of_account(self, account: str, now: datetime) -> Sequence[Session]:
        """List the sessions of an account that have not ended, the latest first."""
        async with self._databases.connection(self._control) as connection:
            rows = await connection.fetch(_BY_ACCOUNT, account, now)
        return [_read(row) for row in rows]

    async def replace(self, session: Session, before: bytes, cookie: bytes) -> bool:
        """Change who is signed in and how, and the cookie; answers whether it had not ended."""
        who = session.signed_in
        async with self._databases.connection(self._control) as connection:
            changed = await connection.fetchval(
                _REPLACE,
                session.sid,
                before,
                cookie,
                orjson.dumps(signed_in_as_json(who)),
                who.issuer,
                who.account,
            )
        return changed is not None

    async def end(self, sid: str, now: datetime) -> Session | None:
        """End a session; answers with it where it had not ended before."""
        async with self._databases.connection(self._control) as connection:
            return _session(await connection.fetchrow(_END, sid, now))


def _session(row: asyncpg.Record | None) -> Session | None:
    return None if row is None else _read(row)


def _read(row: asyncpg.Record) -> Session:
    return Session(
        sid=row["sid"],
        signed_in=signed_in_from_json(orjson.loads(row["signed_in"])),
        started_at=row["started_at"],
        expires_at=row["expires_at"],
        agent=row["agent"],
    )
