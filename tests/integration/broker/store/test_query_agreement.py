"""The two readers of queries agree: PostgreSQL on the stored rows, Python on the same entities."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broker.ngsi.entity import Entity
from broker.ngsi.matching import matches
from broker.ngsi.names import EntityId, Iri
from broker.ngsi.ordering import parse_ordering, sort_entities
from broker.ngsi.patterns import canonical
from broker.ngsi.q.parser import parse_path, parse_query
from broker.ngsi.q.paths import path_key
from broker.ngsi.queries import EntityFilter, EntitySelector, Window
from broker.ngsi.scopes import parse_scope_query
from broker.ngsi.selection import parse_selection
from broker.ports import Page
from broker.store import page_sql
from broker.store.index_sql import index_rows
from broker.store.kinds import Kinds
from broker.store.pages import Reading, every_match, read_page
from broker.store.tenants import MIGRATIONS, force_row_security
from kit.db import Connection, Server
from kit.migrate import migrate
from kit.postgres import Opening, open_connection
from tests import query_strategies as make
from tests.databases import a_database
from tests.query_strategies import IDS, NOW, expand

DECLARABLE = ("a", "b", "a.s", "a[k]", "a[*]", "b.observedAt")
EVERYTHING = Window(limit=100, count=True)
_tenants = itertools.count(1)


@dataclass
class Rows:
    """A database of the shared kind, written and read as the application's role."""

    runner: asyncio.Runner
    connection: Connection
    kinds: dict[int, Kinds] = field(default_factory=dict)

    def run(self, work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        return self.runner.run(work())

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

        page: Page = self.run(work)
        return page


@pytest.fixture(scope="module")
def store(server: Server) -> Iterator[Rows]:
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


def named(entities: Sequence[Entity]) -> list[Entity]:
    return [replace(entity, id=EntityId(id_)) for entity, id_ in zip(entities, IDS, strict=False)]


populations = st.lists(make.entities(), min_size=1, max_size=len(IDS)).map(named)
declarations = st.lists(st.sampled_from(DECLARABLE), unique=True, max_size=4)
a_few = settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def told_in_memory(entities: Sequence[Entity], wanted: EntityFilter) -> list[Entity]:
    visible: Mapping[EntityId, Entity] = {
        entity.id: entity
        for entity in entities
        if entity.expires_at is None or entity.expires_at > NOW
    }
    return [entity for entity in entities if matches(wanted, entity, now=NOW, linked=visible.get)]


def require_agreement(
    store: Rows,
    tenant: int,
    entities: Sequence[Entity],
    wanted: EntityFilter,
    declared: Sequence[str] = (),
) -> None:
    told = [entity.id for entity in told_in_memory(entities, wanted)]
    page = store.page(tenant, wanted, EVERYTHING, declared)
    assert [entity.id for entity in page.entities] == told
    assert page.total == len(told)
    second = store.page(tenant, wanted, Window(limit=2, offset=1, count=True), declared)
    assert [entity.id for entity in second.entities] == told[1:3]
    assert (second.more, second.total) == (len(told) > 3, len(told))


@a_few
@given(
    populations,
    st.lists(make.queries, min_size=1, max_size=8),
    declarations,
    st.sampled_from((0, 2, 2000)),
)
def test_q_selects_the_same_entities_in_sql_and_in_memory(
    store: Rows,
    entities: list[Entity],
    queries: list[str],
    declared: list[str],
    gathered: int,
) -> None:
    tenant = store.run(lambda: store.fill(entities, declared))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page_sql, "GATHERED", gathered)
        for text in queries:
            wanted = EntityFilter(q=parse_query(text, expand))
            require_agreement(store, tenant, entities, wanted, declared)


@a_few
@given(populations, st.lists(make.geo_queries(), min_size=1, max_size=6))
def test_geoqueries_select_the_same_entities_in_sql_and_in_memory(store, entities, queries) -> None:  # type: ignore[no-untyped-def]
    tenant = store.run(lambda: store.fill(entities, ()))
    for geo in queries:
        require_agreement(store, tenant, entities, EntityFilter(geo=geo))


@a_few
@given(
    populations,
    st.lists(st.tuples(make.scope_queries, make.selections, make.id_patterns), max_size=6),
)
def test_scopes_types_and_patterns_select_the_same_entities(
    store: Rows, entities: list[Entity], filters: list[tuple[str, str, str]]
) -> None:
    tenant = store.run(lambda: store.fill(entities, ()))
    for scopes, types, pattern in filters:
        selection = parse_selection(types, expand)
        by_pattern = EntitySelector(types=selection, id_pattern=canonical(pattern))
        by_id = EntitySelector(types=selection, ids=(entities[0].id, EntityId("urn:none")))
        for wanted in (
            EntityFilter(scopes=parse_scope_query(scopes)),
            EntityFilter(selectors=(EntitySelector(types=selection),)),
            EntityFilter(selectors=(by_pattern,), scopes=parse_scope_query(scopes)),
            EntityFilter(selectors=(by_pattern, by_id)),
            EntityFilter(selectors=(by_id,), attributes=(Iri(make.NAMESPACE + "a"),)),
        ):
            require_agreement(store, tenant, entities, wanted)


@a_few
@given(populations, make.orderings, st.integers(0, 3), st.sampled_from((None, "ja")))
def test_sql_and_memory_put_entities_in_the_same_order(
    store: Rows, entities: list[Entity], terms: list[str], offset: int, collation: str | None
) -> None:
    tenant = store.run(lambda: store.fill(entities, ()))
    ordering = parse_ordering(terms, expand, collation=collation)
    told = sort_entities(told_in_memory(entities, EntityFilter()), ordering, NOW)
    window = Window(limit=2, offset=offset, ordering=ordering, count=True)
    page = store.page(tenant, EntityFilter(), window)
    assert [entity.id for entity in page.entities] == [e.id for e in told[offset : offset + 2]]
    assert (page.more, page.total) == (len(told) > offset + 2, len(told))


@a_few
@given(populations, make.queries, make.geo_queries(), st.sampled_from((1, 2)))
def test_all_matches_are_read_in_groups_without_loss_or_doubling(
    store: Rows,
    entities: list[Entity],
    text: str,
    geo: Any,
    batch: int,
) -> None:
    tenant = store.run(lambda: store.fill(entities, ("a",)))
    for wanted in (EntityFilter(q=parse_query(text, expand)), EntityFilter(geo=geo)):

        async def work(wanted: EntityFilter = wanted) -> list[Entity]:
            reading = store.reading(tenant, ("a",))
            async with store.entered(tenant):
                groups = [group async for group in every_match(reading, wanted, batch=batch)]
            return [entity for group in groups for entity in group]

        assert store.run(work) == told_in_memory(entities, wanted)
