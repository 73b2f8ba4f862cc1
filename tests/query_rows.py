"""Entity rows in a database of the shared kind, written and queried as the application's role."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import orjson

from broker.ngsi.entity import Entity
from broker.ngsi.q.parser import parse_path
from broker.ngsi.q.paths import path_key
from broker.ngsi.queries import EntityFilter, Window
from broker.ports import Page
from broker.store.index_sql import index_rows
from broker.store.kinds import Kinds
from broker.store.pages import Reading, every_match, read_page
from broker.store.row_security import force_row_security
from broker.store.tenants import MIGRATIONS
from kit.db import Connection, Server
from kit.migrate import migrate
from kit.postgres import Opening, open_connection
from tests.databases import a_database
from tests.query_strategies import NOW, expand

_Answer = TypeVar("_Answer")
_tenants = itertools.count(1)


@dataclass
class Rows:
    """A database of the shared kind, written and read as the application's role."""

    runner: asyncio.Runner
    connection: Connection
    kinds: dict[int, Kinds] = field(default_factory=dict)

    def run(self, work: Coroutine[object, object, _Answer]) -> _Answer:
        return self.runner.run(work)

    @asynccontextmanager
    async def entered(self, tenant: int) -> AsyncIterator[None]:
        async with self.connection.transaction():
            await self.connection.execute(
                "SELECT set_config('renkei.tenant', $1, true)", str(tenant)
            )
            yield

    async def fill(self, entities: Sequence[Entity], declared: Sequence[str]) -> int:
        """Store entities as a new tenant's and answer with its number."""
        tenant = next(_tenants)
        paths = [parse_path(path, expand) for path in declared]
        async with self.entered(tenant):
            kinds = await Kinds().numbers(
                self.connection, tenant, {entity.types for entity in entities}
            )
            for entity in entities:
                await self._insert(tenant, kinds[entity.types], entity)
                await self.connection.executemany(
                    "INSERT INTO entity_index (tenant, kind, id, path, number, text, instant, cell)"
                    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                    [
                        (tenant, kinds[entity.types], entity.id, *row)
                        for row in index_rows(entity, paths)
                    ],
                )
        return tenant

    async def _insert(self, tenant: int, kind: int, entity: Entity) -> None:
        await self.connection.execute(
            "INSERT INTO entity (tenant, id, kind, created_at, modified_at, expires_at, scopes,"
            " document) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            tenant, entity.id, kind, entity.created_at, entity.modified_at, entity.expires_at,
            list(entity.scopes) or None, orjson.dumps(entity.attributes),
        )  # fmt: skip

    def reading(self, tenant: int, declared: Sequence[str] = ()) -> Reading:
        return Reading(
            connection=self.connection,
            tenant=tenant,
            now=NOW,
            kinds=self.kinds.setdefault(tenant, Kinds()),
            declared={path_key(parse_path(path, expand)) for path in declared},
        )

    def page(
        self, tenant: int, wanted: EntityFilter, window: Window, declared: Sequence[str] = ()
    ) -> Page:
        async def work() -> Page:
            async with self.entered(tenant):
                return await read_page(self.reading(tenant, declared), wanted, window)

        return self.run(work())

    def every(
        self, tenant: int, wanted: EntityFilter, declared: Sequence[str], *, batch: int
    ) -> list[Entity]:
        async def work() -> list[Entity]:
            reading = self.reading(tenant, declared)
            async with self.entered(tenant):
                groups = [group async for group in every_match(reading, wanted, batch=batch)]
            return [entity for group in groups for entity in group]

        return self.run(work())


@contextmanager
def rows_in_a_database(server: Server) -> Iterator[Rows]:
    """Lend a migrated database with row-level security forced."""
    with asyncio.Runner() as runner:
        database = a_database(server)
        place = runner.run(database.__aenter__())
        admin = runner.run(open_connection(server.admin_dsn, place, Opening()))
        runner.run(migrate(admin, MIGRATIONS))
        runner.run(force_row_security(admin))
        runner.run(admin.close())
        connection = runner.run(open_connection(server.application_dsn, place, Opening()))
        try:
            yield Rows(runner, connection)
        finally:
            runner.run(connection.close())
            runner.run(database.__aexit__(None, None, None))
