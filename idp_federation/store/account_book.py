"""Accounts as operators keep them, in the control database; each change with who made it."""

from collections.abc import Sequence

import asyncpg
import orjson

from idp_federation.accounts.account import AccountEvent, AccountRecord
from idp_federation.oidc.session import Account
from kit.db import Connection, Database, Databases

_COLUMNS = "id, tenant, login, claims, verified_claims, created_at, closed_at"
_OPEN = f"""
INSERT INTO identity_account ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, NULL)
ON CONFLICT DO NOTHING RETURNING id"""  # noqa: S608 - fixed text
_NAMED = f"""
SELECT {_COLUMNS} FROM identity_account
WHERE tenant = $1 AND login = $2 AND closed_at IS NULL"""  # noqa: S608 - fixed text
_SHOW = f"SELECT {_COLUMNS} FROM identity_account WHERE id = $1"  # noqa: S608 - fixed text
_PAGE = f"""
SELECT {_COLUMNS} FROM identity_account WHERE tenant = $1 AND id > $2
ORDER BY id LIMIT $3"""  # noqa: S608 - fixed text
_REWRITE = """
UPDATE identity_account SET claims = $2, verified_claims = $3, closed_at = $4
WHERE id = $1 AND closed_at IS NULL RETURNING id"""
_NOTE = "INSERT INTO account_event (account, what, detail, by, at) VALUES ($1, $2, $3, $4, $5)"
_EVENTS = "SELECT what, detail, by, at FROM account_event WHERE account = $1 ORDER BY number"


class StoredAccountBook:
    """The accounts of people; satisfies `AccountBook`.

    Args:
        databases: the process's connections.
        control: the control database.
    """

    def __init__(self, databases: Databases, control: Database) -> None:
        self._databases = databases
        self._control = control

    async def open(self, record: AccountRecord, *, by: str) -> bool:
        """Open an account; answers whether its name was free at its municipality."""
        account, event = record.account, AccountEvent(what="opened", by=by, at=record.created_at)
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            opened = await connection.fetchval(
                _OPEN,
                account.id,
                account.tenant,
                record.login,
                orjson.dumps(dict(account.claims)),
                orjson.dumps([*account.verified_claims]),
                record.created_at,
            )
            if opened is not None:
                await _note(connection, account.id, event)
        return opened is not None

    async def named(self, tenant: str, login: str) -> AccountRecord | None:
        """Answer with the open account of a name."""
        async with self._databases.connection(self._control) as connection:
            row = await connection.fetchrow(_NAMED, tenant, login)
        return None if row is None else _record(row)

    async def show(self, account: str) -> AccountRecord | None:
        """Answer with an account, a closed one too."""
        async with self._databases.connection(self._control) as connection:
            row = await connection.fetchrow(_SHOW, account)
        return None if row is None else _record(row)

    async def page(self, tenant: str, *, after: str, limit: int) -> Sequence[AccountRecord]:
        """List a municipality's accounts in order of their ids, those after one."""
        async with self._databases.connection(self._control) as connection:
            return [_record(row) for row in await connection.fetch(_PAGE, tenant, after, limit)]

    async def rewrite(self, record: AccountRecord, event: AccountEvent) -> bool:
        """Write claims, what is verified and whether it is closed; answers whether it was open."""
        account = record.account
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            written = await connection.fetchval(
                _REWRITE,
                account.id,
                orjson.dumps(dict(account.claims)),
                orjson.dumps([*account.verified_claims]),
                record.closed_at,
            )
            if written is not None:
                await _note(connection, account.id, event)
        return written is not None

    async def note(self, account: str, event: AccountEvent) -> None:
        """Write down what was done to an account."""
        async with self._databases.connection(self._control) as connection:
            await _note(connection, account, event)

    async def events(self, account: str) -> Sequence[AccountEvent]:
        """Read what was done to an account, the oldest first."""
        async with self._databases.connection(self._control) as connection:
            rows = await connection.fetch(_EVENTS, account)
        return [
            AccountEvent(
                what=row["what"], by=row["by"], at=row["at"], detail=orjson.loads(row["detail"])
            )
            for row in rows
        ]


async def _note(connection: Connection, account: str, event: AccountEvent) -> None:
    detail = orjson.dumps(event.detail)
    await connection.execute(_NOTE, account, event.what, detail, event.by, event.at)


def _record(row: asyncpg.Record) -> AccountRecord:
    return AccountRecord(
        account=Account(
            id=row["id"],
            tenant=row["tenant"],
            claims=orjson.loads(row["claims"]),
            verified_claims=tuple(orjson.loads(row["verified_claims"])),
        ),
        login=row["login"],
        created_at=row["created_at"],
        closed_at=row["closed_at"],
    )
