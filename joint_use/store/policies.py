"""Policies in the control database (port `PolicyShelf`), and what a process knows of them."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
import orjson

from joint_use.access_ports import PolicyChange, PolicyShelf
from joint_use.terms.policy import Policy, policy_document, read_policy
from joint_use.terms.tenant import Tenant
from kit.db import Database, Databases
from kit.listen import Listener
from kit.metrics.caches import Lookups

CHANNEL = "renkei_policy"
"""Where the number of each tenant whose policy changes is notified."""

_FIND = """
SELECT version, document::text AS document FROM access_policy
WHERE tenant = $1 ORDER BY version DESC LIMIT 1"""
_HISTORY = """
SELECT version, document::text AS document, set_by, set_at FROM access_policy
WHERE tenant = $1 ORDER BY version"""
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('joint_use.policy'), $1)"
_LAST = "SELECT coalesce(max(version), 0) FROM access_policy WHERE tenant = $1"
_PUT = """
INSERT INTO access_policy (tenant, version, document, set_by, set_at)
VALUES ($1, $2, $3::text::jsonb, $4, $5)"""
_TELL = "SELECT pg_notify($1, $2)"


class PolicyStore:
    """The policies of tenants, each version of them.

    Args:
        databases: the process's connections.
        control: the control database.
    """

    def __init__(self, databases: Databases, control: Database) -> None:
        self._databases = databases
        self._control = control

    async def find(self, tenant: Tenant) -> Policy:
        """Answer with the policy that holds; version 0 where none was ever set."""
        async with self._databases.connection(self._control) as connection:
            row = await connection.fetchrow(_FIND, tenant.number)
        return Policy() if row is None else _policy(row)

    async def put(
        self, tenant: Tenant, policy: Policy, *, over: int, by: str, at: datetime
    ) -> Policy | None:
        """Set a policy, as the version after `over`; None where that is not the last one."""
        document = orjson.dumps(policy_document(policy)).decode()
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            await connection.execute(_LOCK, tenant.number)
            if await connection.fetchval(_LAST, tenant.number) != over:
                return None
            await connection.execute(_PUT, tenant.number, over + 1, document, by, at)
            await connection.execute(_TELL, CHANNEL, str(tenant.number))
        return read_policy(policy_document(policy), over + 1)

    async def history(self, tenant: Tenant) -> Sequence[PolicyChange]:
        """Read all versions, the oldest first."""
        async with self._databases.connection(self._control) as connection:
            rows = await connection.fetch(_HISTORY, tenant.number)
        return [
            PolicyChange(policy=_policy(row), by=row["set_by"], at=row["set_at"]) for row in rows
        ]


_LOOKUPS = Lookups("policies")


class PolicyCache:
    """The policies that a process knows, dropped when NOTIFY says that one has changed.

    Args:
        shelf: where they are read from.
    """

    def __init__(self, shelf: PolicyShelf) -> None:
        self._shelf = shelf
        self._known: dict[int, Policy] = {}
        self._changes = 0

    def follow(self, listener: Listener) -> None:
        """Forget policies as the listener hears of them, and all of them when it connects."""
        listener.hear(CHANNEL, lambda number: self.forget(int(number)), self._clear)

    def known(self, tenant: Tenant) -> Policy | None:
        """Answer with a tenant's policy, as far as it is known here."""
        known = self._known.get(tenant.number)
        if known is not None:
            _LOOKUPS.hit.add()
        return known

    async def of(self, tenant: Tenant) -> Policy:
        """Answer with a tenant's policy, from the database where it is not known here."""
        known = self._known.get(tenant.number)
        if known is not None:
            _LOOKUPS.hit.add()
            return known
        _LOOKUPS.miss.add()
        changes = self._changes
        policy = await self._shelf.find(tenant)
        if changes == self._changes:  # otherwise the answer may be older than the change
            self._known[tenant.number] = policy
        return policy

    def forget(self, number: int) -> None:
        """Ask the database next time."""
        self._changes += 1
        self._known.pop(number, None)

    def _clear(self) -> None:
        self._changes += 1
        self._known.clear()


def _policy(row: asyncpg.Record) -> Policy:
    return read_policy(orjson.loads(row["document"]), row["version"])
