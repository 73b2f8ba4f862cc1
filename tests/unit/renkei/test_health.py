"""What /health/ready says to whoever is called at night."""

import asyncio
from collections.abc import Mapping
from typing import cast

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from kit import tasks
from kit.errors import RenkeiError
from renkei import health
from renkei.health import Health


class Parts:
    """Parts that are there or not."""

    def __init__(self) -> None:
        self.away: dict[str, str] = {}

    async def _look(self, part: str) -> None:
        if part in self.away:
            raise RenkeiError(self.away[part])

    async def database(self) -> None:
        await self._look("database")

    async def listener(self) -> None:
        await self._look("listener")

    async def east(self) -> None:
        await self._look("east")


async def facts() -> Mapping[str, str]:
    return {"version": "1"}


@pytest.fixture(autouse=True)
def nothing_crashed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tasks that other tests of this process have crash on purpose be no news here."""
    monkeypatch.setattr(tasks, "_CRASHES", {})


@pytest.fixture
def parts() -> Parts:
    return Parts()


@pytest.fixture
def asked(parts: Parts) -> TestClient:
    told = Health(
        checks={"control database": parts.database, "listener": parts.listener},
        facts=facts,
        partial={"server east": parts.east},
    )
    return TestClient(Starlette(routes=told.routes()))


def test_what_is_missing_is_named_with_reason_and_since_when(
    asked: TestClient, parts: Parts
) -> None:
    assert asked.get("/health/ready").json() == {"status": "ready", "version": "1"}
    parts.away = {"database": "It does not answer", "east": "likewise"}
    first = asked.get("/health/ready")
    assert (first.status_code, first.headers["Retry-After"]) == (503, "1")
    assert first.headers["Cache-Control"] == "no-store"
    assert first.json()["missing"] == {"control database": "It does not answer"}
    assert list(first.json()["since"]) == ["control database"]
    parts.away["listener"] = "It hears nothing"
    second = asked.get("/health/ready").json()
    assert list(second["missing"]) == ["control database", "listener"]
    assert second["since"]["control database"] == first.json()["since"]["control database"]
    assert asked.get("/health/live").status_code == 200
    parts.away = {"east": "It is away"}
    assert asked.get("/health/ready").json() == {
        "status": "ready",
        "away": {"server east": "It is away"},
        "version": "1",
    }


def test_what_hangs_is_missing_and_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_CHECK_S", 0.05)

    async def hang() -> None:
        await asyncio.sleep(3600)

    told = Health(checks={"control database": hang}, facts=facts)
    answer = TestClient(Starlette(routes=told.routes())).get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["missing"] == {"control database": "No answer within 0.05 s"}


def test_tasks_that_crash_again_and_again_are_told(
    asked: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "_CRASHES", {})
    runs = 0

    async def keep() -> None:
        nonlocal runs
        runs += 1
        if runs < 3:
            raise KeyError("secret words")

    async def no_sleep(_: float) -> None:
        return

    asyncio.run(tasks.supervise("made entries", keep, sleep=no_sleep))
    answer = asked.get("/health/ready")
    assert answer.status_code == 200
    said = cast(str, answer.json()["ailing"]["made entries"])
    assert said.startswith("crashed 2 times in a row, 0 s ago (KeyError)")
    assert "secret" not in said
    crash = tasks._CRASHES["made entries"]
    tasks._CRASHES["made entries"] = tasks._Crash(crash.at_s - 61, crash.count, crash.error)
    assert "ailing" not in asked.get("/health/ready").json()
