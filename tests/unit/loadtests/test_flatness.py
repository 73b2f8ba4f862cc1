"""Cost over size: told as a ratio, drawn as curves."""

from pathlib import Path

import pytest

from loadtests.flatness import Among, Point, as_text, draw
from loadtests.shelters import Shelters
from loadtests.wire import Target
from loadtests.workloads import Get

OPERATIONS = ("create", "patch", "get", "query")


def points(*costs: tuple[int, float]) -> list[Point]:
    return [
        Point(
            along="entities",
            size=size,
            operation=operation,
            per_second=1_000.0,
            p99_ms=5.0,
            cpu_us=cpu_us,
        )
        for size, cpu_us in costs
        for operation in OPERATIONS
    ]


def test_the_last_size_is_held_against_the_first() -> None:
    told = as_text(points((1_000, 200.0), (10_000, 900.0), (1_000_000, 250.0))).splitlines()
    assert len(told) == len(OPERATIONS)
    assert " ".join(told[0].split()) == "create 1,000 → 1,000,000 entities 200 → 250 µs: 1.25 ×"


def test_requests_are_spread_over_all_tenants() -> None:
    shelters = Shelters(run="a")
    targets = [Target(url="http://127.0.0.1:1", tenant=name) for name in ("one", "two")]
    among = Among([Get(target, shelters, 5) for target in targets])
    taken = {among.take()[1].split(b"NGSILD-Tenant: ")[1].split(b"\r")[0] for _ in range(200)}
    assert taken == {b"one", b"two"}


@pytest.mark.filterwarnings("default")  # matplotlib looks for its fonts on first use
def test_the_same_points_make_the_same_picture(tmp_path: Path) -> None:
    drawn = [tmp_path / "one.svg", tmp_path / "two.svg"]
    for file in drawn:
        draw(points((1_000, 200.0), (10_000, 210.0)), file)
    first, second = (file.read_text() for file in drawn)
    assert first == second
    assert all(operation in first for operation in OPERATIONS)
