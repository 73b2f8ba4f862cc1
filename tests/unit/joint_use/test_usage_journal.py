import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joint_use.store.usage_journal import (
    NAMES,
    SLOT,
    Answered,
    CountedBy,
    Journal,
    Reader,
    Segment,
    left_behind,
)

SERVICES = st.text(st.characters(codec="utf-8"), max_size=40)
COUNTED_BY = st.builds(
    CountedBy,
    st.integers(0, 2**32 - 1),
    st.integers(1, 2**31 - 1),
    SERVICES,
    st.integers(1, 9),
    st.integers(1, 5),
    st.integers(0, 2**63 - 1),
)
REQUESTS = st.tuples(COUNTED_BY, st.integers(0, 2**40), st.integers(0, 2**32))
ROOM = NAMES + 4_096 * SLOT


def a_slot(number: int = 0, service: str = "anyone") -> CountedBy:
    return CountedBy(1_790_000_000 + number, 7, service, 1, 2)


def note(journal: Journal, by: CountedBy, bytes_in: int = 0, bytes_out: int = 0) -> None:
    if not journal.count(by, bytes_in, bytes_out):
        journal.open(by, by)
        assert journal.count(by, bytes_in, bytes_out)


def noted(journal: Journal) -> list[Answered]:
    return [
        one
        for segment in journal.segments
        for one in Reader(segment.content).read(segment.position, 10_000)
    ]


def summed(requests: Sequence[tuple[CountedBy, int, int]]) -> list[Answered]:
    sums: dict[CountedBy, list[int]] = {}
    for by, bytes_in, bytes_out in requests:
        amounts = sums.setdefault(by, [0, 0, 0])
        for place, more in enumerate((1, bytes_in, bytes_out)):
            amounts[place] += more
    return [Answered(by, *amounts) for by, amounts in sums.items()]


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal(tmp_path, NAMES + 64 * SLOT)
    yield opened
    opened.close()


@pytest.fixture
def in_memory() -> Iterator[Journal]:
    opened = Journal(Path(os.devnull), ROOM)  # no folder: in memory alone
    yield opened
    opened.close()


@given(st.lists(REQUESTS, max_size=30), st.integers(1, 7))
def test_what_is_noted_is_read_back_in_parts(
    requests: list[tuple[CountedBy, int, int]], part: int
) -> None:
    journal = Journal(Path(os.devnull), ROOM)
    try:
        for one in requests:
            note(journal, *one)
        found: list[Answered] = []
        for segment in journal.segments:
            reader = Reader(segment.content)
            while some := reader.read(segment.position, part):
                found += some
        assert found == summed(requests)
    finally:
        journal.close()


@given(st.lists(COUNTED_BY, min_size=1, max_size=20, unique=True), st.data())
def test_reading_goes_on_from_any_slot(slots: list[CountedBy], data: st.DataObject) -> None:
    journal = Journal(Path(os.devnull), ROOM)
    try:
        for by in slots:
            note(journal, by)
        [segment] = journal.segments
        read = data.draw(st.integers(0, len(slots)))
        first = Reader(segment.content)
        first.read(segment.position, read)
        later = Reader(segment.content, first.position)
        assert [one.by for one in later.read(segment.position, 100)] == slots[read:]
    finally:
        journal.close()


def test_what_is_sealed_changes_no_more(in_memory: Journal) -> None:
    note(in_memory, a_slot(), 3, 5)
    in_memory.seal()
    [segment] = in_memory.segments
    sealed = segment.sealed
    before = bytes(segment.content[:sealed])
    note(in_memory, a_slot(), 3, 5)
    assert bytes(segment.content[NAMES:sealed]) == before[NAMES:]
    assert segment.sealed == sealed < segment.position
    assert noted(in_memory) == [Answered(a_slot(), 1, 3, 5)] * 2


def test_a_slot_in_which_nothing_was_counted_is_not_read(in_memory: Journal) -> None:
    """A kill may come before the first request of a slot is counted."""
    note(in_memory, a_slot(1))
    in_memory.open("nobody", a_slot(2))
    assert [one.by for one in noted(in_memory)] == [a_slot(1)]


def test_as_many_requests_as_a_byte_holds_are_read_too(in_memory: Journal) -> None:
    for _ in range(256):
        note(in_memory, a_slot())
    assert [one.requests for one in noted(in_memory)] == [256]


def test_more_bytes_than_a_slot_holds_go_to_another(in_memory: Journal) -> None:
    for _ in range(5):
        note(in_memory, a_slot(), bytes_out=2**37)
    assert sum(one.requests for one in noted(in_memory)) == 5
    assert sum(one.bytes_out for one in noted(in_memory)) == 5 * 2**37


def test_a_full_file_takes_no_more_and_the_next_one_knows_names_anew(tmp_path: Path) -> None:
    journal = Journal(tmp_path, NAMES + 4 * SLOT)
    for number in range(5):
        note(journal, a_slot(number, "observer"))
    first, _ = journal.segments
    assert first.sealed == first.position
    assert [one.by for one in noted(journal)] == [a_slot(n, "observer") for n in range(5)]
    journal.close()


def test_a_process_that_lives_keeps_its_journal_to_itself(tmp_path: Path, journal: Journal) -> None:
    note(journal, a_slot())
    with left_behind(tmp_path, ()) as found:
        assert found == []


def test_what_a_process_left_behind_can_be_taken_by_one_other_alone(
    tmp_path: Path, journal: Journal
) -> None:
    note(journal, a_slot())
    journal.close()
    with left_behind(tmp_path, ()) as found, left_behind(tmp_path, ()) as again:
        [(path, content)] = found
        assert [one.by for one in Reader(content).read(len(content), 10)] == [a_slot()]
        assert again == []
    assert path.exists()


def test_where_no_file_can_be_made_counting_goes_on_in_memory(tmp_path: Path) -> None:
    (tmp_path / "usage").write_text("a file where a folder should be")
    journal = Journal(tmp_path / "usage", NAMES + 8 * SLOT)
    note(journal, a_slot())
    [segment] = journal.segments
    assert segment.path is None
    assert [one.by for one in noted(journal)] == [a_slot()]
    journal.done(segment)


def test_a_file_that_is_counted_is_gone_and_the_next_request_begins_another(
    tmp_path: Path, journal: Journal
) -> None:
    note(journal, a_slot())
    journal.segments[0].sync()
    journal.done(journal.segments[0])
    assert list(tmp_path.iterdir()) == []
    note(journal, a_slot())
    assert [one.requests for one in noted(journal)] == [1]


def test_names_that_fill_their_room_begin_another_file(in_memory: Journal) -> None:
    for number in range(200):
        note(in_memory, a_slot(number, f"{number:03}" + "長" * 80))
    assert len(in_memory.segments) > 1
    assert [one.by.at_s for one in noted(in_memory)] == [a_slot(n).at_s for n in range(200)]


def test_a_segment_is_no_file_of_nobodys(tmp_path: Path) -> None:
    segment = Segment(tmp_path, NAMES + SLOT)
    assert segment.open(a_slot(1)) is not None
    assert segment.open(a_slot(2)) is None
    segment.remove()
    assert list(tmp_path.iterdir()) == []
