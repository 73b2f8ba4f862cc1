"""Purge Snapshots: CIM 009 §5.16.7, over HTTP §6.36.3.2."""

import pytest

from tests.conformance.mapped import create_shelters
from tests.conformance.snapshots import SNAPSHOTS, a_snapshot, create, ready
from tests.platforms import Client

ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"


@pytest.fixture
def paths(client: Client) -> dict[str, str]:
    create_shelters(client, 1)
    made = {
        "low": create(client, a_snapshot(snapshotPriority=2)),
        "high": create(client, a_snapshot(snapshotPriority=9, id="urn:ngsi-ld:Snapshot:high")),
    }
    for path in made.values():
        ready(client, path)
    return made


def left(client: Client, paths: dict[str, str]) -> set[str]:
    return {name for name, path in paths.items() if client.get(path).status_code == 200}


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("snapshotPriority<5", {"high"}),
        ("snapshotPriority>5", {"low"}),
        ('snapshotStatus=="success"', set()),
        ("snapshotPriority==2;lastUsedAt<2020-01-01T00:00:00Z", {"low", "high"}),
        ("lastUsedAt<2999-01-01T00:00:00Z", set()),
        ("createdAt<2999-01-01T00:00:00Z", set()),
        ("endpoint", {"low", "high"}),
        ('id=="urn:ngsi-ld:Snapshot:high"', {"low"}),
        ("snapshotPriority==9|snapshotPriority==1", {"low"}),
    ],
)
def test_what_satisfies_the_query_goes_and_the_rest_stays(
    client: Client, paths: dict[str, str], q: str, expected: set[str]
) -> None:
    answer = client.send("DELETE", SNAPSHOTS, params={"q": q})
    assert answer.status_code == (204 if len(expected) < 2 else 404)
    assert left(client, paths) == expected


@pytest.mark.parametrize(
    "q", ["speed>50", "snapshotPriority>>1", "", "managedBy{name}", "snapshotStatus.observedAt"]
)
def test_a_query_over_anything_else_is_refused_and_purges_nothing(
    client: Client, paths: dict[str, str], q: str
) -> None:
    answer = client.send("DELETE", SNAPSHOTS, params={"q": q})
    assert answer.status_code == 400
    assert answer.json()["type"] == ERRORS + "BadRequestData"
    assert left(client, paths) == {"low", "high"}


def test_a_purge_without_a_query_is_refused(client: Client, paths: dict[str, str]) -> None:
    answer = client.send("DELETE", SNAPSHOTS)
    assert answer.status_code == 400
    assert answer.json()["type"] == ERRORS + "BadRequestData"
    assert left(client, paths) == {"low", "high"}
