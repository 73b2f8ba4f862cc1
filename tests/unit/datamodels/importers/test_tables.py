from pathlib import Path

import pytest

from datamodels import UnreadableFile, model_named, read_csv
from datamodels.importers.tables import Table
from datamodels.model.rows import Refused, Taken
from joint_use import InvalidTerm

AED = model_named("AED")
TEXT = "ID,名称,住所\n1,①高松市役所,高松市番町\n2,髙松駅,高松市浜ノ町\n"


def a_file(folder: Path, content: bytes) -> Path:
    path = folder / "aed.csv"
    path.write_bytes(content)
    return path


def table_of(path: Path) -> Table:
    table = read_csv(path, AED, municipality="372013").table
    assert isinstance(table, Table)
    return table


def names(path: Path) -> list[str]:
    rows = read_csv(path, AED, municipality="372013").rows()
    return [str(row.entity["name"]) for row in rows if isinstance(row, Taken)]


@pytest.mark.parametrize(
    ("codec", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("cp932", "cp932"),
        ("utf-16", "utf-16"),
        ("utf-16-be", "utf-16"),
    ],
)
def test_every_encoding_gives_the_same_rows(tmp_path: Path, codec: str, found: str) -> None:
    mark = b"\xfe\xff" if codec == "utf-16-be" else b""
    path = a_file(tmp_path, mark + TEXT.encode(codec))
    assert table_of(path).encoding.name == found
    assert "①高松市役所" in names(path)[0]
    assert "髙松駅" in names(path)[1]


@pytest.mark.parametrize(("delimiter", "line_end"), [("\t", "\r\n"), (";", "\n"), (",", "\r")])
def test_delimiters_and_line_ends_are_found_out(
    tmp_path: Path, delimiter: str, line_end: str
) -> None:
    text = TEXT.replace(",", delimiter).replace("\n", line_end)
    path = a_file(tmp_path, text.encode())
    assert table_of(path).delimiter == delimiter
    assert len(names(path)) == 2


def test_titles_above_the_header_and_empty_lines_are_passed_over(tmp_path: Path) -> None:
    path = a_file(tmp_path, f"AED設置場所一覧,,\n令和8年4月1日現在,,\n\n{TEXT}\n,,\n".encode())
    reading = read_csv(path, AED, municipality="372013")
    assert table_of(path).header_line == 4
    assert [row.line for row in reading.rows()] == [5, 6]


def test_a_row_over_several_lines_is_named_by_its_first_one(tmp_path: Path) -> None:
    path = a_file(tmp_path, 'ID,名称\n1,"市役所\n本庁舎"\n2,駅\n3,a,b\n'.encode())
    rows = list(read_csv(path, AED, municipality="372013").rows())
    assert [row.line for row in rows] == [2, 4, 5]
    assert isinstance(rows[2], Refused)


def test_an_open_quotation_mark_is_reported_with_its_line(tmp_path: Path) -> None:
    body = "".join(f"{n},駅\n" for n in range(200_000))
    path = a_file(tmp_path, f'ID,名称\n1,"市役所\n{body}'.encode())
    reading = read_csv(path, AED, municipality="372013")
    with pytest.raises(UnreadableFile, match="Line 2 and what follows"):
        list(reading.rows())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty"),
        (b"ID,name\n1,\xff\xfe\x00", "Line 2 cannot be read"),
        (b"PK\x03\x04\x00\x00\x00", "not text"),
        ("色,形\n赤,丸\n".encode(), "No header row of AED"),
    ],
)
def test_what_is_no_table_of_the_model_is_refused(
    tmp_path: Path, content: bytes, words: str
) -> None:
    with pytest.raises(UnreadableFile, match=words):
        read_csv(a_file(tmp_path, content), AED, municipality="372013")


def test_a_file_without_municipality_asks_for_one(tmp_path: Path) -> None:
    path = a_file(tmp_path, TEXT.encode())
    with pytest.raises(UnreadableFile, match="--municipality 372013"):
        read_csv(path, AED)
    with pytest.raises(InvalidTerm):
        read_csv(path, AED, municipality="372019")


def test_a_wrong_byte_late_in_a_file_is_found_before_anything_is_read(tmp_path: Path) -> None:
    path = a_file(tmp_path, TEXT.encode() + b"3,\xe9\xab\n" * 2)
    with pytest.raises(UnreadableFile, match="Line 4 cannot be read"):
        read_csv(path, AED, municipality="372013")
