"""The generator against a server of its own that answers as each test tells it to."""

import pytest

from loadtests.generator import Load, Plan
from loadtests.shelters import Shelters
from loadtests.wire import Target
from loadtests.workloads import Create, Get
from tests.unit.loadtests.servers import (
    AWAY,
    AWAY_MUTELY,
    BROKEN,
    CREATED,
    FAILED,
    OK,
    a_server,
)

ENTITIES = Shelters(run="unit")


async def test_it_sends_as_many_requests_as_planned_and_every_answer_counts() -> None:
    async with a_server(lambda _: OK) as target:
        plan = Plan(connections=4, requests=50)
        figures = await Load(Get(target, ENTITIES, 10), target, plan).run("get")
    assert (figures.requests, figures.errors) == (50, 0)
    assert figures.bytes_per_answer == len(OK)
    latency = figures.latency
    assert 0 < latency.p50_ms <= latency.p95_ms <= latency.p99_ms <= latency.max_ms


async def test_every_acknowledged_number_is_told_once() -> None:
    acknowledged: list[int] = []
    async with a_server(lambda count: FAILED if count % 5 == 0 else CREATED) as target:
        creations = Create(target, ENTITIES, acknowledged=acknowledged.append)
        figures = await Load(creations, target, Plan(connections=3, requests=40)).run("create")
    assert len(acknowledged) == len(set(acknowledged)) == figures.requests == 32
    assert figures.refusals == {"500": 8}
    assert creations.next == 40


@pytest.mark.parametrize(("away", "with_retry_after"), [(AWAY, 10), (AWAY_MUTELY, 0)])
async def test_503_is_counted_apart_from_503_that_says_when_to_come_back(
    away: bytes, with_retry_after: int
) -> None:
    async with a_server(lambda count: away if count % 2 else OK) as target:
        plan = Plan(connections=1, requests=20, pause_s=0.001)
        figures = await Load(Get(target, ENTITIES, 10), target, plan).run("get")
    assert (figures.requests, figures.refusals) == (10, {"503": 10})
    assert figures.unavailable_with_retry_after == with_retry_after


async def test_it_goes_on_after_connections_that_break() -> None:
    async with a_server(lambda count: BROKEN if count % 10 == 0 else OK) as target:
        plan = Plan(connections=2, requests=60, pause_s=0.001)
        figures = await Load(Get(target, ENTITIES, 10), target, plan).run("get")
    assert (figures.requests, figures.lost) == (54, 6)


async def test_a_server_that_closes_politely_loses_nothing() -> None:
    polite = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    async with a_server(lambda _: polite) as target:
        figures = await Load(
            Get(target, ENTITIES, 10), target, Plan(connections=2, requests=20)
        ).run("get")
    assert (figures.requests, figures.errors) == (20, 0)


async def test_an_answer_that_never_comes_counts_as_lost() -> None:
    async with a_server(lambda count: None if count == 1 else OK) as target:
        plan = Plan(connections=1, requests=3, pause_s=0.001, timeout_s=0.05)
        figures = await Load(Get(target, ENTITIES, 10), target, plan).run("get")
    assert (figures.requests, figures.lost) == (2, 1)


async def test_what_is_no_http_counts_as_lost() -> None:
    async with a_server(lambda count: b"nonsense\r\n\r\n" if count == 1 else OK) as target:
        plan = Plan(connections=1, requests=3, pause_s=0.001)
        figures = await Load(Get(target, ENTITIES, 10), target, plan).run("get")
    assert (figures.requests, figures.lost) == (2, 1)


async def test_a_server_that_is_away_is_tried_until_the_seconds_are_over(free_port: int) -> None:
    target = Target(url=f"http://127.0.0.1:{free_port}/ngsi-ld/v1")
    plan = Plan(connections=2, seconds=0.05, pause_s=0.01)
    figures = await Load(Get(target, ENTITIES, 10), target, plan).run("get")
    assert figures.requests == 0
    assert figures.unreachable >= 2


async def test_warming_up_is_not_measured() -> None:
    async with a_server(lambda count: FAILED if count == 1 else OK) as target:
        creations = Get(target, ENTITIES, 10)
        plan = Plan(connections=1, warmup_s=0.05, requests=5)
        figures = await Load(creations, target, plan).run("get")
    assert (figures.requests, figures.refusals) == (5, {})
