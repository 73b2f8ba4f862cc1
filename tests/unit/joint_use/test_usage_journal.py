import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joint_use.store.usage_journal import (
    NAMES,
    SLOT,
    Answered,
    Journal,
    Reader,
    Segment,
    left_behind,
)

SERVICES = st.text(st.characters(codec="utf-8"), max_size=40)
ANSWERED = st.builds(
    Answered,
    st.integers(0, 2**32 - 1),
    st.integers(1, 2**31 - 1),
    SERVICES,
    st.integers(1, 9),
    st.integers(1, 5),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**63 - 1),
    st.integers(0, 1),
)


def an_answer(number: int = 0, service: str = "anyone") -> Answered:
    return Answered(1_790_000_000 + number, 7, service, 1, 2, 10, number, 0)


@pytest.fixture
def segment(tmp_path: Path) -> Iterator[Segment]:
    opened = Segment(tmp_path, NAMES + 64 * SLOT)
    yield opened
    opened.close()


@given(st.lists(ANSWERED, max_size=30), st.integers(1, 7))
def test_what_is_noted_is_read_back_in_parts_and_in_order(noted: list[Answered], part: int) -> None:
    with_room = Segment(Path(os.devnull), NAMES + 4_096 * SLOT)  # no folder: in memory alone
    try:
        assert all(with_room.add(*one) for one in noted)
        reader, found = Reader(with_room.content), []
        while some := reader.read(with_room.position, part):
            found += some
        assert found == noted
    finally:
        with_room.close()


@given(st.lists(ANSWERED, min_size=1, max_size=20), st.data())
def test_reading_goes_on_from_any_record(noted: list[Answered], data: st.DataObject) -> None:
    with_room = Segment(Path(os.devnull), NAMES + 4_096 * SLOT)
    try:
        for one in noted:
            with_room.add(*one)
        read = data.draw(st.integers(0, len(noted)))
        first = Reader(with_room.content)
        first.read(with_room.position, read)
        later = Reader(with_room.content, first.position)
        assert later.read(with_room.position, 100) == noted[read:]
    finally:
        with_room.close()


@given(st.integers(0, SLOT - 1))
def test_a_record_that_was_not_written_wholly_is_not_read(missing_from: int) -> None:
    with_room = Segment(Path(os.devnull), NAMES + 64 * SLOT)
    try:
        with_room.add(*an_answer(1))
        end = with_room.position
        with_room.add(*an_answer(2))
        torn = bytes(with_room.content[: end + missing_from]).ljust(NAMES + 64 * SLOT, b"\0")
        assert Reader(torn).read(len(torn), 100) == [an_answer(1)]
    finally:
        with_room.close()


def test_a_full_file_takes_no_more_and_the_next_one_knows_names_anew(tmp_path: Path) -> None:
    journal = Journal(tmp_path, NAMES + 4 * SLOT)
    for number in range(5):
        journal.add(*an_answer(number, "observer"))
    assert len(journal.segments) == 2
    found = [
        one
        for segment in journal.segments
        for one in Reader(segment.content).read(segment.position, 100)
    ]
    assert found == [an_answer(number, "observer") for number in range(5)]
    journal.close()


def test_a_process_that_lives_keeps_its_journal_to_itself(tmp_path: Path, segment: Segment) -> None:
    segment.add(*an_answer(1))
    with left_behind(tmp_path, ()) as found:
        assert found == []


def test_what_a_process_left_behind_can_be_taken_by_one_other_alone(tmp_path: Path) -> None:
    segment = Segment(tmp_path, NAMES + 8 * SLOT)
    segment.add(*an_answer(1))
    segment.close()
    with left_behind(tmp_path, ()) as found, left_behind(tmp_path, ()) as again:
        [(path, content)] = found
        assert Reader(content).read(len(content), 10) == [an_answer(1)]
        assert again == []
    assert path.exists()


def test_where_no_file_can_be_made_counting_goes_on_in_memory(tmp_path: Path) -> None:
    (tmp_path / "usage").write_text("a file where a folder should be")
    journal = Journal(tmp_path / "usage", NAMES + 8 * SLOT)
    journal.add(*an_answer(1))
    [segment] = journal.segments
    assert segment.path is None
    assert Reader(segment.content).read(segment.position, 10) == [an_answer(1)]
    journal.done(segment)


def test_a_file_that_is_counted_is_gone(tmp_path: Path) -> None:
    journal = Journal(tmp_path, NAMES + 8 * SLOT)
    journal.add(*an_answer(1))
    journal.segments[0].sync()
    journal.done(journal.segments[0])
    assert list(tmp_path.iterdir()) == []
