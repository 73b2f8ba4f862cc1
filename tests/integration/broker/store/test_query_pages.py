"""Pages, plans and refusals of queries on PostgreSQL."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.ngsi.entity import Entity, Instance
from broker.ngsi.errors import BadRequestData, TooComplexQuery, TooManyResults
from broker.ngsi.geoquery import LOCATION, parse_geoquery
from broker.ngsi.names import EntityId, Iri, Term
from broker.ngsi.ordering import parse_ordering
from broker.ngsi.patterns import canonical, found_in
from broker.ngsi.q.evaluate import Sight, holds
from broker.ngsi.q.parser import parse_query
from broker.ngsi.queries import EntityFilter, EntitySelector, Window
from broker.ngsi.selection import parse_selection
from broker.ports import Page
from broker.store import pages
from broker.store.pages import explain, read_page
from kit.db import Server
from kit.json import JsonValue
from tests import query_strategies as make
from tests.query_rows import Rows, rows_in_a_database
from tests.query_strategies import NOW, expand

NO_SERVERS = "ja-u-ks-level3"
"""A collation that no server has of itself: memory makes this order."""

A_TYPE = EntitySelector(types=parse_selection("Shelter", expand))


@pytest.fixture(scope="module")
def store(server: Server) -> Iterator[Rows]:
    with rows_in_a_database(server) as rows:
        yield rows


def a_shelter(number: int, value: JsonValue, *, type_: str = "Shelter") -> Entity:
    position: JsonValue = [141.0 + number / 1000, 43.0]
    return Entity(
        id=EntityId(f"urn:ngsi-ld:Shelter:{number:05d}"),
        types=(expand(Term(type_)),),
        attributes={
            expand(Term("a")): [{"type": "Property", "value": value}],
            LOCATION: [
                {"type": "GeoProperty", "value": {"type": "Point", "coordinates": position}}
            ],
        },
        created_at=NOW - timedelta(days=1),
        modified_at=NOW - timedelta(days=1),
    )


def asking(q: str) -> EntityFilter:
    return EntityFilter(selectors=(A_TYPE,), q=parse_query(q, expand))


def numbers(page: Page) -> list[int]:
    return [int(entity.id[-5:]) for entity in page.entities]


# -- the two engines of patterns

_PIECES = ("a", "b", ".", "[ab]", "[^a]", r"\d", r"\.", "あ", "(a|b)", "[[:alpha:]_]", "x", r"\S")
_REPEATS = ("", "", "*", "+", "?", "{2}", "{1,2}", "{0,}")
_patterns = st.lists(
    st.tuples(st.sampled_from(_PIECES), st.sampled_from(_REPEATS)).map("".join),
    min_size=1,
    max_size=4,
).flatmap(lambda parts: st.sampled_from(("{}", "^{}", "{}$", "^({})$", "({}|b)")).map(
    lambda frame: frame.format("".join(parts))
))  # fmt: skip


@settings(max_examples=100)
@given(st.lists(_patterns, min_size=5, max_size=10), st.lists(st.text("ab.あx1\n_é", max_size=5)))
def test_both_engines_find_the_same(store: Rows, patterns: list[str], texts: list[str]) -> None:
    written = [canonical(pattern) for pattern in patterns]
    sql = (
        "SELECT p, t, t ~ p AS by_operator, jsonb_path_exists(to_jsonb(t),"
        " ('$ ? (@ like_regex ' || to_jsonb(p)::text || ' flag \"s\")')::jsonpath) AS by_path"
        " FROM unnest($1::text[]) p, unnest($2::text[]) t"
    )
    for row in store.run(store.connection.fetch(sql, written, texts)):
        expected = found_in(row["p"], row["t"])
        assert (row["by_operator"], row["by_path"]) == (expected, expected), (row["p"], row["t"])


# -- every stored value against every literal


def _literal(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def test_every_value_compares_alike_with_every_literal(store: Rows) -> None:
    values: list[JsonValue] = [*make.TEXTS, *make.NUMBERS, *make.MOMENTS, True, False]
    values += [[value] for value in values] + [{"@value": value} for value in values]
    entities = [a_shelter(number, value) for number, value in enumerate(values)]
    plain = store.run(store.fill(entities, ("a",)))
    literals = [*map(_literal, make.TEXTS), *map(repr, make.NUMBERS), *make.MOMENTS]
    literals += ["2026-09-01", "03:00:00Z", "03:00:00.5Z"]
    for literal in literals:
        for operator in ("==", "!=", ">", ">=", "<", "<="):
            wanted = asking(f"a{operator}{literal}")
            assert wanted.q is not None
            told = [
                number
                for number, entity in enumerate(entities)
                if holds(wanted.q, entity, Sight(NOW))
            ]
            for declared in ((), ("a",)):
                page = store.page(plain, wanted, Window(limit=1000), declared)
                assert numbers(page) == told, (operator, literal, declared)


# -- pages


@pytest.fixture(scope="module")
def shelters(store: Rows) -> int:
    """A tenant of 1,000 shelters with a from 0 to 99, and as many things of another type."""
    entities = [a_shelter(number, number % 100) for number in range(1000)]
    others = [a_shelter(number, number % 100, type_="Other") for number in range(1000, 2000)]
    return store.run(store.fill([*entities, *others], ("a",)))


@pytest.mark.parametrize("declared", [(), ("a",)])
def test_pages_follow_one_another(store: Rows, shelters: int, declared: Sequence[str]) -> None:
    wanted = asking("a>=98")
    seen: list[int] = []
    for offset in range(0, 40, 7):
        page = store.page(shelters, wanted, Window(limit=7, offset=offset, count=True), declared)
        assert page.total == 20
        assert page.more is (offset + 7 < 20)
        seen += numbers(page)
    assert seen == [number for number in range(1000) if number % 100 >= 98]


def test_a_total_alone_is_counted(store: Rows, shelters: int) -> None:
    page = store.page(shelters, asking("a==5"), Window(limit=0, count=True))
    assert (page.entities, page.total) == ([], 10)


def test_a_kind_that_is_new_to_the_process_is_learnt(store: Rows) -> None:
    tenant = store.run(store.fill([a_shelter(1, 1)], ()))
    assert numbers(store.page(tenant, asking("a"), Window(limit=5))) == [1]
    more = replace(a_shelter(2, 1), types=(expand(Term("Pond")), expand(Term("Shelter"))))

    async def add() -> None:
        async with store.entered(tenant):
            await store.connection.execute(
                "INSERT INTO entity_kind (tenant, types) VALUES ($1, $2)", tenant, more.types
            )
            await store.connection.execute(
                "INSERT INTO entity SELECT $1, $2, max(k.kind), $3, $3, NULL, NULL, e.document"
                " FROM entity e, entity_kind k WHERE e.tenant = $1 AND k.tenant = $1"
                " GROUP BY e.document",
                tenant, more.id, more.created_at,
            )  # fmt: skip

    store.run(add())
    page = store.page(tenant, asking("a"), Window(limit=5))
    assert numbers(page) == [1, 2]
    assert page.entities[1].types == more.types


# -- plans, as the application's role under row-level security


def _plan(store: Rows, tenant: int, wanted: EntityFilter, declared: Sequence[str] = ()) -> str:
    async def work() -> str:
        async with store.entered(tenant):
            await store.connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
            reading = store.reading(tenant, declared)
            return await explain(reading, wanted, Window(limit=20))

    return store.run(work())


def test_one_declared_value_is_found_by_its_index(store: Rows, shelters: int) -> None:
    plan = _plan(store, shelters, asking("a==5"), ("a",))
    assert plan.startswith("Candidates are found by one indexed value, in order of id.")
    assert "entity_index_by_number" in plan
    assert "number = " in plan.split("entity_index_by_number", 1)[1].split("\n")[1]
    assert "Sort" not in plan


def test_a_range_and_a_geometry_are_found_by_their_indexes(store: Rows, shelters: int) -> None:
    assert "entity_index_by_number" in _plan(store, shelters, asking("a>98"), ("a",))
    near = parse_geoquery("near;maxDistance==500", "Point", [141.5, 43.0], expand)
    plan = _plan(store, shelters, EntityFilter(selectors=(A_TYPE,), geo=near))
    assert "entity_index_by_cell" in plan
    assert "The geoquery is decided in memory." in plan
    assert "cell >= " in plan.split("entity_index_by_cell", 1)[1].split("\n")[1]


def test_without_an_index_the_type_is_walked_in_order_of_id(store: Rows, shelters: int) -> None:
    plan = _plan(store, shelters, asking("a==5"))
    assert plan.startswith("Candidates are found by type, in order of id.")
    assert "Seq Scan on entity " not in plan


def test_an_order_made_in_memory_is_told(store: Rows, shelters: int) -> None:
    async def work() -> str:
        ordering = parse_ordering(["a"], expand, collation=NO_SERVERS)
        async with store.entered(shelters):
            window = Window(limit=20, ordering=ordering)
            return await explain(store.reading(shelters), asking("a"), window)

    assert "The order is made in memory" in store.run(work())


# -- refusals


def test_a_query_that_would_walk_too_far_is_refused(store: Rows, shelters: int) -> None:
    async def work(wanted: EntityFilter, declared: Sequence[str], most: int) -> Page:
        reading = replace(store.reading(shelters, declared), max_walked=most)
        async with store.entered(shelters):
            return await read_page(reading, wanted, Window(limit=5))

    with pytest.raises(TooComplexQuery, match="more than 999 entities without an index"):
        store.run(work(asking("a==5"), (), 999))
    assert numbers(store.run(work(asking("a==5"), (), 1000)))
    assert numbers(store.run(work(asking("a==5"), ("a",), 999)))
    assert numbers(store.run(work(EntityFilter(selectors=(A_TYPE,)), (), 999)))


def test_more_matches_than_memory_sorts_are_refused(
    store: Rows, shelters: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MAX_SORTED", 999)
    collated = Window(limit=5, ordering=parse_ordering(["a"], expand, collation=NO_SERVERS))
    with pytest.raises(TooManyResults):
        store.page(shelters, asking("a"), collated)
    assert numbers(store.page(shelters, asking("a<50"), collated)) == [0, 100, 200, 300, 400]


def test_distances_order_what_is_near(store: Rows, shelters: int) -> None:
    ordering = parse_ordering(["location;dist-asc"], _expand_location, order_from=[141.5004, 43.0])
    near = parse_geoquery("near;maxDistance==200", "Point", [141.5004, 43.0], _expand_location)
    wanted = EntityFilter(selectors=(A_TYPE,), geo=near)
    page = store.page(shelters, wanted, Window(limit=3, count=True, ordering=ordering))
    assert numbers(page) == [500, 501, 499]
    assert page.total == 5


def _expand_location(term: Term) -> Iri:
    return LOCATION if term == "location" else expand(term)


@pytest.mark.parametrize(
    "hostile", ["'; DROP TABLE entity; --", '"]} $$ \\', "%s {0} $1", "\u2028", "\U0010ffff"]
)
def test_hostile_text_is_a_value_and_nothing_else(store: Rows, hostile: str) -> None:
    entity = a_shelter(1, hostile)
    attributes = cast("dict[Iri, list[Instance]]", entity.attributes)
    attributes[Iri(f"x:{hostile}")] = [{"type": "Property", "value": {hostile: hostile}}]
    tenant = store.run(store.fill([entity], ("a",)))
    wanted = parse_query(f"a=={_literal(hostile)};b", lambda term: Iri(
        f"x:{hostile}" if term == "b" else expand(term)
    ))  # fmt: skip
    for declared in ((), ("a",)):
        page = store.page(tenant, EntityFilter(q=wanted), Window(limit=5), declared)
        assert numbers(page) == [1]


def test_a_character_that_postgresql_cannot_hold_is_refused_before_it_gets_there() -> None:
    for text in ("a==\x00", 'a=="\\u0000"', "a[\x00]", 'a~="\x00"'):
        with pytest.raises(BadRequestData):
            parse_query(text, expand)
