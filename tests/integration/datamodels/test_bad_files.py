"""Files as bad as they come end in a report or in a sentence, never in a traceback."""

import random
import zipfile
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from renkei.cli import assemble
from tests.platforms import Client

HEADER = "全国地方公共団体コード,ID,名称,住所,緯度,経度,電話番号"
ROW = "372013,{0},施設{0},高松市番町{0},34.3{0},134.0{0},087-839-2011"
ROWS = [ROW.format(number) for number in range(1, 9)]


def imported(client: Client, path: Path) -> tuple[int, str]:
    answer = CliRunner().invoke(
        assemble("import"),
        [
            "import", str(path), "--model", "PublicFacility", "--tenant", client.tenant,
            "--url", client.url, "--lang", "en",
        ],
        env={"COLUMNS": "240"},
    )  # fmt: skip
    assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.output
    assert "Traceback" not in answer.output
    return answer.exit_code, answer.output


def written(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "bad.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_shifted_columns_are_refused_row_by_row(client: Client, tmp_path: Path) -> None:
    shifted = [ROWS[0], ROWS[1] + ",", ROWS[2].replace(",087", "087"), ROWS[3]]
    _, told = imported(client, written(tmp_path, HEADER, *shifted))
    assert "rows 4  taken 2  changed 0  unchanged 0  refused 2" in told
    assert "the row has 8 cells" in told
    assert "the row has 6 cells" in told


def test_lost_zeros_are_put_back_and_said(client: Client, tmp_path: Path) -> None:
    row = "11002,1,市役所,札幌市中央区,43.06,141.35,011-211-2111"
    code, told = imported(client, written(tmp_path, HEADER, row))
    assert (code, "taken 1" in told) == (0, True)
    assert client.get("/entities/urn:ngsi-ld:PublicFacility:011002:1").status_code == 200


def test_doubled_rows_are_refused_with_the_line_that_was_first(
    client: Client, tmp_path: Path
) -> None:
    _, told = imported(client, written(tmp_path, HEADER, *ROWS, ROWS[2]))
    assert "taken 8" in told
    assert "refused 1" in told
    assert "lines 4 and 10 have the same id" in told


@pytest.mark.parametrize("encoding", ["cp932", "utf-16", "utf-8-sig", "euc_jp", "iso2022_jp"])
def test_whatever_the_encoding_it_is_read_or_refused_in_words(
    client: Client, tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "encoded.csv"
    path.write_bytes("\n".join([HEADER, *ROWS, ""]).encode(encoding))
    code, told = imported(client, path)
    if encoding in {"cp932", "utf-16", "utf-8-sig"}:
        assert (code, "taken 8" in told) == (0, True)
        name = client.get("/entities/urn:ngsi-ld:PublicFacility:372013:1").text
        assert "施設1" in name
    else:
        assert code == 1
        assert "renkei: " in told
        assert client.get("/entities/urn:ngsi-ld:PublicFacility:372013:1").status_code == 404


def test_random_damage_ends_in_a_report_or_a_sentence(client: Client, tmp_path: Path) -> None:
    source = random.Random(7)  # noqa: S311 — the same every time
    whole = "\n".join([HEADER, *ROWS, ""]).encode()
    for number in range(25):
        damaged = bytearray(whole)
        for _ in range(source.randrange(1, 30)):
            damaged[source.randrange(len(damaged))] = source.randrange(256)
        path = tmp_path / f"damaged{number}.csv"
        path.write_bytes(bytes(damaged[: source.randrange(1, len(damaged))]))
        code, told = imported(client, path)
        assert "refused" in told if code == 0 else told.strip()


def test_a_workbook_that_is_none_is_told_in_words(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "facilities.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (HEADER, *ROWS):
        sheet.append(line.split(","))
    book.save(path)
    whole = path.read_bytes()
    assert "taken 8" in imported(client, path)[1]
    for size in (4, 200, len(whole) // 2, len(whole) - 30):
        path.write_bytes(whole[:size])
        code, told = imported(client, path)
        assert (code, "renkei: " in told) == (1, True)


def test_a_workbook_with_more_texts_than_memory_should_hold_is_refused(
    client: Client, tmp_path: Path
) -> None:
    path = tmp_path / "texts.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b"<si><t>x</t></si>" * (5 << 20))
    code, told = imported(client, path)
    assert (code, "64 MB of texts" in told) == (1, True)
