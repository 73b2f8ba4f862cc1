"""Small groups of several tenants of one database, committed in one transaction.

lane ─ commit ─→ Station of the database ─ carry ─→ commit_together ─→ lane
                                                  └─ left behind, or whatever else: alone
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from broker.store.flush import Flush
from broker.store.groups import Group, Waiting
from broker.store.stations import Stations
from broker.store.tenants import TenantDatabases, database_of
from broker.store.transactions import commit_together
from joint_use import Storage, Tenant
from kit.db import FAULTS, Databases, DatabaseUnavailable
from kit.metrics import histogram

_MOST_TOGETHER: Final = 64  # commands
# A larger group pays for its own way, and others do not wait for it.
_MOST_OF_ONE: Final = 8
_MOST_BYTES_OF_ONE: Final = 64 * 1024

Begin: TypeAlias = Callable[[], Flush]

_TENANTS = histogram(
    "renkei_flush_tenants",
    "Tenants whose small groups were committed in one transaction.",
    bounds=(1, 2, 5, 10, 20, 50),
)


class LeftBehind(Exception):
    """Nothing of a group was committed together with others: it is to be committed alone."""


@dataclass(slots=True)
class _Passenger:
    """A lane whose group goes with the next transaction."""

    tenant: Tenant
    waiting: Waiting
    begin: Begin
    future: asyncio.Future[None]
    flush: Flush | None = None

    @property
    def party(self) -> int:
        return self.tenant.number

    @property
    def weight(self) -> int:
        return self.waiting.weight

    def get_on(self) -> Flush | None:
        """Take the group along unless it has grown too large by now, or nobody waits for it."""
        if self.future.done():
            return None
        try:
            flush = self.begin()
        except Exception:  # noqa: BLE001 — it happens again, where the group is alone
            self.strand(LeftBehind())
            return None
        if _is_small(flush.group):
            self.flush = flush
        else:
            self.strand(LeftBehind())
        return self.flush

    def arrive(self) -> None:
        if not self.future.done():
            self.future.set_result(None)

    def strand(self, error: Exception) -> None:
        """Tell what happened where it concerns the group: whose fault it was, is not known."""
        if not self.future.done():
            is_of_all = isinstance(error, DatabaseUnavailable)
            is_unknown = self.flush is not None and self.flush.is_committing
            self.future.set_exception(error if is_of_all or is_unknown else LeftBehind())


class SharedCommits:
    """Lets groups of tenants that share a database be committed together.

    Args:
        databases: the connections.
        tenants: makes databases ready.
    """

    def __init__(self, databases: Databases, tenants: TenantDatabases) -> None:
        self._databases = databases
        self._tenants = tenants
        self._stations: Stations[_Passenger] = Stations("commits", self._carry, _MOST_TOGETHER)

    @staticmethod
    def takes(tenant: Tenant, waiting: Waiting) -> bool:
        """Tell whether a group may be committed with others; those of snapshots never are."""
        return (
            tenant.storage is Storage.SHARED
            and tenant.number > 0
            and waiting.weight <= _MOST_OF_ONE
        )

    async def commit(self, tenant: Tenant, waiting: Waiting, begin: Begin) -> None:
        """Commit a group with those of other tenants; then its outcomes are the answers.

        Args:
            tenant: whose it is.
            waiting: the group's commands.
            begin: takes the group and begins the attempt; called when the transaction begins.

        Raises:
            LeftBehind: nothing of it is committed; it may be that alone it can be.
            DatabaseUnavailable: the connection was lost; nothing is, unless `is_committing`.
            asyncpg.PostgresError, asyncpg.InterfaceError: of a COMMIT whose outcome is not known.
        """
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        passenger = _Passenger(tenant, waiting, begin, future)
        self._stations.board(database_of(tenant), passenger)
        await future

    def end_idle(self) -> None:
        """End what nobody has used since the last call."""
        self._stations.end_idle()

    async def close(self) -> None:
        """End what is under way; the lanes are closed before."""
        await self._stations.close()

    async def _carry(self, passengers: Sequence[_Passenger]) -> None:
        tenant = passengers[0].tenant
        try:
            await self._tenants.make_ready(tenant)
            async with self._databases.connection(database_of(tenant), tenant.number) as connection:
                flushes = [flush for one in passengers if (flush := one.get_on()) is not None]
                left = await commit_together(connection, flushes) if flushes else ()
        except (DatabaseUnavailable, *FAULTS) as error:
            for passenger in passengers:
                passenger.strand(error)
            return
        _TENANTS.of().observe(len(flushes) - len(left))
        for passenger in passengers:
            if passenger.flush in left:
                passenger.strand(LeftBehind())
            else:
                passenger.arrive()


def _is_small(group: Group) -> bool:
    return len(group.commands) <= _MOST_OF_ONE and group.size <= _MOST_BYTES_OF_ONE
