"""An operator is told of queries that take long for want of an index, seldom and without values."""

from dataclasses import dataclass
from typing import Any

import pytest
from structlog.testing import capture_logs

from broker.ngsi.contexts import core
from broker.ngsi.q.parser import parse_query
from broker.ngsi.q.paths import path_key
from broker.ngsi.q.syntax import Path
from broker.ngsi.queries import EntityFilter
from broker.store.filter_sql import Reach
from broker.store.walks import Walks
from joint_use import Placement, Storage, Tenant

DEPTH = path_key(Path((core().expand("depth"),)))


@dataclass
class Watch:
    """A clock that a test sets."""

    now_s: float = 0.0

    def __call__(self) -> float:
        return self.now_s


def a_tenant(number: int = 7) -> Tenant:
    return Tenant(
        number=number,
        name=f"t{number}",
        storage=Storage.SHARED,
        placement=Placement(server="main", database="shared"),
    )


def told(
    walks: Walks,
    q: str | None,
    *,
    tenant: Tenant | None = None,
    took_s: float = 1.0,
    reach: Reach = Reach.TYPES,
    declared: tuple[str, ...] = (),
) -> list[Any]:
    """Note a query; answer with the paths that were told of."""
    wanted = EntityFilter(q=None if q is None else parse_query(q, core().expand))
    with capture_logs() as logged:
        walks.note(tenant or a_tenant(), wanted, took_s, reach=lambda: reach, declared=declared)
    return [line["paths"] for line in logged if line["event"] == "query_without_index"]


@pytest.mark.parametrize(
    ("q", "paths"),
    [
        ("depth>3", ["depth"]),
        ('depth==1,2;status=="broken"', ["depth", "status"]),
        ('address[city]=="江別市"', ["address[city]"]),
        ("depth.observedAt>2026-01-01T00:00:00Z", ["depth.observedAt"]),
        ("depth==1..2;name~=x", ["depth"]),
    ],
)
def test_paths_are_told_that_would_help(q: str, paths: list[str]) -> None:
    assert told(Walks(), q) == [paths]


@pytest.mark.parametrize("q", [None, "depth", "!depth", "depth!=3", "name~=x", "depth>3|status==1"])
def test_where_no_index_would_help_nothing_is_told(q: str | None) -> None:
    assert told(Walks(), q) == []


def test_what_is_quick_or_found_by_index_or_in_a_snapshot_is_not_told() -> None:
    assert told(Walks(), "depth>3", took_s=0.01) == []
    assert told(Walks(), "depth>3", reach=Reach.VALUES) == []
    assert told(Walks(), "depth>3", tenant=a_tenant(-7)) == []  # a snapshot
    assert told(Walks(), "depth>3", declared=(DEPTH,)) == []
    assert told(Walks(), "depth>3;status==1", declared=(DEPTH,)) == [["status"]]


def test_each_path_of_a_tenant_is_told_once_an_hour() -> None:
    watch = Watch()
    walks = Walks(watch)
    assert told(walks, "depth>3") == [["depth"]]
    assert told(walks, "depth>4") == []
    assert told(walks, "depth>3;status==1") == [["status"]]
    assert told(walks, "depth>3", tenant=a_tenant(8)) == [["depth"]]
    watch.now_s = 3_600.0
    assert told(walks, "depth>3") == [["depth"]]


@pytest.mark.parametrize(
    ("q", "path"),
    [
        ('owner=="花子"', "owner"),
        ('address[it\'s]=="花子"', "'address[it'\"'\"'s]'"),
    ],
)
def test_the_advice_is_a_command_for_a_shell_and_no_value_is_told(q: str, path: str) -> None:
    wanted = EntityFilter(q=parse_query(q, core().expand))
    with capture_logs() as logged:
        Walks().note(a_tenant(), wanted, 1.0, reach=lambda: Reach.ALL, declared=())
    (line,) = logged
    assert line["advice"] == f"renkei index add --tenant t7 {path}"
    assert "花子" not in str(line)
