import tracemalloc
from pathlib import Path

import pytest

from datamodels import BATCH, Report, Words, import_file, model_named, read_csv
from datamodels.operations.reports import MOST_PROBLEMS
from kit.json import JsonObject
from tests.unit.datamodels.memory import MemorySink

AED = model_named("AED")
HEADER = "ID,名称,電話番号\n"


async def import_text(
    sink: MemorySink, folder: Path, text: str, *, dry_run: bool = False
) -> Report:
    path = folder / "aed.csv"
    path.write_text(text, encoding="utf-8")
    reading = read_csv(path, AED, municipality="372013")
    report = await import_file(
        sink, AED, reading.rows(), governed=reading.governed, dry_run=dry_run
    )
    assert report.rows == report.taken + report.changed + report.unchanged + report.refused
    return report


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.taken, report.changed, report.unchanged, report.refused


def entity(sink: MemorySink, local_id: str) -> JsonObject:
    return sink.entities[f"urn:ngsi-ld:AED:372013:{local_id}"]


async def test_the_second_import_changes_nothing(tmp_path: Path) -> None:
    sink = MemorySink()
    text = HEADER + "1,市役所,087-1\n2,駅,\n"
    assert counts(await import_text(sink, tmp_path, text)) == (2, 0, 0, 0)
    assert counts(await import_text(sink, tmp_path, text)) == (0, 0, 2, 0)
    assert sink.sent == 2


async def test_only_what_differs_is_sent(tmp_path: Path) -> None:
    sink = MemorySink()
    await import_text(sink, tmp_path, HEADER + "1,市役所,087-1\n2,駅,\n")
    report = await import_text(sink, tmp_path, HEADER + "1,市役所,087-2\n2,駅,\n3,港,\n")
    assert counts(report) == (1, 1, 1, 0)
    assert sink.sent == 4
    assert entity(sink, "1")["contactPointPhoneNumber"] == {"type": "Property", "value": "087-2"}


async def test_a_value_that_became_blank_is_removed(tmp_path: Path) -> None:
    sink = MemorySink()
    await import_text(sink, tmp_path, HEADER + "1,市役所,087-1\n")
    assert counts(await import_text(sink, tmp_path, HEADER + "1,市役所,\n")) == (0, 1, 0, 0)
    assert "contactPointPhoneNumber" not in entity(sink, "1")
    assert counts(await import_text(sink, tmp_path, HEADER + "1,市役所,\n")) == (0, 0, 1, 0)


async def test_what_others_write_stays(tmp_path: Path) -> None:
    sink = MemorySink()
    await import_text(sink, tmp_path, HEADER + "1,市役所,087-1\n")
    battery: JsonObject = {"type": "Property", "value": 80}
    entity(sink, "1")["batteryLevel"] = battery
    entity(sink, "1")["remarks"] = {"type": "Property", "value": "no column of this file"}
    assert counts(await import_text(sink, tmp_path, HEADER + "1,市役所,087-1\n")) == (0, 0, 1, 0)
    assert counts(await import_text(sink, tmp_path, HEADER + "1,本庁舎,\n")) == (0, 1, 0, 0)
    assert entity(sink, "1")["batteryLevel"] == battery
    assert "remarks" in entity(sink, "1")


async def test_sub_attributes_and_other_instances_do_not_count_as_differences(
    tmp_path: Path,
) -> None:
    sink = MemorySink()
    await import_text(sink, tmp_path, HEADER + "1,市役所,087-1\n")
    entity(sink, "1")["contactPointPhoneNumber"] = [
        {"type": "Property", "value": "other", "datasetId": "urn:x:1"},
        {"type": "Property", "value": "087-1", "observedAt": "2026-09-01T00:00:00Z"},
    ]
    assert counts(await import_text(sink, tmp_path, HEADER + "1,市役所,087-1\n")) == (0, 0, 1, 0)


async def test_a_doubled_id_is_refused_naming_both_lines(tmp_path: Path) -> None:
    sink = MemorySink()
    report = await import_text(sink, tmp_path, HEADER + "1,市役所,\n2,駅,\n1,港,\n")
    assert counts(report) == (2, 0, 0, 1)
    (problem,) = report.problems
    assert problem.line == 4
    assert problem.reason == Words(
        "2 行目と 4 行目の ID が同じです", "lines 2 and 4 have the same id"
    )
    assert "市役所" in str(entity(sink, "1")["name"])


async def test_a_dry_run_counts_and_writes_nothing(tmp_path: Path) -> None:
    sink = MemorySink()
    report = await import_text(sink, tmp_path, HEADER + "1,市役所,\n,駅,\n", dry_run=True)
    assert counts(report) == (1, 0, 0, 1)
    assert sink.entities == {}


async def test_what_the_sink_refuses_is_counted_and_told(tmp_path: Path) -> None:
    sink = MemorySink(refused={"urn:ngsi-ld:AED:372013:2": "the quota is used up"})
    report = await import_text(sink, tmp_path, HEADER + "1,市役所,\n2,駅,\n")
    assert counts(report) == (1, 0, 0, 1)
    assert "the quota is used up" in report.problems[0].reason.en
    assert report.problems[0].line == 3


async def test_large_files_go_in_batches_and_progress_is_told(tmp_path: Path) -> None:
    path = tmp_path / "aed.csv"
    path.write_text(HEADER + "".join(f"{n},駅,\n" for n in range(1, 1202)), encoding="utf-8")
    reading = read_csv(path, AED, municipality="372013")
    sink, told = MemorySink(), list[int]()
    report = await import_file(
        sink, AED, reading.rows(), governed=reading.governed, on_progress=told.append
    )
    assert report.taken == 1201
    assert sink.largest_batch == BATCH
    assert told == [501, 1001, 1202]


async def test_a_file_that_breaks_off_ends_in_a_report(tmp_path: Path) -> None:
    text = HEADER + '1,市役所,\n2,"駅,\n3,港,\n'
    sink = MemorySink()
    report = await import_text(sink, tmp_path, text)
    assert counts(report) == (1, 0, 0, 1)
    assert not report.is_complete
    assert report.problems[0].line == 3
    assert "a quotation mark seems open" in report.problems[0].reason.en


async def test_memory_stays_level_however_many_rows_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "aed.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER)
        file.writelines(f"{n},,\n" for n in range(30_000))
    reading = read_csv(path, AED, municipality="372013")
    tracemalloc.start()
    report = await import_file(MemorySink(), AED, reading.rows(), governed=reading.governed)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (report.refused, report.problem_count) == (30_000, 30_000)
    assert len(report.problems) == MOST_PROBLEMS
    assert peak < 8_000_000


@pytest.mark.parametrize("code", ["999", "110027", "372019"])
async def test_a_municipality_code_that_cannot_be_right_refuses_its_row(
    tmp_path: Path, code: str
) -> None:
    text = f"全国地方公共団体コード,ID,名称\n{code},1,市役所\n011002,2,駅\n"
    report = await import_text(MemorySink(), tmp_path, text)
    assert counts(report) == (1, 0, 0, 1)
