"""What is known of people, and what they have agreed to, in the control database."""

from datetime import datetime

import orjson

from idp_federation.oidc.consent import Consent
from idp_federation.oidc.session import Account
from kit.db import Connection, Database, Databases

_FIND = """
SELECT id, tenant, claims, verified_claims FROM identity_account
WHERE id = $1 AND closed_at IS NULL"""
_ADD = """
INSERT INTO identity_account (id, tenant, claims, verified_claims, created_at)
VALUES ($1, $2, $3, $4, $5)"""
_GIVEN = """
SELECT account, client, scope, claims, purpose, given_at, expires_at FROM release_consent
WHERE account = $1 AND client = $2 AND withdrawn_at IS NULL
  AND (expires_at IS NULL OR expires_at > $3)"""
_WITHDRAW = """
UPDATE release_consent SET withdrawn_at = $3
WHERE account = $1 AND client = $2 AND withdrawn_at IS NULL RETURNING number"""
_GIVE = """
INSERT INTO release_consent (account, client, scope, claims, purpose, given_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)"""
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('idp_federation.consent'), hashtext($1))"


class StoredAccounts:
    """What is known of people; satisfies `Accounts`.

    Args:
        databases: the process's connections.
        control: the control database.
    """

    def __init__(self, databases: Databases, control: Database) -> None:
        self._databases = databases
        self._control = control

    async def find(self, account: str) -> Account | None:
        """Answer with an account; None where there is none or it is closed."""
        async with self._databases.connection(self._control) as connection:
            row = await connection.fetchrow(_FIND, account)
        if row is None:
            return None
        return Account(
            id=row["id"],
            tenant=row["tenant"],
            claims=orjson.loads(row["claims"]),
            verified_claims=tuple(orjson.loads(row["verified_claims"])),
        )

    async def add(self, account: Account, now: datetime) -> None:
        """Open an account."""
        async with self._databases.connection(self._control) as connection:
            await insert_account(connection, account, now)


async def insert_account(connection: Connection, account: Account, now: datetime) -> None:
    """Write a new account, in whose transaction it belongs."""
    await connection.execute(
        _ADD,
        account.id,
        account.tenant,
        orjson.dumps(dict(account.claims)),
        orjson.dumps(list(account.verified_claims)),
        now,
    )


class StoredConsents:
    """Which consents are given; satisfies `ConsentLedger`.

    Args:
        databases: the process's connections.
        control: the control database.
    """

    def __init__(self, databases: Databases, control: Database) -> None:
        self._databases = databases
        self._control = control

    async def given(self, account: str, client: str, now: datetime) -> Consent | None:
        """Answer with the consent that is in force; None where there is none."""
        async with self._databases.connection(self._control) as connection:
            row = await connection.fetchrow(_GIVEN, account, client, now)
        if row is None:
            return None
        return Consent(
            account=row["account"],
            client=row["client"],
            scope=frozenset(row["scope"]),
            claims=frozenset(row["claims"]),
            purpose=row["purpose"],
            given_at=row["given_at"],
            expires_at=row["expires_at"],
        )

    async def give(self, consent: Consent) -> None:
        """Write down a consent, in place of the one that was in force."""
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            await connection.execute(_LOCK, consent.account)
            await connection.fetchval(_WITHDRAW, consent.account, consent.client, consent.given_at)
            await connection.execute(
                _GIVE,
                consent.account,
                consent.client,
                sorted(consent.scope),
                sorted(consent.claims),
                consent.purpose,
                consent.given_at,
                consent.expires_at,
            )

    async def withdraw(self, account: str, client: str, now: datetime) -> bool:
        """End a consent; answers whether there was one."""
        async with self._databases.connection(self._control) as connection:
            return await connection.fetchval(_WITHDRAW, account, client, now) is not None
