from pathlib import Path

import pytest

from datamodels import UnreadableFile, built_in, open_registry, read_file, scaffold
from datamodels.model.model import Kind
from datamodels.model.rows import Taken

HEADER = "ID,名称,緯度,経度,水質,調査日,深さ(m),wellCode,URL,メモ\n"
ROWS = "".join(
    f"{n},井戸{n},34.3,134.0,{'良好' if n % 2 else '不良'},2026/4/{n + 1},{n}.5,W-{n},"
    f"https://www.example.jp/{n},メモ{n}\n"
    for n in range(20)
)


def drafted(folder: Path, content: str) -> str:
    path = folder / "wells.csv"
    path.write_bytes(content.encode("cp932"))
    return scaffold(path, "Well", built_in())


def test_a_draft_is_a_model_that_reads_the_file_it_was_made_of(tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    (models / "well.toml").write_text(drafted(tmp_path, "井戸の台帳\n" + HEADER + ROWS), "utf-8")
    model = open_registry(models).named("Well")
    kinds = {column.ja: column.kind for column in model.columns}
    assert kinds == {
        "ID": Kind.CODE,
        "名称": Kind.TEXT,
        "緯度": Kind.LATITUDE,
        "経度": Kind.LONGITUDE,
        "水質": Kind.CHOICE,
        "調査日": Kind.DATE,
        "深さ(m)": Kind.NUMBER,
        "wellCode": Kind.CODE,
        "URL": Kind.URI,
        "メモ": Kind.TEXT,
    }
    quality = model.column("column5")
    assert quality is not None
    assert quality.vocabulary is not None
    assert quality.vocabulary.values == ("不良", "良好")
    rows = list(read_file(tmp_path / "wells.csv", model).rows())
    assert len(rows) == 20
    assert all(isinstance(row, Taken) for row in rows)


def test_headers_that_other_models_know_keep_their_names(tmp_path: Path) -> None:
    text = drafted(tmp_path, HEADER + ROWS)
    assert 'ja = "緯度", en = "latitude", kind = "latitude", attribute = "location"' in text
    assert 'ja = "wellCode", en = "wellCode"' in text
    assert 'key = ["identifier"]' in text


def test_a_file_without_a_table_is_no_draft(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="no header row"):
        drafted(tmp_path, "ただの文章\n")
