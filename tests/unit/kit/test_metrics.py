"""What workers count, and how it adds up."""

import os
from pathlib import Path

import pytest

from kit.metrics import MOST_SERIES, OTHER, SECONDS, counter, histogram
from kit.metrics.memory import SIZE, Description, Kind, Memory, Sample, read_all

REQUESTS = Description(Kind.COUNTER, "requests_total", "Requests.", ("house",))
WAITING = Description(Kind.GAUGE, "waiting", "Who waits.")


def add(memory: Memory, description: Description, amount: float, *labels: str) -> None:
    memory.place(description.key, 0)
    memory.cells[memory.place(description.series_key(labels), 1)] += amount


def found(samples: object, name: str) -> dict[tuple[str, ...], list[float]]:
    assert isinstance(samples, list)
    [one] = [sample for sample in samples if sample.description.name == name]
    assert isinstance(one, Sample)
    return one.values


def test_what_several_workers_count_adds_up(tmp_path: Path) -> None:
    one, other = Memory.open(tmp_path), Memory.open(tmp_path)
    assert (one.number, other.number) == (0, 1)
    add(one, REQUESTS, 3, "broker")
    add(other, REQUESTS, 4, "broker")
    add(other, REQUESTS, 5, "joint_use")
    expected = {("broker",): [7.0], ("joint_use",): [5.0]}
    assert found(read_all(one, tmp_path), "requests_total") == expected
    assert found(read_all(other, tmp_path), "requests_total") == expected


def test_a_worker_goes_on_where_a_dead_one_stopped_and_its_gauges_are_forgotten(
    tmp_path: Path,
) -> None:
    dead, alive = Memory.open(tmp_path), Memory.open(tmp_path)
    add(dead, REQUESTS, 3, "broker")
    add(dead, WAITING, 9)
    add(alive, WAITING, 1)
    dead.close()
    assert found(read_all(alive, tmp_path), "waiting") == {(): [1.0]}
    assert found(read_all(alive, tmp_path), "requests_total") == {("broker",): [3.0]}
    successor = Memory.open(tmp_path)
    assert successor.number == 0
    add(successor, REQUESTS, 1, "broker")
    assert found(read_all(alive, tmp_path), "requests_total") == {("broker",): [4.0]}
    assert found(read_all(alive, tmp_path), "waiting") == {(): [1.0]}


def test_a_file_that_holds_something_else_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "0.metrics").write_bytes(os.urandom(SIZE))
    memory = Memory.open(tmp_path)
    add(memory, REQUESTS, 1, "broker")
    assert found(read_all(memory, tmp_path), "requests_total") == {("broker",): [1.0]}


def test_a_torn_file_of_another_worker_does_no_harm(tmp_path: Path) -> None:
    memory = Memory.open(tmp_path)
    add(memory, REQUESTS, 1, "broker")
    for name, content in (("1", b""), ("2", b"12345"), ("3", memory.content()[:-9])):
        (tmp_path / f"{name}.metrics").write_bytes(content)
    assert found(read_all(memory, tmp_path), "requests_total") == {("broker",): [1.0]}


def test_what_finds_no_room_is_not_counted_and_stops_nobody() -> None:
    memory = Memory()
    for number in range(SIZE // 40):
        add(memory, REQUESTS, 1, str(number))
    counted = found(read_all(memory, None), "requests_total")
    assert 1_000 < len(counted) < SIZE // 40
    assert set(map(tuple, counted.values())) == {(1.0,)}


def test_the_labels_of_a_metric_are_bounded() -> None:
    many = counter("test_many_total", "Many.", "what")
    for number in range(MOST_SERIES + 10):
        many.of(str(number)).add()
    assert many.of("yet another") is many.of(OTHER)


def test_a_series_has_as_many_labels_as_its_metric() -> None:
    metric = counter("test_labels_total", "Labels.", "one", "two")
    with pytest.raises(ValueError, match="has labels"):
        metric.of("one")


def test_a_histogram_counts_each_value_under_its_bound() -> None:
    took = histogram("test_seconds", "Seconds.")
    took.of().observe(0.001)
    took.of().observe(0.0011)
    took.of().observe(1_000)
    memory = Memory()
    memory.place(took.description.key, 0)
    took.of().move(memory)
    [values] = found(read_all(memory, None), "test_seconds").values()
    assert values[SECONDS.index(0.001)] == 1
    assert values[SECONDS.index(0.0025)] == 1
    assert values[len(SECONDS)] == 1
    assert values[-1] == pytest.approx(1_000.0021)
