from pathlib import Path

import pytest

from loadtests.circumstances import facts
from loadtests.options import read
from loadtests.peak import run
from loadtests.shelters import Shelters
from tests.unit.loadtests.servers import CREATED, FAILED, OK, a_server

BRIEFLY = ("--warmup", "0.01", "--connections", "2")


async def test_every_acknowledged_id_is_logged_warming_up_too(tmp_path: Path) -> None:
    log = tmp_path / "acknowledged"
    async with a_server(lambda _: CREATED) as target:
        said = ("--scenarios", "create", "--requests", "10", "--run", "r", "--ack-log", str(log))
        report = await run(read(["--url", target.url, *BRIEFLY, *said]))
    ids = log.read_text().splitlines()
    assert [figures.requests for figures in report.figures] == [10]
    assert len(ids) >= 10
    assert set(ids) == {Shelters(run="r").entity_id(number) for number in range(len(ids))}


async def test_entities_to_read_are_made_before_and_not_counted() -> None:
    health = 1  # what it says of itself is asked first
    async with a_server(lambda count: CREATED if count <= health + 5 else OK) as target:
        said = ("--scenarios", "get", "--requests", "7", "--entities", "5")
        report = await run(read(["--url", target.url, *BRIEFLY, *said]))
    assert [(one.scenario, one.requests, one.errors) for one in report.figures] == [("get", 7, 0)]


async def test_reading_entities_that_cannot_be_made_is_refused() -> None:
    async with a_server(lambda _: FAILED) as target:
        said = ("--scenarios", "get", "--requests", "7", "--entities", "5")
        with pytest.raises(ValueError, match="5 of 5 entities to read cannot be created"):
            await run(read(["--url", target.url, *BRIEFLY, *said]))


async def test_entities_that_are_there_from_before_are_not_made_again() -> None:
    async with a_server(lambda _: OK) as target:
        said = ("--scenarios", "get,query", "--requests", "3", "--run", "r", "--made")
        report = await run(read(["--url", target.url, *BRIEFLY, *said]))
    assert [(one.scenario, one.requests, one.errors) for one in report.figures] == [
        ("get", 3, 0),
        ("query", 3, 0),
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [(b'{"status":"ready"}', {"status": "ready"}), (b"hello", {}), (b"[]", {})],
)
async def test_what_a_broker_says_of_itself_is_reported(
    body: bytes, expected: dict[str, str]
) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    async with a_server(lambda _: answer) as target:
        assert await facts(target) == expected


async def test_a_broker_that_is_not_there_is_said_at_once(free_port: int) -> None:
    url = f"http://127.0.0.1:{free_port}/ngsi-ld/v1"
    with pytest.raises(ValueError, match="does not answer: start a broker there"):
        await run(read(["--url", url]))
