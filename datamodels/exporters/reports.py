"""The report of an import as a file that goes back to the department that made the data."""

import csv
import html
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from openpyxl import Workbook

from datamodels.model.errors import DataModelError
from datamodels.model.model import Model
from datamodels.model.words import Language, Words
from datamodels.operations.reports import Report

_HEADERS = (
    Words("行", "row"),
    Words("列", "column"),
    Words("内容", "found"),
    Words("区分", "matter"),
    Words("説明", "what"),
    Words("正しくは", "right"),
    Words("件数", "times"),
)
_REFUSED = Words("不採用", "refused")
_ASSUMED = Words("読み替え", "assumed")
_BLANK = Words("必須が空欄", "required and blank")
_FORMULAS = ("=", "+", "-", "@", "\t")  # a spreadsheet program would run what begins so
_STYLE = (
    "body{font-family:sans-serif;margin:2rem;line-height:1.7}table{border-collapse:collapse}"
    "th,td{border:1px solid #767676;padding:.3rem .6rem;text-align:left;vertical-align:top}"
    "th{background:#f2f2f2}dl{display:grid;grid-template-columns:max-content auto;gap:.2rem 1rem}"
    "dd{margin:0}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A report about one file, in one language."""

    model: Model
    file: str
    report: Report
    language: Language

    def counts(self) -> Sequence[tuple[str, str]]:
        """Tell what became of the rows."""
        report = self.report
        told = [
            (Words("ファイル", "file"), self.file),
            (Words("データモデル", "model"), f"{self.model.type} {self.model.name_ja}"),
            (Words("全行", "rows"), f"{report.rows:,}"),
            (Words("新規", "taken"), f"{report.taken:,}"),
            (Words("変更", "changed"), f"{report.changed:,}"),
            (Words("変更なし", "unchanged"), f"{report.unchanged:,}"),
            (Words("不採用", "refused"), f"{report.refused:,}"),
        ]
        if not report.is_complete:
            broken = Words("最後まで読めていません", "it was not read to its end")
            told.append((Words("注意", "note"), broken.in_(self.language)))
        return [(name.in_(self.language), value) for name, value in told]

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Tell everything that is wrong, then what was assumed, then what is missing."""
        language, report = self.language, self.report
        for one in report.problems:
            yield (
                str(one.line),
                one.column or "",
                one.found,
                _REFUSED.in_(language),
                one.reason.in_(language),
                one.right.in_(language),
                "1",
            )
        if untold := report.problem_count - len(report.problems):
            more = Words("ほかの不採用の理由", "further reasons").in_(language)
            yield ("", "", "", _REFUSED.in_(language), more, "", str(untold))
        for assumption, times in report.assumptions.most_common():
            taken = assumption.taken.in_(language)
            yield ("", assumption.column, "", _ASSUMED.in_(language), taken, "", str(times))
        for column, times in report.gaps.most_common():
            yield ("", column, "", _BLANK.in_(language), "", "", str(times))


def write_report(told: Told, path: Path) -> None:
    """Write a report as CSV, Excel or HTML, as the file's name ends.

    Raises:
        DataModelError: it ends otherwise.
    """
    writer = {".csv": _csv, ".xlsx": _xlsx, ".html": _html}.get(path.suffix.lower())
    if writer is None:
        raise DataModelError(
            Words(
                f"{path.name} は .csv、.xlsx、.html のどれかで終わる名前にしてください",
                f"Report {path.name} has no known form; right are .csv, .xlsx and .html",
            ),
            where="--report",
        )
    path.write_bytes(writer(told))


def _csv(told: Told) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows(told.counts())
    writer.writerow(())
    writer.writerow([header.in_(told.language) for header in _HEADERS])
    writer.writerows([_harmless(cell) for cell in row] for row in told.rows())
    return ("\ufeff" + text.getvalue()).encode()


def _xlsx(told: Told) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(Words("取込結果", "report").in_(told.language))
    for count in told.counts():
        sheet.append(count)
    sheet.append(())
    sheet.append([header.in_(told.language) for header in _HEADERS])
    for row in told.rows():
        sheet.append([_harmless(cell) for cell in row])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _html(told: Told) -> bytes:
    title = Words("取込結果", "Report of an import").in_(told.language)
    counts = "".join(
        f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>"
        for name, value in told.counts()
    )
    head = "".join(f'<th scope="col">{header.in_(told.language)}</th>' for header in _HEADERS)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>\n"
        for row in told.rows()
    )
    return (
        f'<!doctype html>\n<html lang="{told.language}"><head><meta charset="utf-8">'
        f"<title>{title}</title><style>{_STYLE}</style></head>\n"
        f"<body><h1>{title}</h1><dl>{counts}</dl>\n"
        f"<table><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table></body></html>\n"
    ).encode()


def _harmless(cell: str) -> str:
    """Keep a spreadsheet program from taking a text for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULAS) and len(cell) > 1 else cell
