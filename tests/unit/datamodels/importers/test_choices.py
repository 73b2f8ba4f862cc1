from pathlib import Path

import pytest

from datamodels import UnreadableFile, model_named, read_choices, read_file, write_choices
from datamodels.model.rows import Taken

POND = model_named("IrrigationPond")
TEXT = "ID,名称,場所,備考\n5,新池,屋島東町,古い\n"


def a_file(folder: Path, content: str = TEXT) -> Path:
    path = folder / "ponds.csv"
    path.write_text(content, "utf-8")
    return path


def test_what_was_found_can_be_written_adjusted_and_read_again(tmp_path: Path) -> None:
    path, mapping = a_file(tmp_path), tmp_path / "mapping.toml"
    found = read_file(path, POND, municipality="372013")
    assert found.table.mapping.not_taken == ("場所", "備考")
    written = write_choices(found.table, POND)
    assert '"場所" = ""' in written
    assert "fullAddress  所在地_連結表記" in written
    mapping.write_text(written.replace('"場所" = ""', '"場所" = "fullAddress"'), "utf-8")
    adjusted = read_file(path, POND, municipality="372013", choices=read_choices(mapping))
    assert adjusted.table.mapping.not_taken == ("備考",)
    (row,) = adjusted.rows()
    assert isinstance(row, Taken)
    assert row.entity["fullAddress"] == {"type": "Property", "value": "屋島東町"}


def test_a_column_can_be_left_out_and_named_in_japanese(tmp_path: Path) -> None:
    path, mapping = a_file(tmp_path, TEXT.replace("ID", "コード")), tmp_path / "mapping.toml"
    mapping.write_text('[columns]\n"コード" = "ID"\n"場所" = ""\n', "utf-8")
    reading = read_file(path, POND, municipality="372013", choices=read_choices(mapping))
    assert [row.id for row in reading.rows() if isinstance(row, Taken)] == [
        "urn:ngsi-ld:IrrigationPond:372013:5"
    ]


def test_the_header_line_can_be_said(tmp_path: Path) -> None:
    path, mapping = a_file(tmp_path, f"ID,名称\n{TEXT}"), tmp_path / "mapping.toml"
    mapping.write_text("header_line = 2\n", "utf-8")
    reading = read_file(path, POND, municipality="372013", choices=read_choices(mapping))
    assert [row.line for row in reading.rows()] == [3]


@pytest.mark.parametrize("content", ["[columns", "colour = 3", "[columns]\nx = 3", b"\xff\xff"])
def test_a_mapping_that_cannot_be_read_is_refused(tmp_path: Path, content: str | bytes) -> None:
    path = tmp_path / "mapping.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UnreadableFile, match="cannot be read"):
        read_choices(path)


def test_a_column_that_the_model_does_not_have_is_refused(tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.toml"
    mapping.write_text('[columns]\n"場所" = "colour"\n', "utf-8")
    with pytest.raises(UnreadableFile, match="none of IrrigationPond"):
        read_file(a_file(tmp_path), POND, municipality="372013", choices=read_choices(mapping))
