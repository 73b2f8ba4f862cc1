"""Stores over a test's own databases, and proxies that cut a connection at the worst moment."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

from broker.ngsi.entity import Entity
from broker.ngsi.names import EntityId
from broker.ports import StorageLimitOf, unlimited
from broker.store.hooks import FlushHook
from broker.store.queue import Limits
from broker.store.store import Store
from broker.store.tenants import TenantDatabases, database_of
from joint_use import Placement, Storage, Tenant
from kit.clock import Clock, utc_now
from kit.db import Database, Databases, Server

_numbers = itertools.count(1)


@dataclass
class Registry:
    """What the registry of tenants says."""

    tenants: dict[int, Tenant] = field(default_factory=dict)

    async def reload(self, tenant: Tenant) -> Tenant:
        return next(known for known in self.tenants.values() if known.name == tenant.name)

    async def every(self) -> AsyncIterator[Tenant]:
        for tenant in tuple(self.tenants.values()):
            yield tenant

    def note(self, tenant: Tenant, **changed: Any) -> Tenant:
        self.tenants[tenant.number] = replace(tenant, **changed)
        return self.tenants[tenant.number]


@dataclass(frozen=True)
class Platform:
    """One process's store, and what a test may look at beside it."""

    server: Server
    databases: Databases
    tenants: TenantDatabases
    store: Store
    registry: Registry
    shared: Database

    async def a_tenant(
        self, storage: Storage = Storage.SHARED, *, history_days: int | None = None
    ) -> Tenant:
        number = next(_numbers)
        separated = f"{self.shared.name}_{number}"
        name = separated if storage is Storage.SEPARATED else self.shared.name
        tenant = Tenant(
            number=number,
            name=f"t{number}",
            storage=storage,
            placement=Placement(server=self.shared.server, database=name),
        )
        self.registry.note(tenant)
        await self.tenants.provision(tenant)
        if history_days is not None:
            await self.as_owner(
                tenant,
                "UPDATE tenant_state SET history_days = $2 WHERE tenant = $1",
                number,
                history_days,
            )
        return tenant

    async def as_owner(self, tenant: Tenant, sql: str, *args: object) -> list[tuple[Any, ...]]:
        """Run a statement past row-level security."""
        async with self.databases.admin(database_of(tenant)) as connection:
            return [tuple(row) for row in await connection.fetch(sql, *args)]

    async def read(self, tenant: Tenant, *ids: EntityId) -> Mapping[EntityId, Entity]:
        return await self.store.entities.read(tenant, ids)

    @asynccontextmanager
    async def another_process(self, **options: Any) -> "AsyncIterator[Platform]":
        """Open a second store over the same databases, with nothing shared in memory."""
        server = options.pop("server", self.server)
        async with a_platform(server, self.shared, self.registry, **options) as platform:
            yield platform


@asynccontextmanager
async def a_platform(
    server: Server,
    shared: Database,
    registry: Registry,
    *,
    budget: int = 6,
    hooks: Sequence[FlushHook] = (),
    limits: Limits | None = None,
    clock: Clock = utc_now,
    limit_of: StorageLimitOf = unlimited,
) -> AsyncIterator[Platform]:
    async with Databases([server], budget=budget) as databases:
        tenants = TenantDatabases(databases, registry.reload)
        store = Store.open(
            databases, tenants, hooks=hooks, limits=limits, clock=clock, limit_of=limit_of
        )
        async with store:
            yield Platform(server, databases, tenants, store, registry, shared)


async def drop_separated(server: Server, registry: Registry, shared: Database) -> None:
    names = {tenant.placement.database for tenant in registry.tenants.values()} - {shared.name}
    async with (
        Databases([server]) as databases,
        databases.admin(Database(server.name, "postgres")) as connection,
    ):
        for name in names:
            await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


class Proxy:
    """Stands between a store and its server; can be told to misbehave.

    Args:
        dsn: the server's.
        directory: where the proxy's socket goes.
    """

    def __init__(self, dsn: str, directory: Path) -> None:
        self._parts = urlsplit(dsn)
        self._directory = directory
        self._pipes: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self.cut_before_commit = 0
        self.cut_after_commit = 0
        self.is_down = False

    @property
    def dsn(self) -> str:
        user = self._parts.netloc.rpartition("@")[0]
        netloc = f"{user}@" if user else ""
        return urlunsplit(
            ("postgresql", netloc, self._parts.path, f"host={quote(str(self._directory))}", "")
        )

    @asynccontextmanager
    async def listening(self) -> "AsyncIterator[Proxy]":
        socket = self._directory / ".s.PGSQL.5432"
        async with await asyncio.start_unix_server(self._serve, socket):
            try:
                yield self
            finally:
                self.hang_up()
                for pipe in self._pipes:
                    pipe.cancel()
                await asyncio.gather(*self._pipes, return_exceptions=True)

    def hang_up(self) -> None:
        """Cut every connection."""
        for writer in self._writers:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_down:
            writer.transport.abort()
            return
        server_reader, server_writer = await self._connect()
        self._writers |= {writer, server_writer}
        for pipe in (
            self._requests(reader, server_reader, server_writer, writer),
            self._answers(server_reader, writer),
        ):
            task = asyncio.create_task(pipe)
            self._pipes.add(task)
            task.add_done_callback(self._pipes.discard)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        hosts = parse_qs(self._parts.query).get("host", [])
        if hosts and hosts[0].startswith("/"):
            port = parse_qs(self._parts.query).get("port", ["5432"])[0]
            return await asyncio.open_unix_connection(f"{hosts[0]}/.s.PGSQL.{port}")
        return await asyncio.open_connection(self._parts.hostname, self._parts.port or 5432)

    async def _requests(
        self,
        reader: asyncio.StreamReader,
        server_reader: asyncio.StreamReader,
        server_writer: asyncio.StreamWriter,
        writer: asyncio.StreamWriter,
    ) -> None:
        try:
            while sent := await reader.read(1 << 16):
                if b"COMMIT\x00" in sent and self.cut_before_commit > 0:
                    self.cut_before_commit -= 1
                    self._abort(writer, server_writer)
                    return
                if b"COMMIT\x00" in sent and self.cut_after_commit > 0:
                    self.cut_after_commit -= 1
                    writer.transport.abort()  # nobody hears the answer
                    server_writer.write(sent)
                    await server_writer.drain()
                    await asyncio.sleep(0.2)
                    server_writer.transport.abort()
                    return
                server_writer.write(sent)
                await server_writer.drain()
        except OSError:
            pass
        self._abort(writer, server_writer)

    async def _answers(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while sent := await reader.read(1 << 16):
                writer.write(sent)
                await writer.drain()
        except OSError:
            pass
        writer.transport.abort()

    def _abort(self, *writers: asyncio.StreamWriter) -> None:
        for writer in writers:
            writer.transport.abort()
