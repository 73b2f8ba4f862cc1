"""Consents in the control database (port `ConsentBook`)."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from joint_use.terms.consent import DataConsent, NewConsent
from joint_use.terms.tenant import Tenant
from kit.db import Database, Databases

_GIVE = """
INSERT INTO data_consent (tenant, subject, recipient, purpose, items, given_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
RETURNING number, subject, recipient, purpose, items, given_at, expires_at, withdrawn_at"""
_WITHDRAW = """
UPDATE data_consent SET withdrawn_at = greatest($4, given_at)
WHERE tenant = $1 AND subject = $2 AND number = $3 AND withdrawn_at IS NULL
RETURNING number, subject, recipient, purpose, items, given_at, expires_at, withdrawn_at"""
_OF = """
SELECT number, subject, recipient, purpose, items, given_at, expires_at, withdrawn_at
FROM data_consent WHERE tenant = $1 AND subject = $2 ORDER BY number"""


class ConsentStore:
    """What people have agreed that services learn of them.

    Args:
        databases: the process's connections.
        control: the control database.
    """

    def __init__(self, databases: Databases, control: Database) -> None:
        self._databases = databases
        self._control = control

    async def give(self, tenant: Tenant, terms: NewConsent, at: datetime) -> DataConsent:
        """Write down a consent."""
        async with self._databases.connection(self._control) as connection:
            rows = await connection.fetch(
                _GIVE,
                tenant.number,
                terms.subject,
                terms.recipient,
                terms.purpose,
                sorted(terms.items),
                at,
                terms.expires_at,
            )
        return _consent(tenant, rows[0])

    async def withdraw(
        self, tenant: Tenant, subject: str, number: int, at: datetime
    ) -> DataConsent | None:
        """Withdraw somebody's consent, once; None where there is none that is in force."""
        async with self._databases.connection(self._control) as connection:
            row = await connection.fetchrow(_WITHDRAW, tenant.number, subject, number, at)
        return None if row is None else _consent(tenant, row)

    async def of(self, tenant: Tenant, subject: str) -> Sequence[DataConsent]:
        """Read all consents that somebody has given, the oldest first."""
        async with self._databases.connection(self._control) as connection:
            rows = await connection.fetch(_OF, tenant.number, subject)
        return [_consent(tenant, row) for row in rows]


def _consent(tenant: Tenant, row: asyncpg.Record) -> DataConsent:
    terms = NewConsent(
        tenant=tenant.name,
        subject=row["subject"],
        recipient=row["recipient"],
        purpose=row["purpose"],
        items=frozenset(row["items"]),
        expires_at=row["expires_at"],
    )
    return DataConsent(
        number=row["number"],
        terms=terms,
        given_at=row["given_at"],
        withdrawn_at=row["withdrawn_at"],
    )
