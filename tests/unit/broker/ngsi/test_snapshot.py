"""Snapshots: what their queries sum up to, what clients may say, what receivers are told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from broker.ngsi.entity import Entity
from broker.ngsi.errors import BadRequestData, TooManyResults
from broker.ngsi.names import EntityId, Iri
from broker.ngsi.representations import Presentation
from broker.ngsi.snapshot import (
    QueryResult,
    Results,
    ResultStatus,
    Snapshot,
    SnapshotBounds,
    SnapshotId,
    SnapshotStatus,
    details,
    results_of,
    snapshot_document,
    snapshot_expiry,
    snapshot_notification,
)
from broker.ngsi.snapshot_content import NO_TEMPORAL, failed, kept
from broker.ngsi.snapshot_query import matches_query, parse_snapshot_query
from broker.ngsi.snapshot_reading import MEMBERS, read_creation, snapshot_request, updated
from kit.json import JsonObject, JsonValue

NOW = datetime(2026, 9, 1, tzinfo=UTC)
BOUNDS = SnapshotBounds(lifetime=timedelta(hours=1), longest=timedelta(days=1))
QUERY: JsonObject = {"type": "Query", "entities": [{"type": "AED"}]}
S, F, E = (QueryResult(status=one) for one in ResultStatus)


def a_snapshot(**document: JsonValue) -> Snapshot:
    given: JsonObject = {"snapshotQueries": [QUERY], **document}
    return Snapshot(
        id=SnapshotId("urn:ngsi-ld:Snapshot:1"),
        document=given,
        created_at=NOW,
        modified_at=NOW,
        expires_at=NOW + timedelta(hours=1),
        last_used_at=NOW,
    )


@pytest.mark.parametrize(
    ("queries", "temporal", "expected"),
    [
        ([S], [], SnapshotStatus.SUCCESS),
        ([S, S], [S], SnapshotStatus.SUCCESS),
        ([S, E], [], SnapshotStatus.PARTIAL),
        ([F, S], [], SnapshotStatus.PARTIAL),
        ([S], [F], SnapshotStatus.PARTIAL),
        ([E, E], [], SnapshotStatus.EMPTY),
        ([E, F], [], SnapshotStatus.EMPTY),
        ([F], [F], SnapshotStatus.FAILURE),
        ([], [F], SnapshotStatus.FAILURE),
    ],
)
def test_the_status_sums_up_the_results(
    queries: list[QueryResult], temporal: list[QueryResult], expected: SnapshotStatus
) -> None:
    assert Results(queries=queries, temporal=temporal).status is expected


def test_details_are_read_as_they_were_written() -> None:
    results = (S, E, failed(TooManyResults("Too many", where="/q")))
    assert results_of(details(results)) == results


def test_a_failure_says_what_and_where() -> None:
    problem = failed(TooManyResults("Too many", where="/q")).problem
    assert problem is not None
    assert problem["type"] == "https://uri.etsi.org/ngsi-ld/errors/TooManyResults"
    assert (problem["detail"], problem["where"]) == ("Too many", "/q")
    assert NO_TEMPORAL.status is ResultStatus.FAILURE


@pytest.mark.parametrize(
    ("suggested", "expected"),
    [(None, timedelta(hours=1)), ("PT5M", timedelta(minutes=5)), ("P9D", timedelta(days=1))],
)
def test_a_snapshot_lives_as_suggested_within_bounds(
    suggested: str | None, expected: timedelta
) -> None:
    document: JsonObject = {} if suggested is None else {"snapshotLifetime": suggested}
    assert snapshot_expiry(document, BOUNDS, NOW) == NOW + expected


def test_a_status_has_no_member_that_a_snapshot_has_not() -> None:
    snapshot = a_snapshot(endpoint="http://a.example/", receiverInfo=[], snapshotLifetime="PT1H")
    snapshot = snapshot.finished(Results(queries=[S], temporal=[F]), NOW)
    assert snapshot_document(snapshot).keys() <= MEMBERS


def test_an_update_leaves_the_expiry_unless_it_names_the_lifetime() -> None:
    later = NOW + timedelta(minutes=30)
    before = a_snapshot(snapshotLifetime="PT1H")
    assert updated(before, {"snapshotPriority": 1}, BOUNDS, later).expires_at == before.expires_at
    extended = updated(before, {"snapshotLifetime": "PT2H"}, BOUNDS, later)
    assert extended.expires_at == later + timedelta(hours=2)
    assert extended.document["snapshotQueries"] == [QUERY]


@pytest.mark.parametrize("count", [0, 101])
def test_a_snapshot_has_one_query_to_a_hundred(count: int) -> None:
    with pytest.raises(BadRequestData):
        read_creation({"type": "Snapshot", "snapshotQueries": [QUERY] * count})


def test_an_error_in_a_query_says_in_which() -> None:
    with pytest.raises(BadRequestData) as refusal:
        snapshot_request({**QUERY, "q": ""}, "/snapshotQueries/3")
    assert refusal.value.where == "/snapshotQueries/3/q"


def test_a_deletion_is_told_by_an_expiry_before_the_notice() -> None:
    told = snapshot_notification(
        a_snapshot(), notification_id="urn:n", notified_at=NOW, is_deleted=True
    )
    assert str(told["expiresAt"]) < str(told["notifiedAt"])
    told = snapshot_notification(a_snapshot(), notification_id="urn:n", notified_at=NOW)
    assert str(told["expiresAt"]) > str(told["notifiedAt"])


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("snapshotPriority==5", True),
        ("snapshotPriority<5", False),
        ("expiresAt>2026-09-01T00:30:00Z", True),
        ("lastUsedAt>2026-09-01T00:30:00Z", False),
        ('snapshotStatus~="^prep"', True),
        ("!endpoint", True),
        ("snapshotQueriesDetails", False),
        ('type=="Snapshot"', True),
    ],
)
def test_a_query_looks_at_members(q: str, expected: bool) -> None:
    assert matches_query(parse_snapshot_query(q), a_snapshot(), NOW) is expected


@pytest.mark.parametrize("q", ["speed>5", "observedAt>2026-09-01T00:00:00Z", "endpoint.a", "a{b}"])
def test_a_query_over_anything_else_is_refused(q: str) -> None:
    with pytest.raises(BadRequestData):
        parse_snapshot_query(q)


def test_what_a_query_does_not_retrieve_is_not_kept() -> None:
    a, b = Iri("https://example.org/a"), Iri("https://example.org/b")
    default: JsonObject = {"type": "Property", "value": 1}
    other: JsonObject = {"type": "Property", "value": 2, "datasetId": "urn:d"}
    entity = Entity(
        id=EntityId("urn:e"),
        types=(Iri("https://example.org/T"),),
        attributes={a: [default, other], b: [other]},
        created_at=NOW,
        modified_at=NOW,
        scopes=("/x",),
    )
    assert kept(entity, Presentation()) == entity
    assert kept(entity, Presentation(attributes=frozenset({b}))).attributes == {b: [other]}
    of_default = kept(entity, Presentation(dataset_ids=frozenset({"@none"})))
    assert of_default == replace(entity, attributes={a: [default]})
