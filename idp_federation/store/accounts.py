"""What is known of people, and what they have agreed to, in the control database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg
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
_CONSENT = (
    "account, client, scope, claims, purpose, given_at, expires_at, tenant, subject, data_consents"
)
_GIVEN = f"""
SELECT {_CONSENT} FROM release_consent
WHERE account = $1 AND client = $2 AND withdrawn_at IS NULL
  AND (expires_at IS NULL OR expires_at > $3)"""  # noqa: S608 - fixed text
_OF_ACCOUNT = f"""
SELECT {_CONSENT} FROM release_consent
WHERE account = $1 AND withdrawn_at IS NULL AND (expires_at IS NULL OR expires_at > $2)
ORDER BY number DESC"""  # noqa: S608 - fixed text
_WITH_DATA = f"""
SELECT {_CONSENT} FROM release_consent
WHERE data_consents @> ARRAY[$1::bigint] AND data_consents <> '{{}}'
  AND withdrawn_at IS NULL"""  # noqa: S608 - fixed text
_WITHDRAW = """
UPDATE release_consent SET withdrawn_at = $3
WHERE account = $1 AND client = $2 AND withdrawn_at IS NULL RETURNING number"""
_GIVE = f"""
INSERT INTO release_consent ({_CONSENT})
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"""  # noqa: S608 - fixed text
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


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptConsent:
    """A consent as it stands in this ledger, and the numbers of its entries in joint use's."""

    consent: Consent
    data_consents: tuple[int, ...] = ()


class StoredConsents:
    """The ledger of what clients learn at the OpenID Provider.

    Args:
        databases: the process's connections.
        control: the control database.
    """

    def __init__(self, databases: Databases, control: Database) -> None:
        self._databases = databases
        self._control = control

    async def given(self, account: str, client: str, now: datetime) -> KeptConsent | None:
        """Answer with the consent that is in force; None where there is none."""
        async with self._databases.connection(self._control) as connection:
            row = await connection.fetchrow(_GIVEN, account, client, now)
        return None if row is None else _kept(row)

    async def of_account(self, account: str, now: datetime) -> Sequence[KeptConsent]:
        """List a person's consents that are in force, the latest first."""
        async with self._databases.connection(self._control) as connection:
            return [_kept(row) for row in await connection.fetch(_OF_ACCOUNT, account, now)]

    async def with_data(self, number: int) -> KeptConsent | None:
        """Answer with the consent that an entry of joint use's ledger is part of."""
        async with self._databases.connection(self._control) as connection:
            row = await connection.fetchrow(_WITH_DATA, number)
        return None if row is None else _kept(row)

    async def give(self, consent: Consent, data_consents: Sequence[int] = ()) -> None:
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
                consent.tenant,
                consent.subject,
                [*data_consents],
            )

    async def withdraw(self, account: str, client: str, now: datetime) -> bool:
        """End a consent; answers whether there was one."""
        async with self._databases.connection(self._control) as connection:
            return await connection.fetchval(_WITHDRAW, account, client, now) is not None


def _kept(row: asyncpg.Record) -> KeptConsent:
    consent = Consent(
        account=row["account"],
        client=row["client"],
        scope=frozenset(row["scope"]),
        claims=frozenset(row["claims"]),
        purpose=row["purpose"],
        given_at=row["given_at"],
        expires_at=row["expires_at"],
        tenant=row["tenant"],
        subject=row["subject"],
    )
    return KeptConsent(consent=consent, data_consents=tuple(row["data_consents"]))
