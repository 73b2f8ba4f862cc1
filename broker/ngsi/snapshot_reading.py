"""Reads Snapshot documents: to create one, to clone one, to update one (§5.2.41)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from broker.ngsi.durations import parse_duration
from broker.ngsi.errors import BadRequestData
from broker.ngsi.names import NULL
from broker.ngsi.query_request import QueryRequest, from_query
from broker.ngsi.snapshot import (
    DEFAULT_PRIORITY,
    QUERIES,
    TEMPORAL_QUERIES,
    Snapshot,
    SnapshotBounds,
    SnapshotId,
    snapshot_expiry,
)
from broker.ngsi.subscription_members import read_endpoint
from broker.ngsi.subscription_secrets import restored
from broker.ngsi.values import require_uri
from kit.json import JsonObject, JsonValue

_CHANGING = frozenset({"snapshotLifetime", "snapshotPriority", "endpoint", "receiverInfo"})
_OUTPUT = frozenset(
    {"snapshotStatus", "snapshotQueriesDetails", "snapshotTemporalQueriesDetails"}
    | {"createdAt", "modifiedAt", "expiresAt", "lastUsedAt"}
)
_TEMPORAL_MEMBERS = frozenset({"temporalQ", "aggrParams"})
MEMBERS = _CHANGING | _OUTPUT | {"id", "type", QUERIES, TEMPORAL_QUERIES}
"""All members of a Snapshot."""

_MOST_QUERIES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a client says of a new Snapshot.

    Args:
        id: None where the client leaves it to the broker.
        document: as `Snapshot.document`.
    """

    id: SnapshotId | None
    document: JsonObject
    priority: int


def read_creation(body: JsonObject) -> Draft:
    """Read what a new Snapshot shall be.

    Spec: CIM 009 §5.16.1.3, §5.2.41
    Raises:
        BadRequestData: a member is missing, unknown or breaks its rule.
    """
    draft = _draft(body)
    if QUERIES not in body and TEMPORAL_QUERIES not in body:
        raise BadRequestData(
            f"The Snapshot has no queries; right would be {QUERIES}", where=f"/{QUERIES}"
        )
    for member in (QUERIES, TEMPORAL_QUERIES):
        for position, query in enumerate(_queries(body, member)):
            snapshot_request(query, f"/{member}/{position}", is_temporal=member != QUERIES)
    return draft


def read_clone(body: JsonObject) -> Draft:
    """Read what the clone of a Snapshot shall be; its queries are those of the original.

    Spec: CIM 009 §5.16.2.3, §5.2.41
    Raises:
        BadRequestData: a member is unknown, breaks its rule or is a query.
    """
    _refuse_queries(body)
    return _draft(body)


def updated(
    snapshot: Snapshot, fragment: JsonObject, bounds: SnapshotBounds, now: datetime
) -> Snapshot:
    """Give the Snapshot after an update; output-only members of the fragment change nothing.

    Spec: CIM 009 §5.16.4.4, §5.5.8
    Raises:
        BadRequestData: a member is unknown, breaks its rule or cannot be updated.
    """
    _require_known(fragment)
    _refuse_queries(fragment)
    if fragment.get("id", snapshot.id) != snapshot.id:
        raise BadRequestData("The id of a Snapshot cannot be updated", where="/id")
    if fragment.get("type", "Snapshot") != "Snapshot":
        raise BadRequestData("The fragment's type is not Snapshot", where="/type")
    members = {**snapshot.document, "snapshotPriority": snapshot.priority}
    for member in _CHANGING & fragment.keys():
        if fragment[member] == NULL:
            members.pop(member, None)
        else:
            members[member] = fragment[member]
    members = _with_secrets(members, snapshot.document)
    given = _checked(members)
    is_extended = "snapshotLifetime" in fragment
    return replace(
        snapshot,
        document={**given, **_lineage(snapshot.document)},
        priority=_priority(members),
        expires_at=snapshot_expiry(given, bounds, now) if is_extended else snapshot.expires_at,
        modified_at=now,
    )


