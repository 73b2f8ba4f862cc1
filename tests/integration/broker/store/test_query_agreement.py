"""The two readers of queries agree: PostgreSQL on the stored rows, Python on the same entities."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broker.ngsi.entity import Entity, Instance
from broker.ngsi.geoquery import GeoQuery
from broker.ngsi.matching import matches
from broker.ngsi.names import EntityId, Iri, Term
from broker.ngsi.ordering import parse_ordering, sort_entities
from broker.ngsi.patterns import canonical
from broker.ngsi.q.parser import parse_query
from broker.ngsi.queries import EntityFilter, EntitySelector, Window
from broker.ngsi.scopes import parse_scope_query
from broker.ngsi.selection import parse_selection
from broker.store import page_sql
from kit.db import Server
from tests import query_strategies as make
from tests.query_rows import Rows, rows_in_a_database
from tests.query_strategies import IDS, NOW, expand

DECLARABLE = ("a", "b", "a.s", "a[k]", "a[*]", "b.observedAt")
NO_SERVERS = "ja-u-ks-level3"
"""A collation that no server has of itself: memory makes this order."""

EVERYTHING = Window(limit=100, count=True)


@pytest.fixture(scope="module")
def store(server: Server) -> Iterator[Rows]:
    with rows_in_a_database(server) as rows:
        yield rows


def named(entities: Sequence[Entity]) -> list[Entity]:
    return [replace(entity, id=EntityId(id_)) for entity, id_ in zip(entities, IDS, strict=False)]


populations = st.lists(make.entities(), min_size=1, max_size=len(IDS)).map(named)
declarations = st.lists(st.sampled_from(DECLARABLE), unique=True, max_size=4)
a_few = settings(
    max_examples=50,
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
    tenant = store.run(store.fill(entities, declared))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page_sql, "GATHERED", gathered)
        for text in queries:
            wanted = EntityFilter(q=parse_query(text, expand))
            require_agreement(store, tenant, entities, wanted, declared)


@a_few
@given(populations, st.lists(make.geo_queries(), min_size=1, max_size=6))
def test_geoqueries_select_the_same_entities_in_sql_and_in_memory(
    store: Rows, entities: list[Entity], queries: list[GeoQuery]
) -> None:
    tenant = store.run(store.fill(entities, ()))
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
    tenant = store.run(store.fill(entities, ()))
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
@given(populations, make.orderings, st.integers(0, 3), st.sampled_from((None, NO_SERVERS)))
def test_sql_and_memory_put_entities_in_the_same_order(
    store: Rows, entities: list[Entity], terms: list[str], offset: int, collation: str | None
) -> None:
    tenant = store.run(store.fill(entities, ()))
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
    geo: GeoQuery,
    batch: int,
) -> None:
    tenant = store.run(store.fill(entities, ("a",)))
    for wanted in (EntityFilter(q=parse_query(text, expand)), EntityFilter(geo=geo)):
        assert store.every(tenant, wanted, ("a",), batch=batch) == told_in_memory(entities, wanted)


def _timed(value: int, created_at: str | None, modified_at: str | None) -> Instance:
    times = {"createdAt": created_at, "modifiedAt": modified_at}
    given_times = {name: time for name, time in times.items() if time is not None}
    return {"type": "Property", "value": value, **given_times}


def _with_times() -> Iterator[Entity]:
    early, late = make.MOMENTS[0], make.MOMENTS[-1]
    either: tuple[str | None, ...] = (None, early, late)
    edges = (NOW - timedelta(hours=1), NOW)
    for number, (created_at, *times) in enumerate(product(edges, either, either, either, either)):
        inner, outer = _timed(1, *times[:2]), _timed(2, *times[2:])
        outer[make.NAMESPACE + "s"] = [inner]
        yield Entity(
            id=EntityId(f"urn:ngsi-ld:Timed:{number:03d}"),
            types=(expand(Term("A")),),
            attributes={expand(Term("a")): [outer]},
            created_at=created_at,
            modified_at=NOW,
        )


def test_inherited_times_are_the_same_in_sql_and_in_memory(store: Rows) -> None:
    entities = list(_with_times())
    tenant = store.run(store.fill(entities, ()))
    paths = ("createdAt", "modifiedAt", "a.createdAt", "a.modifiedAt")
    for path in (*paths, "a.s.createdAt", "a.s.modifiedAt"):
        for operator, moment in product(("==", "!=", ">", "<="), make.MOMENTS[::3]):
            wanted = EntityFilter(q=parse_query(f"{path}{operator}{moment}", expand))
            told = [entity.id for entity in told_in_memory(entities, wanted)]
            page = store.page(tenant, wanted, Window(limit=500))
            assert [entity.id for entity in page.entities] == told, (path, operator, moment)
        ordering = parse_ordering([path], expand)
        in_order = store.page(tenant, EntityFilter(), Window(limit=500, ordering=ordering))
        assert list(in_order.entities) == sort_entities(entities, ordering, NOW), path
