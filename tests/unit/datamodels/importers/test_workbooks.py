import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from datamodels import Choices, UnreadableFile, import_file, model_named, read_file
from datamodels.model.rows import Refused, Taken
from tests.unit.datamodels.memory import MemorySink

EVENT = model_named("Event")
HEADER = ["全国地方公共団体コード", "ID", "名称", "開始日", "開始時間", "料金_基本", "緯度", "経度"]


def a_book(folder: Path, *rows: list[object], title: str = "イベント") -> Path:
    """A workbook as departments make them: notes and a merged title above the header."""
    book = Workbook()
    notes = book.active
    assert notes is not None
    notes.title = "はじめに"
    notes.append(["このファイルについて"])
    sheet = book.create_sheet(title)
    sheet.append(["令和8年度 イベント一覧"])
    sheet.merge_cells("A1:H1")
    sheet.append([])
    sheet.append(HEADER)
    for row in rows:
        sheet.append(row)
    hidden = book.create_sheet("作業用")
    hidden.append(HEADER)
    hidden.sheet_state = "hidden"
    path = folder / "events.xlsx"
    book.save(path)
    return path


DAY = datetime.datetime(2026, 8, 12)  # noqa: DTZ001 — a workbook's dates have no zone
ROW: list[object] = [372013, 7, "花火大会", DAY, datetime.time(19, 30), 500.0, 34.3, 134.0]


def test_dates_times_and_numbers_come_as_people_see_them(tmp_path: Path) -> None:
    reading = read_file(a_book(tmp_path, ROW), EVENT)
    (row,) = reading.rows()
    assert isinstance(row, Taken)
    assert row.line == 4
    assert row.id == "urn:ngsi-ld:Event:372013:7"
    assert row.entity["startDate"] == {"type": "Property", "value": "2026-08-12"}
    assert row.entity["startTime"] == {"type": "Property", "value": "19:30"}
    assert row.entity["fee"] == {"type": "Property", "value": 500}


def test_the_sheet_with_the_header_is_found_and_told(tmp_path: Path) -> None:
    told = {name.en: value.ja for name, value in read_file(a_book(tmp_path, ROW), EVENT).table.told}
    assert told == {"format": "Excel", "sheet": "イベント（ほかは はじめに）", "header line": "3"}


def test_a_code_that_lost_its_zero_is_put_right(tmp_path: Path) -> None:
    reading = read_file(a_book(tmp_path, [11002, *ROW[1:6], 43.06, 141.35]), EVENT)
    (row,) = reading.rows()
    assert isinstance(row, Taken)
    assert row.id == "urn:ngsi-ld:Event:011002:7"
    assert any("011002" in one.taken.ja for one in row.assumptions)


def test_a_row_that_ends_early_has_blank_cells_and_one_that_is_too_long_is_refused(
    tmp_path: Path,
) -> None:
    short, long = ROW[:3], [*ROW, "はみ出し"]
    rows = list(read_file(a_book(tmp_path, short, long), EVENT).rows())
    assert isinstance(rows[0], Taken)
    assert isinstance(rows[1], Refused)


def test_a_sheet_can_be_chosen_by_name(tmp_path: Path) -> None:
    path = a_book(tmp_path, ROW)
    chosen = read_file(path, EVENT, choices=Choices(sheet="イベント"))
    assert len(list(chosen.rows())) == 1
    with pytest.raises(UnreadableFile, match="there are はじめに, イベント"):
        read_file(path, EVENT, choices=Choices(sheet="どこ"))
    with pytest.raises(UnreadableFile, match="No header row"):
        read_file(path, EVENT, choices=Choices(sheet="はじめに"))


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04 broken",
        bytes.fromhex("d0cf11e0a1b11ae1") + b"old excel",
    ],
)
def test_what_is_no_workbook_is_refused_with_what_would_be_right(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "events.xlsx"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=r"right is \.xlsx"):
        read_file(path, EVENT)


async def test_a_second_import_of_a_workbook_changes_nothing(tmp_path: Path) -> None:
    reading, sink = read_file(a_book(tmp_path, ROW), EVENT), MemorySink()
    first = await import_file(sink, EVENT, reading.rows(), governed=reading.governed)
    again = await import_file(sink, EVENT, reading.rows(), governed=reading.governed)
    assert (first.taken, again.unchanged) == (1, 1)