def snapshot_request(query: JsonValue, where: str, *, is_temporal: bool = False) -> QueryRequest:
    """Read one query of a Snapshot.

    Spec: CIM 009 §5.2.41 (temporalQ in temporal queries alone, and in each of them)

    Raises:
        BadRequestData: it is no Query of this kind.
    """
    if not isinstance(query, dict):
        raise BadRequestData("The query is not a JSON object", where=where)
    if is_temporal and not isinstance(query.get("temporalQ"), dict):
        raise BadRequestData("The temporal query has no temporalQ", where=f"{where}/temporalQ")
    if not is_temporal and "temporalQ" in query:
        raise BadRequestData(
            f"The query has a temporalQ; right would be {TEMPORAL_QUERIES}",
            where=f"{where}/temporalQ",
        )
    plain = {name: value for name, value in query.items() if name not in _TEMPORAL_MEMBERS}
    try:
        return from_query(plain if is_temporal else query, QueryRequest())
    except BadRequestData as refusal:
        raise BadRequestData(refusal.detail, where=where + (refusal.where or "")) from None


def _draft(body: JsonObject) -> Draft:
    _require_known(body)
    if body.get("type") != "Snapshot":
        raise BadRequestData("The body's type is not Snapshot", where="/type")
    snapshot_id = None
    if "id" in body:
        snapshot_id = SnapshotId(require_uri(body["id"], what="Snapshot id", where="/id"))
    document = {**_checked(body), **_lineage(body)}
    return Draft(id=snapshot_id, document=document, priority=_priority(body))


def _require_known(body: JsonObject) -> None:
    for member in body:
        if member not in MEMBERS:
            raise BadRequestData(f"A Snapshot has no member {member!r}", where=f"/{member}")


def _refuse_queries(body: JsonObject) -> None:
    for member in (QUERIES, TEMPORAL_QUERIES):
        if member in body:
            raise BadRequestData(f"{member} is set at the creation alone", where=f"/{member}")


def _queries(body: JsonObject, member: str) -> list[JsonValue]:
    if member not in body:
        return []
    queries = body[member]
    if isinstance(queries, list) and 0 < len(queries) <= _MOST_QUERIES:
        return queries
    raise BadRequestData(
        f"Member {member} is not an array of 1 to {_MOST_QUERIES} queries", where=f"/{member}"
    )


def _lineage(document: Mapping[str, JsonValue]) -> JsonObject:
    """The queries of a Snapshot, which never change."""
    return {name: document[name] for name in (QUERIES, TEMPORAL_QUERIES) if name in document}


def _checked(members: Mapping[str, JsonValue]) -> JsonObject:
    """Answer with lifetime, endpoint and receiverInfo, those that are there, after a check."""
    given: JsonObject = {}
    if "snapshotLifetime" in members:
        lifetime = members["snapshotLifetime"]
        parse_duration(str(lifetime), where="/snapshotLifetime")
        given["snapshotLifetime"] = lifetime
    if "receiverInfo" in members and "endpoint" not in members:
        raise BadRequestData("receiverInfo stands without an endpoint", where="/receiverInfo")
    if "endpoint" in members:
        given |= _endpoint(members)
    return given


def _endpoint(members: Mapping[str, JsonValue]) -> JsonObject:
    """Check where notifications go; of a Subscription's endpoint it has two members (§5.2.15)."""
    holder = {"uri": members["endpoint"]}
    given = {"endpoint": members["endpoint"]}
    if "receiverInfo" in members:
        holder["receiverInfo"] = given["receiverInfo"] = members["receiverInfo"]
    if read_endpoint(holder, "").is_mqtt:
        raise BadRequestData(
            "Snapshot notifications are not sent by MQTT; right would be http or https",
            where="/endpoint",
        )
    return given


def _with_secrets(members: JsonObject, stored: JsonObject) -> JsonObject:
    """Put secrets back where asterisks stand for them."""
    if "endpoint" not in stored or not {"endpoint", "receiverInfo"} <= members.keys():
        return members
    given = {"uri": members["endpoint"], "receiverInfo": members["receiverInfo"]}
    known = {"uri": stored["endpoint"], "receiverInfo": stored.get("receiverInfo", [])}
    return {**members, "receiverInfo": restored(given, known)["receiverInfo"]}


def _priority(members: Mapping[str, JsonValue]) -> int:
    priority = members.get("snapshotPriority", DEFAULT_PRIORITY)
    if isinstance(priority, int) and not isinstance(priority, bool) and 1 <= priority <= 10:
        return priority
    raise BadRequestData(
        "snapshotPriority is not a whole number from 1 to 10", where="/snapshotPriority"
    )
