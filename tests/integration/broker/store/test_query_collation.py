"""A server with ICU puts texts in the order of a language's readers, of any number of matches."""

from collections.abc import Iterator

import pytest

from broker.ngsi.entity import Entity
from broker.ngsi.names import EntityId, Term
from broker.ngsi.ordering import parse_ordering
from broker.ngsi.queries import EntityFilter, Window
from broker.store import pages
from broker.store.order_sql import collation_of
from broker.store.pages import explain
from kit.db import Server
from kit.json import JsonValue
from tests.query_rows import Rows, rows_in_a_database
from tests.query_strategies import NOW, expand

VALUES: list[JsonValue] = ["b", "á", "Z", "ae2", "A", "æ1", "a", 5, "2026-11-21T09:00:00Z", True]
IN_ORDER = [5, "a", "A", "á", "æ1", "ae2", "b", "Z", True, "2026-11-21T09:00:00Z", None]


def holding(number: int, value: JsonValue) -> Entity:
    return Entity(
        id=EntityId(f"urn:ngsi-ld:Text:{number:03d}"),
        types=(expand(Term("Text")),),
        attributes={expand(Term("a")): [{"type": "Property", "value": value}]},
        created_at=NOW,
        modified_at=NOW,
    )


@pytest.fixture(scope="module")
def store(server: Server) -> Iterator[Rows]:
    with rows_in_a_database(server) as rows:
        ordering = parse_ordering(["a"], expand, collation="en")
        if rows.run(collation_of(rows.connection, ordering)) is None:
            pytest.skip("This server has no ICU")
        yield rows


@pytest.fixture(scope="module")
def texts(store: Rows) -> int:
    entities = [holding(number, value) for number, value in enumerate(VALUES)]
    lacking = Entity(
        id=EntityId("urn:ngsi-ld:Text:999"),
        types=(expand(Term("Text")),),
        attributes={},
        created_at=NOW,
        modified_at=NOW,
    )
    return store.run(store.fill([*entities, lacking], ()))


def values(store: Rows, tenant: int, *terms: str, collation: str = "en") -> list[JsonValue]:
    ordering = parse_ordering(terms, expand, collation=collation)
    page = store.page(tenant, EntityFilter(), Window(limit=100, ordering=ordering))
    name = expand(Term("a"))
    return [
        entity.attributes[name][0]["value"] if name in entity.attributes else None
        for entity in page.entities
    ]


@pytest.mark.parametrize("collation", ["en", "und", "EN-US"])
def test_texts_come_in_the_order_of_readers_whatever_their_number(
    store: Rows, texts: int, collation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MAX_SORTED", 1)
    assert values(store, texts, "a", collation=collation) == IN_ORDER


def test_what_has_no_value_comes_last_in_the_other_direction_too(store: Rows, texts: int) -> None:
    assert values(store, texts, "a;desc") == [*reversed(IN_ORDER[:-1]), None]


def test_explain_tells_of_no_order_in_memory(store: Rows, texts: int) -> None:
    async def work() -> str:
        window = Window(limit=5, ordering=parse_ordering(["a"], expand, collation="ja"))
        async with store.entered(texts):
            return await explain(store.reading(texts), EntityFilter(), window)

    assert "in memory" not in store.run(work())
