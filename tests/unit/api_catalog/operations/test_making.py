"""A tenant that has not changed costs next to nothing, and nothing that changes is missed."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from api_catalog.catalog.entry import Entry
from api_catalog.catalog.errors import EntryExists
from api_catalog.catalog.listed import Facts, Publisher
from api_catalog.catalog.made import Held, Holder, KnownModel
from api_catalog.catalog.words import Visibility, Words
from api_catalog.operations.making import look_at
from api_catalog.operations.making_keeping import Pace
from api_catalog.ports import EntryShelf, Kept, Look, Looks, Making

AT = datetime(2026, 4, 1, tzinfo=UTC)
OWNER = Publisher(key="ebetsu", name=Words("江別市"), page="http://r/owners/ebetsu")
AED = "urn:renkei:datamodels:AED"


@dataclass
class Shelf:
    """The entries made of one tenant, in memory, and how often they were read."""

    kept: dict[str, Kept] = field(default_factory=dict)
    reads: int = 0
    refuses: bool = False

    async def made_of(self, tenant: str | None) -> Sequence[Kept]:
        self.reads += 1
        return list(self.kept.values())

    async def mark_of(self, tenant: str) -> str:
        return f"{len(self.kept)} {sum(one.entry.version for one in self.kept.values())}"

    async def add(
        self,
        entry: Entry,
        publisher: Publisher,
        *,
        by: str,
        at: datetime,
        is_made_here: bool = False,
        facts: Facts | None = None,
    ) -> Kept:
        kept = Kept(entry=entry, created_at=at, modified_at=at, facts=facts, is_made_here=True)
        self.kept[entry.key] = kept
        return kept

    async def replace(
        self,
        entry: Entry,
        publisher: Publisher,
        *,
        by: str,
        at: datetime,
        typed: Collection[str] = (),
    ) -> Kept:
        following = replace(entry, version=entry.version + 1)
        kept = replace(self.kept[entry.key], entry=following, typed=frozenset(typed))
        self.kept[entry.key] = kept
        return kept

    async def note(self, key: str, facts: Facts) -> None:
        self.kept[key] = replace(self.kept[key], facts=facts)


@dataclass
class Contested(Shelf):
    """Where somebody has each key already: another process, or nobody who makes entries."""

    is_by_another_process: bool = True

    async def add(self, *entry: Any, **more: Any) -> Kept:
        if self.is_by_another_process:
            await super().add(*entry, **more)
        raise EntryExists("It exists already", detail_ja="すでにあります。")


@dataclass
class Holdings:
    """One tenant with some entities of a type."""

    tenant: Holder = field(
        default_factory=lambda: Holder(tenant="ebetsu", name=Words("江別市"), owner=OWNER)
    )
    entities: int = 3
    looks_at_data: int = 0

    def every(self) -> AsyncIterator[Sequence[str]]:
        raise NotImplementedError

    async def holder(self, tenant: str) -> Holder | None:
        return self.tenant

    async def changes(self, tenant: str, since: datetime) -> tuple[str, bool]:
        return f"counted {self.entities}", False

    async def held(self, tenant: str) -> Sequence[Held]:
        self.looks_at_data += 1
        return [Held(types=(AED,), entities=self.entities, changed_at=AT)]


@dataclass
class Town:
    """A tenant that is looked at every ten minutes."""

    shelf: Shelf = field(default_factory=Shelf)
    holdings: Holdings = field(default_factory=Holdings)
    now: datetime = AT
    look: Look = field(default_factory=lambda: Look(tenant="ebetsu"))

    async def looked_at(self) -> Look:
        self.now += timedelta(minutes=10)
        making = Making(
            shelf=cast(EntryShelf, self.shelf),
            looks=cast(Looks, None),
            holdings=self.holdings,
            model_of=lambda _: KnownModel(name="AED", title=Words("AED", "AED"), field=None),  # type: ignore[arg-type]  # of no field
            clock=lambda: self.now,
            platform="http://r",
            platform_itself=OWNER,
        )
        seen = await look_at(making, self.look)
        assert seen is not None
        self.look = seen
        return seen

    async def settled(self) -> None:
        """Look until there is nothing to do: the entries are made, and known to be."""
        for _ in range(2):
            await self.looked_at()
        self.shelf.reads = self.holdings.looks_at_data = 0


@pytest.fixture
async def town() -> Town:
    town = Town()
    await town.settled()
    return town


async def test_what_has_not_changed_is_not_read(town: Town) -> None:
    assert set(town.shelf.kept) == {"ebetsu--ngsi-ld", "ebetsu--aed"}
    for _ in range(5):
        await town.looked_at()
    assert (town.shelf.reads, town.holdings.looks_at_data) == (0, 0)


@pytest.mark.parametrize("is_by_another_process", [True, False])
async def test_a_key_that_is_taken_is_told_of_unless_another_process_was_quicker(
    is_by_another_process: bool,
) -> None:
    town = Town(shelf=Contested(is_by_another_process=is_by_another_process))
    with capture_logs() as logged:
        seen = await town.looked_at()
    told = [line["key"] for line in logged if line["event"] == "entry_not_made"]
    assert told == ([] if is_by_another_process else ["ebetsu--ngsi-ld", "ebetsu--aed"])
    assert seen.made == ""  # it is looked at again


async def test_data_that_change_are_followed(town: Town) -> None:
    town.holdings.entities = 4
    await town.looked_at()
    facts = town.shelf.kept["ebetsu--aed"].facts
    assert facts is not None
    assert facts.entities == 4


async def test_a_policy_or_a_name_that_changes_is_followed_without_reading_data(
    town: Town,
) -> None:
    town.holdings.tenant = replace(town.holdings.tenant, name=Words("江別"), is_active=False)
    await town.looked_at()
    kept = town.shelf.kept["ebetsu--aed"].entry
    assert kept.title.ja == "江別 AED"
    assert kept.visibility is Visibility.ORGANISATION
    assert town.holdings.looks_at_data == 0


async def test_an_entry_that_somebody_writes_is_joined_again(town: Town) -> None:
    kept = town.shelf.kept["ebetsu--aed"].entry
    hidden = replace(kept, visibility=Visibility.ORGANISATION)
    await town.shelf.replace(hidden, OWNER, by="somebody", at=AT)
    await town.looked_at()
    assert town.shelf.kept["ebetsu--aed"].entry.visibility is Visibility.PUBLIC


async def test_of_a_sandbox_nothing_is_shown_and_nothing_is_read_again(town: Town) -> None:
    town.holdings.tenant = replace(town.holdings.tenant, is_sandbox=True)
    await town.settled()
    assert {one.entry.visibility for one in town.shelf.kept.values()} == {Visibility.ORGANISATION}
    await town.looked_at()
    assert (town.shelf.reads, town.holdings.looks_at_data) == (0, 0)


def test_who_is_quiet_for_long_is_looked_at_more_seldom_up_to_a_bound() -> None:
    pace = Pace(pause_s=30, round_s=600)
    first = Look(tenant="t")
    seen = Look(tenant="t", looked_at=AT, mark="1", made="a")
    assert pace.after(first, seen) == 600
    for gap_s, due_s in ((30, 600), (600, 1200), (1200, 2400), (2400, 2400), (90_000, 2400)):
        again = replace(seen, looked_at=AT + timedelta(seconds=gap_s))
        assert pace.after(seen, again) == due_s
        assert pace.after(seen, replace(again, mark="2")) == 600
        assert pace.after(seen, replace(again, made="b")) == 600
