"""Snapshot: a frozen copy of what some queries found, and what is known of it (§4.3.7, §5.2.41)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import NewType, cast

from broker.ngsi.durations import parse_duration
from broker.ngsi.subscription import Endpoint
from broker.ngsi.subscription_secrets import hidden
from broker.ngsi.values import format_instant
from kit.json import JsonObject, JsonValue

SnapshotId = NewType("SnapshotId", str)
"""The id of a Snapshot: a URI."""

QUERIES = "snapshotQueries"
TEMPORAL_QUERIES = "snapshotTemporalQueries"
DEFAULT_PRIORITY = 5  # §5.2.41


class SnapshotStatus(Enum):
    """How far a Snapshot is (§5.2.41)."""

    PREPARING = "preparing"
    SUCCESS = "success"
    PARTIAL = "partial"
    FAILURE = "failure"
    EMPTY = "empty"


class ResultStatus(Enum):
    """What became of one query (§5.2.42)."""

    SUCCESS = "success"
    FAILURE = "failure"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryResult:
    """What became of one query of a Snapshot (§5.2.42 ExecutionResultDetails).

    Args:
        problem: ProblemDetails of a failure.
    """

    status: ResultStatus
    problem: JsonObject | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What became of a Snapshot's queries, in their order; empty while it is being prepared."""

    queries: Sequence[QueryResult] = ()
    temporal: Sequence[QueryResult] = ()

    @property
    def status(self) -> SnapshotStatus:
        """Sum them up (§5.16.1.4)."""
        found = {result.status for result in (*self.queries, *self.temporal)}
        if found == {ResultStatus.SUCCESS}:
            return SnapshotStatus.SUCCESS
        if ResultStatus.SUCCESS in found:
            return SnapshotStatus.PARTIAL
        return SnapshotStatus.EMPTY if ResultStatus.EMPTY in found else SnapshotStatus.FAILURE


NO_RESULTS = Results()


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One Snapshot.

    Args:
        document: the members that a client gives, but for id, type and priority.
        context: the @context that its queries were given with.
        source: the Snapshot that it is a clone of.
        number: what its entities are stored under, as if it were a tenant of its own; None while
            nobody has begun to fill it.
    """

    id: SnapshotId
    document: JsonObject
    context: JsonValue = None
    priority: int = DEFAULT_PRIORITY
    status: SnapshotStatus = SnapshotStatus.PREPARING
    results: Results = NO_RESULTS
    created_at: datetime
    modified_at: datetime
    expires_at: datetime
    last_used_at: datetime
    source: SnapshotId | None = None
    number: int | None = None

    @property
    def queries(self) -> Sequence[JsonObject]:
        """The queries whose results are in it."""
        return cast("list[JsonObject]", self.document.get(QUERIES, []))

    @property
    def temporal_queries(self) -> Sequence[JsonObject]:
        """The temporal queries whose results are asked for."""
        return cast("list[JsonObject]", self.document.get(TEMPORAL_QUERIES, []))

    @property
    def endpoint(self) -> Endpoint | None:
        """Where notifications of its status go; None: nobody wants any."""
        uri = self.document.get("endpoint")
        if not isinstance(uri, str):
            return None
        pairs = cast("list[Mapping[str, str]]", self.document.get("receiverInfo", []))
        return Endpoint(
            uri=uri, receiver_info=tuple((pair["key"], pair["value"]) for pair in pairs)
        )

    def finished(self, results: Results, at: datetime) -> "Snapshot":
        """Give the Snapshot after its queries were executed."""
        return replace(self, results=results, status=results.status, modified_at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotBounds:
    """What an operator allows of snapshots.

    Args:
        lifetime: of a Snapshot for which no client suggests one.
        longest: none lives longer from now on, whatever is suggested.
        entities: most Entities in one.
        per_tenant: most Snapshots; the least important one makes room.
    """

    lifetime: timedelta = timedelta(days=1)
    longest: timedelta = timedelta(days=30)
    entities: int = 100_000
    per_tenant: int = 50


def snapshot_expiry(document: JsonObject, bounds: SnapshotBounds, now: datetime) -> datetime:
    """Set when a Snapshot expires, taking the lifetime it suggests into account (§5.16.1.4).

    Raises:
        BadRequestData: the suggestion is no duration.
    """
    suggested = document.get("snapshotLifetime")
    if not isinstance(suggested, str):
        return now + min(bounds.lifetime, bounds.longest)
    return now + min(parse_duration(suggested, where="/snapshotLifetime"), bounds.longest)


def snapshot_document(snapshot: Snapshot) -> JsonObject:
    """Write a Snapshot as its status says it; secrets of its receiver are not shown.

    Spec: CIM 009 §5.2.41
    """
    document: JsonObject = {
        "id": snapshot.id,
        "type": "Snapshot",
        **hidden(snapshot.document),
        "snapshotPriority": snapshot.priority,
        "snapshotStatus": snapshot.status.value,
        "createdAt": format_instant(snapshot.created_at),
        "modifiedAt": format_instant(snapshot.modified_at),
        "expiresAt": format_instant(snapshot.expires_at),
        "lastUsedAt": format_instant(snapshot.last_used_at),
    }
    if snapshot.results.queries:
        document["snapshotQueriesDetails"] = details(snapshot.results.queries)
    if snapshot.results.temporal:
        document["snapshotTemporalQueriesDetails"] = details(snapshot.results.temporal)
    return document


def details(results: Iterable[QueryResult]) -> JsonValue:
    """Write what became of queries (§5.2.42)."""
    written: list[JsonValue] = []
    for result in results:
        one: JsonObject = {"resultStatus": result.status.value}
        if result.problem is not None:
            one["problemDetails"] = result.problem
        written.append(one)
    return written


def results_of(written: JsonValue) -> tuple[QueryResult, ...]:
    """Read what `details` wrote."""
    return tuple(
        QueryResult(
            status=ResultStatus(one["resultStatus"]),
            problem=cast("JsonObject | None", one.get("problemDetails")),
        )
        for one in cast("list[JsonObject]", written)
    )


def snapshot_notification(
    snapshot: Snapshot, *, notification_id: str, notified_at: datetime, is_deleted: bool = False
) -> JsonObject:
    """Write what a Snapshot's endpoint is told.

    A deletion is told by an expiry that lies before.

    Spec: CIM 009 §5.3.4 (its table says temporalSnapshotQueriesDetails), §5.16.6
    """
    expires_at = snapshot.expires_at
    if is_deleted:
        expires_at = min(expires_at, notified_at - timedelta(microseconds=1))
    notification: JsonObject = {
        "id": notification_id,
        "type": "SnapshotNotification",
        "snapshotId": snapshot.id,
        "notifiedAt": format_instant(notified_at),
        "expiresAt": format_instant(expires_at),
        "snapshotPriority": snapshot.priority,
        "snapshotStatus": snapshot.status.value,
    }
    if snapshot.results.queries:
        notification["snapshotQueriesDetails"] = details(snapshot.results.queries)
    if snapshot.results.temporal:
        notification["temporalSnapshotQueriesDetails"] = details(snapshot.results.temporal)
    return notification
