"""Searches are counted in one pass and remembered, and the counts are right all the same."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from api_catalog import ANYBODY, HUB, MIGRATIONS, EntryStore, Field, Publisher, Reader, Words
from api_catalog.catalog.entry import Entry, State, may_see
from api_catalog.catalog.listed import Facts
from api_catalog.catalog.search import Facet, Search, words_of
from api_catalog.catalog.words import Kind, Lifecycle, Visibility
from api_catalog.ports import KeptPage, Part
from api_catalog.store.facets import facets_of
from kit.db import Databases, Server
from tests.catalog_entries import A_DATASET, AN_API
from tests.databases import a_database

AT = datetime(2026, 4, 1, tzinfo=UTC)
OWNERS = [Publisher(key=f"o{n}", name=Words(f"課{n}"), page=f"http://o/{n}") for n in range(4)]
READERS = [ANYBODY, HUB, Reader(organisations=frozenset({"o1"}), tenants=frozenset({"t2"}))]
PART = Part(limit=20, newest_first=True)


@pytest.fixture
async def stores(server: Server) -> AsyncIterator[tuple[EntryStore, EntryStore]]:
    """What two processes have of the same catalog."""
    async with (
        Databases([server], budget=4) as databases,
        a_database(server, MIGRATIONS) as control,
    ):
        yield EntryStore(databases, control), EntryStore(databases, control)


def some_entries() -> list[Entry]:
    """Entries of every kind that differ in everything that is counted."""
    return [
        replace(
            (AN_API, A_DATASET)[n % 2],
            key=f"e{n:02}",
            owner=f"o{n % 4}",
            tenant=None if n % 5 == 0 else f"t{n % 3}",
            title=Words(f"避難所一覧{n} 100%_確か" if n % 3 else f"公衆トイレ{n} 1000_"),
            description=Words(""),
            fields=tuple(Field)[: n % 4],
            keywords=("防災=1",) if n % 2 else (),
            models=("AED",) if n % 4 == 1 else (),
            types=(),
            visibility=tuple(Visibility)[n % len(Visibility)],
            state=State(lifecycle=Lifecycle.DRAFT if n % 7 == 0 else Lifecycle.PUBLISHED),
        )
        for n in range(30)
    ]


async def fill(store: EntryStore) -> list[Entry]:
    entries = some_entries()
    for n, entry in enumerate(entries):
        at = AT + timedelta(minutes=n)
        await store.add(entry, OWNERS[n % 4], by="test", at=at)
    return entries


def counted(entries: list[Entry]) -> dict[Facet, dict[str, int]]:
    """Count by hand."""
    counters: dict[Facet, Counter[str]] = {facet: Counter() for facet in Facet}
    for entry in entries:
        for name, values in facets_of(entry).items():
            assert isinstance(values, list)
            counters[Facet(name)].update(str(value) for value in values)
    return {facet: dict(counter) for facet, counter in counters.items()}


@pytest.mark.parametrize("reader", READERS, ids=["anybody", "hub", "organisation"])
async def test_counts_are_those_of_counting_by_hand(
    stores: tuple[EntryStore, EntryStore], reader: Reader
) -> None:
    entries = [one for one in await fill(stores[0]) if may_see(reader, one)]
    assert 5 < len(entries) <= 30
    for words, part in (("避難所", "避難所一覧"), ("100%_確", "100%_確か"), ("所 確か", "所一覧")):
        those = [one for one in entries if part in one.title.ja]
        assert those
        for _ in range(2):  # counted, and remembered
            found = await stores[0].search(reader, Search(words=words_of(words)), PART, [*Facet])
            assert found.total == len(those)
            assert found.facets == counted(those)
    found = await stores[0].search(reader, Search(words=("0%0",)), PART, [*Facet])
    assert (found.total, found.kept) == (0, [])


async def test_readers_and_questions_are_kept_apart(
    stores: tuple[EntryStore, EntryStore],
) -> None:
    entries = await fill(stores[0])
    for _ in range(2):
        for reader in READERS:
            for kind in Kind:
                seen = [one for one in entries if may_see(reader, one) and one.kind is kind]
                search = Search(chosen={Facet.KIND: kind.value})
                found = await stores[0].search(reader, search, PART, [Facet.OWNER])
                assert found.total == len(seen)
                assert found.facets[Facet.OWNER] == counted(seen)[Facet.OWNER]


async def test_a_change_by_another_process_counts_at_once(
    stores: tuple[EntryStore, EntryStore],
) -> None:
    mine, other = stores
    await fill(other)

    async def published() -> KeptPage:
        return await mine.search(ANYBODY, Search(), PART, [Facet.LIFECYCLE, Facet.FIELD])

    before = await published()
    assert await published() == before
    shown = before.kept[0].entry
    retired = replace(shown, state=State(lifecycle=Lifecycle.RETIRED))
    publisher = OWNERS[int(shown.owner[1:])]
    await other.replace(retired, publisher, by="test", at=AT)
    after = await published()
    assert after.total == before.total - 1
    assert shown.key not in {one.entry.key for one in after.kept}
    assert sum(after.facets[Facet.LIFECYCLE].values()) == after.total
    new = replace(A_DATASET, key="new", owner="o0", tenant=None, visibility=Visibility.PUBLIC)
    await other.add(new, OWNERS[0], by="test", at=AT + timedelta(days=1))
    latest = await published()
    assert latest.total == before.total
    assert latest.kept[0].entry.key == "new"


async def test_what_is_noted_of_data_is_shown_at_once_and_forgets_no_count(
    stores: tuple[EntryStore, EntryStore],
) -> None:
    mine, other = stores
    await fill(other)
    before = await mine.search(ANYBODY, Search(), PART, [Facet.KIND])
    key = before.kept[3].entry.key
    await other.note(key, Facts(entities=5, changed_at=AT + timedelta(days=2)))
    after = await mine.search(ANYBODY, Search(), PART, [Facet.KIND])
    assert after.kept[3].facts == Facts(entities=5, changed_at=AT + timedelta(days=2))
    assert after.facets == before.facets
    since = Search(changed_since=AT + timedelta(days=1))
    assert [one.entry.key for one in (await mine.search(ANYBODY, since, PART)).kept] == [key]


async def test_of_a_facet_the_most_frequent_values_are_counted(
    stores: tuple[EntryStore, EntryStore],
) -> None:
    entries = await fill(stores[0])
    found = await stores[0].search(HUB, Search(), PART, [Facet.OWNER, Facet.FIELD], most_values=2)
    for facet in (Facet.OWNER, Facet.FIELD):
        every = sorted(counted(entries)[facet].items(), key=lambda one: (-one[1], one[0]))
        assert list(found.facets[facet].items()) == every[:2]
    assert Facet.TENANT not in found.facets


async def test_pages_follow_each_other_in_both_orders(
    stores: tuple[EntryStore, EntryStore],
) -> None:
    keys = [one.key for one in await fill(stores[0])]
    for _ in range(2):
        for newest_first, expected in ((True, keys[::-1]), (False, keys)):
            got = []
            for offset in range(0, 30, 7):
                part = Part(limit=7, offset=offset, newest_first=newest_first)
                found = await stores[0].search(HUB, Search(), part)
                assert found.total == 30
                got += [one.entry.key for one in found.kept]
            assert got == expected
    behind = await stores[0].search(HUB, Search(), Part(limit=3, after="e05"))
    assert [one.entry.key for one in behind.kept] == ["e06", "e07", "e08"]
