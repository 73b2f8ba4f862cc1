import io
from pathlib import Path

from rich.console import Console

from datamodels import Language, import_file, model_named, read_csv
from renkei.commands.import_report import show_reading, show_report
from tests.unit.datamodels.memory import MemorySink


async def shown(folder: Path, text: str, language: Language) -> str:
    path = folder / "toilets.csv"
    path.write_text(text, encoding="utf-8")
    model = model_named("PublicToilet")
    reading = read_csv(path, model, municipality="372013")
    report = await import_file(MemorySink(), model, reading.rows(), governed=reading.governed)
    out = io.StringIO()
    console = Console(file=out, width=160)
    show_reading(console, reading, language)
    show_report(console, report, language)
    return out.getvalue()


async def test_a_report_names_line_column_text_reason_and_what_would_be_right(
    tmp_path: Path,
) -> None:
    text = "NO,名称,車椅子使用者用トイレ有無,男性トイレ総数,色\n1,駅前,有,約2,白\n2,港,有,2,青\n"
    lines = (await shown(tmp_path, text, "ja")).splitlines()
    (refusal,) = (line for line in lines if "数値ではありません" in line)
    assert [cell.strip() for cell in refusal.split("│")] == [
        "2", "男性トイレ総数", "約2", "数値ではありません",
        "数字だけにしてください（単位は個）",
    ]  # fmt: skip
    assert any("「有」を「あり」とした" in line and line.rstrip().endswith("1") for line in lines)
    assert any(line.startswith("色") and "取り込みません" in line for line in lines)
    assert any("ID の列がないため行番号の列から" in line for line in lines)
    assert lines[-1].strip() == "全行 2  新規 1  変更 0  変更なし 0  不採用 1"


async def test_a_report_can_be_read_in_english(tmp_path: Path) -> None:
    text = await shown(tmp_path, "ID,名称,男性トイレ総数\n1,駅前,many\n", "en")
    assert "it is not a number" in text
    assert "rows 1  taken 0  changed 0  unchanged 0  refused 1" in text


async def test_brackets_in_a_file_are_shown_as_they_are(tmp_path: Path) -> None:
    text = await shown(tmp_path, "ID,名称,男性トイレ総数,[/b]\n1,駅前,[/red]2,x\n", "ja")
    assert "[/red]2" in text
    assert "[/b]" in text
