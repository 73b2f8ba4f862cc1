"""Transactions in a tenant for those who try again later: whatever PostgreSQL says is passing."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from broker.ngsi.errors import Unavailable
from broker.store.failures import Failure, failure_of
from broker.store.tenants import TenantDatabases
from joint_use import Tenant
from kit.db import FAULTS, Connection


class Entering:
    """Lends connections that have entered a tenant, as `TenantDatabases` does.

    Args:
        tenants: lends them.
    """

    def __init__(self, tenants: TenantDatabases) -> None:
        self._tenants = tenants

    def reading(self, tenant: Tenant) -> AbstractAsyncContextManager[Connection]:
        """Lend one in a read-only transaction.

        Raises:
            Unavailable: for whatever reason; it is to be tried again.
        """
        return self._translated(tenant, self._tenants.reading(tenant))

    def writing(self, tenant: Tenant) -> AbstractAsyncContextManager[Connection]:
        """Lend one in a transaction that writes.

        Raises:
            Unavailable: for whatever reason; it is to be tried again.
        """
        return self._translated(tenant, self._tenants.writing(tenant))

    @asynccontextmanager
    async def _translated(
        self, tenant: Tenant, entered: AbstractAsyncContextManager[Connection]
    ) -> AsyncIterator[Connection]:
        try:
            async with entered as connection:
                yield connection
        except FAULTS as error:
            if failure_of(error) is Failure.UNPREPARED:
                self._tenants.forget(tenant)
            reason = str(error) or type(error).__name__
            raise Unavailable(f"The database refuses for now: {reason}") from error
