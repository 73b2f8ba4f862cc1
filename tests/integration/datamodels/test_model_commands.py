"""`renkei model`, and `renkei import` with a mapping, a workbook and a report."""

from pathlib import Path

import pytest
from openpyxl import Workbook
from typer.testing import CliRunner

from renkei.cli import assemble
from tests.platforms import Client

WIDE = {"COLUMNS": "200"}


def run(*words: str, fails: bool = False) -> str:
    answer = CliRunner().invoke(assemble(words[0]), list(words), env=WIDE)
    assert (answer.exit_code != 0) is fails, answer.output
    return answer.output


def test_models_are_listed_shown_and_checked() -> None:
    listed = run("model", "list")
    assert "EvacuationShelter" in listed
    assert "指定避難所" in listed
    assert "AED" not in run("model", "list", "--field", "金融")
    shown = run("model", "show", "aed")
    assert "小児対応設備の有無" in shown
    assert "0 wrong" in run("model", "check")
    assert "does not exist" in run("model", "show", "Volcano", "--lang", "en", fails=True)


def test_a_new_version_is_compared_and_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "wells.csv"
    source.write_text("ID,名称,深さ\n1,井戸,3.5\n", "utf-8")
    folder = tmp_path / "models"
    folder.mkdir()
    run("model", "new", "Well", str(source), "-o", str(folder / "one.toml"))
    drafted = (folder / "one.toml").read_text("utf-8")
    changed = drafted.replace('kind = "number"', 'kind = "text"').replace("0.1.0", "0.1.1")
    (folder / "two.toml").write_text(changed, "utf-8")
    monkeypatch.setenv("RENKEI_DATAMODELS__FOLDER", str(folder))
    assert "breaking" in run("model", "diff", "Well", "0.1.0")
    assert "Well@0.1.1: the version says too little" in run("model", "check", fails=True)
    assert "exists already" in run("model", "new", "AED", str(source), "--lang", "en", fails=True)


def test_a_workbook_imports_with_a_mapping_and_a_report(client: Client, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["ため池台帳"])
    sheet.append(["番号", "池の名", "緯度", "経度"])
    sheet.append([1, "新池", 34.3, 134.0])
    sheet.append([2, "古池", 134.0, 34.3])
    file, mapping, report = (str(tmp_path / name) for name in ("p.xlsx", "m.toml", "r.html"))
    book.save(file)
    Path(mapping).write_text('[columns]\n"池の名" = "name"\n', "utf-8")
    asked = [
        "import", file, "--model", "IrrigationPond", "--tenant", client.tenant,
        "--url", client.url, "--municipality", "372013", "--mapping", mapping, "--lang", "en",
    ]  # fmt: skip
    run(*asked, "--write-mapping", str(tmp_path / "again.toml"))
    assert '"池の名" = "name"' in (tmp_path / "again.toml").read_text("utf-8")
    told = run(*asked, "--report", report)
    assert "rows 2  taken 1  changed 0  unchanged 0  refused 1" in told
    assert "seem swapped" in Path(report).read_text("utf-8")
