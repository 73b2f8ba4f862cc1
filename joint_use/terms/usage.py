"""Usage: what a tenant uses per service and day (利用者数, データ量, データ件数)."""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from enum import Enum, IntEnum
from hashlib import blake2b

from joint_use.terms.access import Principal

JAPAN = timezone(timedelta(hours=9))
"""Days are Japan's: bills and statistics of municipalities are."""

SERVICE: ContextVar[str] = ContextVar("service", default="")
"""On whose account the running request is; empty: the platform's own doing."""


class Operation(IntEnum):
    """What a request is about, for statistics; the number stands in journals."""

    RETRIEVE = 1
    QUERY = 2
    WRITE = 3
    BATCH = 4
    SUBSCRIBE = 5
    DISCOVER = 6
    CONTEXT = 7
    SNAPSHOT = 8
    OTHER = 9

    @property
    def label(self) -> str:
        """What tables and people call it."""
        return self.name.lower()


_OF_FIRST = {
    "subscriptions": Operation.SUBSCRIBE,
    "types": Operation.DISCOVER,
    "attributes": Operation.DISCOVER,
    "jsonldContexts": Operation.CONTEXT,
    "snapshots": Operation.SNAPSHOT,
    "entityMaps": Operation.QUERY,
}
_READING = frozenset({"GET", "HEAD"})


def operation_of(method: str, path: str) -> Operation:
    """Tell what a request of the NGSI-LD API is about.

    Args:
        method: in capitals.
        path: behind the API's version.

    >>> operation_of("GET", "/entities/urn:a:1"), operation_of("POST", "/entities")
    (<Operation.RETRIEVE: 1>, <Operation.WRITE: 3>)
    """
    _, first, *more = path.split("/", 3)
    if first == "entities":
        if method not in _READING:
            return Operation.WRITE
        return Operation.RETRIEVE if more and more[0] else Operation.QUERY
    if first == "entityOperations":
        return Operation.QUERY if more == ["query"] else Operation.BATCH
    return _OF_FIRST.get(first, Operation.OTHER)


def japanese_day(instant: datetime) -> date:
    """Tell what day an instant is of, in Japan.

    >>> from datetime import UTC
    >>> japanese_day(datetime(2026, 4, 1, 15, 0, tzinfo=UTC)).isoformat()
    '2026-04-02'
    """
    return instant.astimezone(JAPAN).date()


def service_of(principal: Principal) -> str:
    """Name the service that a caller comes through; a person's own name is none.

    >>> service_of(Principal(subject="hanako")), service_of(Principal(subject="x", service="map"))
    ('anyone', 'map')
    """
    return principal.service or _NO_SERVICE


_NO_SERVICE = "anyone"


class DailyHashes:
    """Names users by numbers that differ from day to day, so that nobody is followed over days.

    Args:
        secret: of the platform; who has it could hash a name that he guesses.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._day: date | None = None
        self._known: dict[str, int] = {}

    def of(self, subject: str, day: date) -> int:
        """Answer with a user's number of a day, a positive one of 63 bits."""
        if day != self._day or len(self._known) > _MOST_KNOWN:
            self._day, self._known = day, {}
        found = self._known.get(subject)
        if found is None:
            key = blake2b(day.isoformat().encode(), key=self._secret[:64]).digest()
            digest = blake2b(subject.encode(), key=key, digest_size=8).digest()
            found = self._known[subject] = int.from_bytes(digest, "big") >> 1 or 1
        return found


_MOST_KNOWN = 100_000


class Grouping(Enum):
    """By what usage is summed up."""

    DAY = "day"
    TENANT = "tenant"
    ORGANISATION = "organisation"
    MUNICIPALITY = "municipality"
    SERVICE = "service"
    OPERATION = "operation"
    STATUS = "status"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Days in Japan, both ends included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which usage is asked for.

    Args:
        by: what it is summed up by; nothing: one sum.
        tenant: of this one alone.
        municipality: of the tenants of this one alone, by its code.
    """

    period: Period
    by: tuple[Grouping, ...] = (Grouping.TENANT,)
    tenant: str | None = None
    municipality: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Usage of one group; None where it is not counted by what the group is made by.

    Args:
        group: the group's value of each grouping.
        refused: requests among them with status 4xx or 5xx.
        users: distinct ones of each day and tenant, summed up.
        changes: commands that changed an entity, counted by the transactions that did it.
        notifications: those that arrived.
        entities: at the end of the period, as attributes and bytes_stored are.
    """

    group: Mapping[Grouping, str]
    requests: int | None = None
    refused: int | None = None
    bytes_in: int | None = None
    bytes_out: int | None = None
    users: int | None = None
    changes: int | None = None
    notifications: int | None = None
    entities: int | None = None
    attributes: int | None = None
    bytes_stored: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenOfDay:
    """What a tenant's own database has counted of one service and day."""

    day: date
    service: str
    changes: int
    notifications: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What a tenant stores now: entities, attribute instances, bytes of their JSON."""

    entities: int = 0
    attributes: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantCount:
    """What a tenant's own database tells of its usage."""

    stored: Stored
    written: tuple[WrittenOfDay, ...] = ()
