"""Listed: an entry as it is shown, with its owner, its addresses and what is known of its data."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from api_catalog.catalog.entry import Entry
from api_catalog.catalog.words import Words

Extent: TypeAlias = tuple[float, float, float, float]
"""West, south, east, north; degrees of WGS 84."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Who answers for an entry.

    Args:
        page: the address of a page about it.
    """

    key: str
    name: Words
    page: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a dataset by looking at the data.

    Args:
        entities: how many there are.
        extent: what their places span; None: they have none.
        changed_at: when one of them last changed.
        attributes: that some of them have: names of the data model, others as IRIs.
        looked_at: when all this was so.
    """

    entities: int
    extent: Extent | None = None
    changed_at: datetime | None = None
    attributes: tuple[str, ...] = ()
    looked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """One form in which a dataset is had.

    Args:
        format: its short name: CSV, GeoJSON, JSON-LD, XLSX, NGSI-LD.
        media_type: without parameters.
        is_file: it is downloaded whole; otherwise an API gives it.
    """

    key: str
    title: Words
    url: str
    format: str
    media_type: str
    is_file: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An entry as it is shown.

    Args:
        page: the address of its page.
        created_at: when it was first published.
        modified_at: when its words or its data last changed.
        is_made_here: it is made from the data of a tenant; people add words to it.
        services: keys of the APIs that give a dataset; of a dataset's own API too.
    """

    entry: Entry
    publisher: Publisher
    page: str
    created_at: datetime
    modified_at: datetime
    facts: Facts | None = None
    is_made_here: bool = False
    distributions: tuple[Distribution, ...] = ()
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogItself:
    """The catalog that entries are listed in: the platform's, or one tenant's.

    Args:
        url: its address, without a slash at the end.
        entries: the address under which each entry has its own, whichever catalog lists it.
    """

    url: str
    entries: str
    title: Words
    description: Words
    publisher: Publisher


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOf:
    """Which part of a list is shown: page 1, 2, 3 … of so many entries."""

    number: int
    size: int
    total: int

    @property
    def last(self) -> int:
        """The number of the last page; 1 where the list is empty.

        >>> PageOf(number=1, size=100, total=201).last
        3
        """
        return max(1, -(-self.total // self.size))
