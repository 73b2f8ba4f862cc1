import csv
import io
from pathlib import Path

import pytest
from openpyxl import load_workbook

from datamodels import DataModelError, Told, import_file, model_named, read_file, write_report
from datamodels.model.words import Language
from tests.unit.datamodels.memory import MemorySink

AED = model_named("AED")
TEXT = (
    "全国地方公共団体コード,ID,名称,緯度,経度,小児対応設備の有無\n"
    "372013,1,市役所,134.05,34.34,有\n"
    "372013,2,=HYPERLINK(),34.34,134.05,大\n"
    "372013,3,駅,34.34,134.05,有\n"
)


async def a_report(folder: Path, language: Language = "ja") -> Told:
    path = folder / "aed.csv"
    path.write_text(TEXT, "utf-8")
    reading = read_file(path, AED)
    report = await import_file(
        MemorySink(), AED, reading.rows(), governed=reading.governed, dry_run=True
    )
    return Told(model=AED, file=path.name, report=report, language=language)


async def test_a_department_reads_row_column_matter_and_what_would_be_right(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    write_report(await a_report(tmp_path), path)
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert ["全行", "3"] in rows
    assert ["不採用", "2"] in rows
    table = rows[rows.index([]) + 1 :]
    assert table[0] == ["行", "列", "内容", "区分", "説明", "正しくは", "件数"]
    assert table[1][:5] == ["2", "緯度", "134.05", "不採用", "緯度と経度が逆のようです"]
    kinds = {row[3] for row in table[1:]}
    assert kinds == {"不採用", "読み替え", "必須が空欄"}
    assert ["", "小児対応設備の有無", "", "読み替え", "「有」を「あり」とした", "", "1"] in table


async def test_the_same_report_as_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    write_report(await a_report(tmp_path), path)
    sheet = load_workbook(path).active
    assert sheet is not None
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert cells[0][:2] == ["ファイル", "aed.csv"]
    assert any(row[:2] == ["2", "緯度"] for row in cells)


async def test_the_same_report_as_a_page_in_either_language(tmp_path: Path) -> None:
    for language, title in (("ja", "取込結果"), ("en", "Report of an import")):
        path = tmp_path / f"{language}.html"
        write_report(await a_report(tmp_path, "ja" if language == "ja" else "en"), path)
        page = path.read_text("utf-8")
        assert f"<h1>{title}</h1>" in page
        assert f'<html lang="{language}">' in page


async def test_what_stands_in_a_cell_is_no_formula_and_no_markup(tmp_path: Path) -> None:
    source = tmp_path / "aed.csv"
    source.write_text("ID,名称,緯度\n1,駅,=1+1\n2,駅,<script>\n", "utf-8")
    reading = read_file(source, AED, municipality="372013")
    report = await import_file(MemorySink(), AED, reading.rows(), governed=reading.governed)
    told = Told(model=AED, file="<b>.csv", report=report, language="ja")
    write_report(told, tmp_path / "report.csv")
    assert ",'=1+1," in (tmp_path / "report.csv").read_text("utf-8-sig")
    write_report(told, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "<script>" not in page
    assert "&lt;b&gt;.csv" in page


async def test_a_report_of_another_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataModelError, match=r"right are \.csv, \.xlsx and \.html"):
        write_report(await a_report(tmp_path), tmp_path / "report.pdf")
