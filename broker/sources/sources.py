"""Sources: a client for each external tenant's endpoint, as long as it is known to be there."""

import asyncio
import ssl
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from broker.settings import SourceSettings
from broker.source_ports import (
    SourceAnswer,
    SourceBusy,
    SourceMisanswers,
    SourceName,
    SourceRequest,
    SourceUnreachable,
)
from broker.sources.client import SourceClient
from joint_use import KnownEndpoint, Tenant
from kit.db import DatabaseUnavailable
from kit.guard import Guard

FindEndpoint = Callable[[Tenant], Awaitable[KnownEndpoint | None]]
"""Says where an external tenant's data are."""


class SourceClients:
    """Clients by tenant (port `Sources`); one is replaced when its endpoint changes.

    Args:
        find: says where a tenant's data are.
        guard: which addresses may be reached.
        settings: of all sources.
    """

    def __init__(self, find: FindEndpoint, guard: Guard, settings: SourceSettings) -> None:
        self._find = find
        self._guard = guard
        self._settings = settings
        self._clients: OrderedDict[int, tuple[int, SourceClient]] = OrderedDict()
        self._leaving: set[SourceClient] = set()

    @property
    def open_breakers(self) -> int:
        """How many sources do not answer as far as is known."""
        return sum(1 for _, client in self._clients.values() if client.is_broken)

    async def name(self, tenant: Tenant) -> SourceName:
        """Say where a tenant's source is.

        Raises:
            SourceUnreachable: nobody said so.
        """
        return (await self._client(tenant)).name

    @asynccontextmanager
    async def exchange(self, tenant: Tenant, request: SourceRequest) -> AsyncIterator[SourceAnswer]:
        """Ask a tenant's source.

        Raises:
            SourceFailure: it cannot be asked, or does not answer in time.
        """
        client = await self._client(tenant)
        async with client.exchange(request) as answer:
            yield answer
        await self._close_left()

    async def close(self) -> None:
        """Close all connections."""
        clients = [client for _, client in self._clients.values()]
        self._clients.clear()
        await asyncio.gather(*(client.close() for client in (*clients, *self._leaving)))
        self._leaving.clear()

    async def _client(self, tenant: Tenant) -> SourceClient:
        try:
            known = await self._find(tenant)
        except DatabaseUnavailable as error:
            raise SourceBusy(
                f"Where the data of tenant {tenant.name} are cannot be told now",
                retry_after_s=error.retry_after_s,
            ) from error
        if known is None:
            raise SourceUnreachable(f"Tenant {tenant.name} has no endpoint")
        version, client = self._clients.get(tenant.number, (0, None))
        if client is None or version != known.version:
            client = self._replaced(tenant, known)
        self._clients.move_to_end(tenant.number)
        return client

    def _replaced(self, tenant: Tenant, known: KnownEndpoint) -> SourceClient:
        try:
            client = SourceClient(known.endpoint, self._guard, self._settings)
        except (ValueError, ssl.SSLError) as error:
            raise SourceMisanswers(
                f"The certificates for source {known.endpoint.url} cannot be used"
            ) from error
        _, old = self._clients.pop(tenant.number, (0, None))
        if old is not None:
            self._leaving.add(old)
        self._clients[tenant.number] = (known.version, client)
        if len(self._clients) > self._settings.connected:
            self._leaving.add(self._clients.popitem(last=False)[1][1])
        return client

    async def _close_left(self) -> None:
        """Close clients that were replaced, once nothing of theirs is under way."""
        if not self._leaving:
            return
        idle = [client for client in self._leaving if client.is_idle]
        self._leaving.difference_update(idle)
        for client in idle:
            await client.close()
