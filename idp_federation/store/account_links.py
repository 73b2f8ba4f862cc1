"""Links between accounts here and at providers, in the control database."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
import orjson

from idp_federation.oidc.session import Account
from idp_federation.relying_party.account_link import (
    Link,
    ShownSignIn,
    shown_as_json,
    shown_from_json,
)
from idp_federation.relying_party_ports import UpstreamSession
from idp_federation.store.accounts import insert_account
from joint_use import Levels
from kit.db import Connection, Database, Databases

_COLUMNS = "account, tenant, provider, issuer, subject, made, shown, made_at"
_FIND = f"""
SELECT {_COLUMNS} FROM account_link
WHERE tenant = $1 AND provider = $2 AND subject = $3 AND ended_at IS NULL"""  # noqa: S608 - fixed text
_OF_ACCOUNT = f"""
SELECT {_COLUMNS} FROM account_link
WHERE account = $1 AND ended_at IS NULL ORDER BY number"""  # noqa: S608 - fixed text
_MAKE = """
INSERT INTO account_link (account, tenant, provider, issuer, subject, made, shown, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (tenant, provider, subject) WHERE ended_at IS NULL DO UPDATE
SET made = excluded.made, shown = excluded.shown, made_at = excluded.made_at
WHERE account_link.account = excluded.account
RETURNING number"""
_SHOW = """
UPDATE account_link SET shown = $4
WHERE tenant = $1 AND provider = $2 AND subject = $3 AND ended_at IS NULL"""
_END = """
UPDATE account_link SET ended_at = $3
WHERE account = $1 AND provider = $2 AND ended_at IS NULL RETURNING number"""
_NOTE_SESSION = """
INSERT INTO upstream_session (sid, issuer, subject, upstream_sid) VALUES ($1, $2, $3, $4)
ON CONFLICT (sid) DO UPDATE SET issuer = excluded.issuer, subject = excluded.subject,
    upstream_sid = excluded.upstream_sid"""
_SESSIONS_FROM = """
SELECT sid FROM upstream_session
WHERE issuer = $1 AND ($2 = '' OR subject = $2)
  AND ($3::text IS NULL OR upstream_sid = $3)"""
_SESSIONS_BY = "SELECT sid FROM browser_session WHERE source = $1 AND ended_at IS NULL"


class StoredAccountLinks:
    """Links between accounts here and at providers; satisfies `AccountLinks`.

    Args:
        databases: the process's connections.
        control: the control database.
    """

    def __init__(self, databases: Databases, control: Database) -> None:
        self._databases = databases
        self._control = control

    async def find(self, tenant: str, upstream: str, subject: str) -> Link | None:
        """Answer with the link of somebody at a provider, at one municipality."""
        async with self._databases.connection(self._control) as connection:
            row = await connection.fetchrow(_FIND, tenant, upstream, subject)
        return None if row is None else _link(row)

    async def of_account(self, account: str) -> Sequence[Link]:
        """List an account's links, the oldest first."""
        async with self._databases.connection(self._control) as connection:
            rows = await connection.fetch(_OF_ACCOUNT, account)
        return [_link(row) for row in rows]

    async def open(self, account: Account, link: Link) -> bool:
        """Open an account with its link; answers whether nobody else had linked it meanwhile."""
        try:
            async with (
                self._databases.connection(self._control) as connection,
                connection.transaction(),
            ):
                await _opened(connection, account, link)
        except _Taken:
            return False
        return True

    async def make(self, link: Link) -> bool:
        """Make a link, or make it anew at other levels.

        Answers whether it was: not where it would lead to another account than before.
        """
        try:
            async with self._databases.connection(self._control) as connection:
                return await _made(connection, link)
        except asyncpg.UniqueViolationError:  # the account has another one at this provider
            return False

    async def show(self, link: Link, shown: ShownSignIn) -> None:
        """Write down what the provider said last."""
        written = orjson.dumps(shown_as_json(shown))
        async with self._databases.connection(self._control) as connection:
            await connection.execute(_SHOW, link.tenant, link.upstream, link.subject, written)

    async def end(self, account: str, upstream: str, now: datetime) -> bool:
        """End a link; answers whether there was one."""
        async with self._databases.connection(self._control) as connection:
            return await connection.fetchval(_END, account, upstream, now) is not None

    async def note_session(self, sid: str, session: UpstreamSession) -> None:
        """Write down which session at a provider a session here comes from."""
        async with self._databases.connection(self._control) as connection:
            await connection.execute(
                _NOTE_SESSION, sid, session.issuer, session.subject, session.sid
            )

    async def sessions_from(self, session: UpstreamSession) -> Sequence[str]:
        """List the sessions here that come from one at a provider, or from all of a person's."""
        async with self._databases.connection(self._control) as connection:
            rows = await connection.fetch(
                _SESSIONS_FROM, session.issuer, session.subject, session.sid
            )
        return [row["sid"] for row in rows]

    async def sessions_by(self, issuer: str) -> Sequence[str]:
        """List the sessions here that come from a provider."""
        async with self._databases.connection(self._control) as connection:
            rows = await connection.fetch(_SESSIONS_BY, issuer)
        return [row["sid"] for row in rows]


class _Taken(Exception):
    """Somebody else has linked the account meanwhile; undoes the transaction."""


async def _opened(connection: Connection, account: Account, link: Link) -> None:
    await insert_account(connection, account, link.made_at)
    if not await _made(connection, link):
        raise _Taken


async def _made(connection: Connection, link: Link) -> bool:
    local, upstream = link.local_levels, link.upstream_levels
    made = {
        "local": [local.proofing, local.authentication],
        "upstream": [upstream.proofing, upstream.authentication],
    }
    number = await connection.fetchval(
        _MAKE,
        link.account,
        link.tenant,
        link.upstream,
        link.issuer,
        link.subject,
        orjson.dumps(made),
        orjson.dumps(shown_as_json(link.shown)),
        link.made_at,
    )
    return number is not None


def _link(row: asyncpg.Record) -> Link:
    made, issuer, subject = orjson.loads(row["made"]), row["issuer"], row["subject"]
    return Link(
        account=row["account"],
        tenant=row["tenant"],
        upstream=row["provider"],
        issuer=issuer,
        subject=subject,
        local_levels=Levels(*made["local"]),
        upstream_levels=Levels(*made["upstream"]),
        made_at=row["made_at"],
        shown=shown_from_json(orjson.loads(row["shown"]), issuer=issuer, subject=subject),
    )
