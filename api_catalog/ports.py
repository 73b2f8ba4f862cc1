"""Everything the catalog asks of the outside world, on one page."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from api_catalog.catalog.entry import Entry, Reader
from api_catalog.catalog.listed import Distribution, Facts, Publisher
from api_catalog.catalog.made import Held, Holder, ModelOf
from api_catalog.catalog.openapi import TypeDescribed
from api_catalog.catalog.search import EVERY_VALUE, Facet, Search
from api_catalog.catalog.words import Words
from kit.clock import Clock
from kit.json import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An entry as it is kept.

    Args:
        facts: of a dataset, as last looked at.
        is_made_here: it is made from what a tenant holds.
        typed: the members of such a one that somebody typed.
    """

    entry: Entry
    created_at: datetime
    modified_at: datetime
    facts: Facts | None = None
    is_made_here: bool = False
    typed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """An entry as it once was, who wrote it and when."""

    entry: Entry
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Which part of what is found: behind a key, or from a place on.

    Args:
        newest_first: what changed last comes first; otherwise it is in order of the keys.
    """

    limit: int
    after: str = ""
    offset: int = 0
    newest_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPage:
    """One part of what is found, how many there are in all, and counts by facet."""

    kept: Sequence[Kept]
    total: int
    facets: Mapping[Facet, Mapping[str, int]] = field(default_factory=dict)


class EntryShelf(Protocol):
    """The entries of the catalog."""

    async def find(self, key: str) -> Kept | None:
        """Read one."""
        ...

    async def key_of(self, package: str) -> str | None:
        """Answer with the key that CKAN's id of a package stands for."""
        ...

    async def search(
        self,
        reader: Reader,
        search: Search,
        part: Part,
        facets: Collection[Facet] = (),
        *,
        most_values: int = EVERY_VALUE,
    ) -> KeptPage:
        """Read those that a reader may see and that match, in the order of the part.

        Counts are those of now; which changed last may be five seconds old. Of each facet, as many
        values are counted as `most_values` says: those that most entries have.
        """
        ...

    async def made_of(self, tenant: str | None) -> Sequence[Kept]:
        """Read what is made from what a tenant holds; None: of the platform itself."""
        ...

    async def mark_of(self, tenant: str) -> str:
        """Tell of what is made of a tenant: another text once anything of it was written."""
        ...

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
        """Keep a new one, as version 1.

        Raises:
            EntryExists: its key is taken.
        """
        ...

    async def replace(
        self,
        entry: Entry,
        publisher: Publisher,
        *,
        by: str,
        at: datetime,
        typed: Collection[str] = (),
    ) -> Kept:
        """Keep one as the next version; its own version says over which.

        Raises:
            EntryChanged: that is not the latest.
        """
        ...

    async def note(self, key: str, facts: Facts) -> None:
        """Keep what is known of a dataset by looking at the data."""
        ...

    async def versions(self, key: str) -> Sequence[Version]:
        """Read every version of one, the latest first."""
        ...


class Owners(Protocol):
    """The organisations that answer for entries."""

    async def find(self, key: str) -> Publisher | None:
        """Answer with one; None where it takes no part."""
        ...

    async def of_tenant(self, tenant: str) -> Publisher | None:
        """Answer with who answers for a tenant; None where there is no such tenant."""
        ...

    async def every(self, keys: Collection[str]) -> Mapping[str, Publisher]:
        """Answer with those there are of some."""
        ...


class Forms(Protocol):
    """In which forms the datasets of this platform are had."""

    def of(self, entry: Entry) -> Sequence[Distribution]:
        """Answer with the forms of one dataset."""
        ...

    def services(self, entry: Entry) -> Sequence[str]:
        """Answer with the keys of the APIs that give it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at what a tenant holds.

    Args:
        looked_at: when it was last looked at; None: never.
        mark: what told of its state then.
        held: what it held; held_at: when that was read, None: never.
        made: what told of its entries then.
    """

    tenant: str
    looked_at: datetime | None = None
    mark: str = ""
    made: str = ""
    held: tuple[Held, ...] = ()
    held_at: datetime | None = None


class Looks(Protocol):
    """When each tenant is looked at; of several processes one does it."""

    async def enrol(self, tenants: Collection[str], at: datetime) -> None:
        """Let tenants that were never looked at be due."""
        ...

    async def hasten(self, tenants: Collection[str], at: datetime, pause_s: float) -> None:
        """Let tenants be due, though not sooner than a pause behind their last look.

        The pause is longer where looking takes long: it is a small part of the time.
        """
        ...

    async def put_first(self, tenants: Collection[str], at: datetime) -> None:
        """Let tenants be due before all others, unless looking at them takes long."""
        ...

    async def spread(self, at: datetime, within_s: float) -> None:
        """Let every tenant be due within so long, at some time or other."""
        ...

    async def claim(self, now: datetime, lease_s: float) -> Look | None:
        """Take one that is due, for a while; None: nothing is due."""
        ...

    async def finish(self, look: Look, *, due_at: datetime, cost_s: float) -> None:
        """Note what was seen, how long it took, and when the next look is due."""
        ...

    async def forget(self, tenant: str) -> None:
        """Look at it no more."""
        ...


class Holdings(Protocol):
    """What tenants hold, and who may know."""

    def every(self) -> AsyncIterator[Sequence[str]]:
        """Name all tenants, some at a time."""
        ...

    async def holder(self, tenant: str) -> Holder | None:
        """Answer with one; None: there is no such tenant."""
        ...

    async def changes(self, tenant: str, since: datetime) -> tuple[str, bool]:
        """Answer with a mark of what is counted, and whether somebody may have written since.

        The latter is known of the last hour.

        Raises:
            DatabaseUnavailable: it cannot be told now.
        """
        ...

    async def held(self, tenant: str) -> Sequence[Held]:
        """Look at all that a tenant holds.

        Raises:
            DatabaseUnavailable: it cannot be told now.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """The ports of making entries from what tenants hold.

    Args:
        platform: its address, without a slash at the end.
        platform_itself: the platform as an owner of entries.
    """

    shelf: EntryShelf
    looks: Looks
    holdings: Holdings
    model_of: ModelOf
    clock: Clock
    platform: str
    platform_itself: Publisher


class HouseDescriptions(Protocol):
    """What the houses say of their APIs."""

    def whole(self) -> JsonObject:
        """Answer with the OpenAPI document of the platform."""
        ...

    def notifications(self) -> JsonObject:
        """Answer with the schemas of what subscribers are sent."""
        ...

    def type_of(self, model: str) -> TypeDescribed | None:
        """Describe the type of a data model; None: there is none of this name."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCatalog:
    """The ports of the catalog, handed to every operation.

    Args:
        name: what the platform is called.
        pages: the platform's address, without a slash at the end.
    """

    shelf: EntryShelf
    owners: Owners
    forms: Forms
    clock: Clock
    name: Words
    pages: str
