"""An Excel workbook (xlsx) as numbered rows of cells; rows are streamed."""

import datetime
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeAlias
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from datamodels.importers.sheets import SEARCHED, Header, find_header, is_enough, no_header
from datamodels.model.errors import UnreadableFile
from datamodels.model.headers import NO_CHOICES, Choices, Mapping
from datamodels.model.model import Model
from datamodels.model.words import Words

_MOST_BYTES = 2 << 30  # of a workbook unpacked: a small file may hold a very large one
_MOST_TEXT_BYTES = 64 << 20  # of its distinct texts, which are in memory while it is read
_TEXTS = "sharedStrings.xml"
_BROKEN = (
    zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, OSError, EOFError,
)  # fmt: skip
_Cell: TypeAlias = object
"""What openpyxl gives: a text, a number, a date, a time, None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbook:
    """A workbook of which one sheet was understood as a table of one model."""

    path: Path
    sheet: str
    sheets: tuple[str, ...]
    header_line: int
    mapping: Mapping

    @property
    def lines(self) -> int:
        """Nobody knows how many rows there are before they are read."""
        return 0

    @property
    def told(self) -> tuple[tuple[Words, Words], ...]:
        """What was found out about the file, for people."""
        others = "、".join(name for name in self.sheets if name != self.sheet)
        ignored = Words(f"（ほかは {others}）", f" (others: {others})") if others else Words("", "")
        sheet = Words(f"{self.sheet}{ignored.ja}", f"{self.sheet}{ignored.en}")
        return (
            (Words("形式", "format"), Words("Excel", "Excel")),
            (Words("シート", "sheet"), sheet),
            (Words("見出し行", "header line"), Words(str(self.header_line), str(self.header_line))),
        )

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Read the rows below the header, each with its number.

        Raises:
            UnreadableFile: the file breaks off.
        """
        width = len(self.mapping.headers)
        for line, cells in _numbered(self.path, self.sheet):
            if line > self.header_line and any(cell.strip() for cell in cells):
                yield line, _fitted(cells, width)


def open_workbook(path: Path, model: Model, choices: Choices = NO_CHOICES) -> Workbook:
    """Find the sheet and its header row.

    Raises:
        UnreadableFile: it is no workbook, or no sheet has a header of the model.
    """
    names = _visible(path)
    wanted = [name for name in names if choices.sheet in (None, name)]
    if not wanted:
        raise UnreadableFile(
            Words(
                f"シート「{choices.sheet}」がありません。あるのは {'、'.join(names)} です",
                f"Sheet {choices.sheet} does not exist; there are {', '.join(names)}",
            ),
            where="sheet",
        )
    best: tuple[Header, str] | None = None
    for name in wanted:
        header = find_header(model, islice(_numbered(path, name), SEARCHED), choices)
        if header is not None and (
            best is None or header.mapping.recognised > best[0].mapping.recognised
        ):
            best = header, name
    if best is None or not is_enough(best[0], model):
        raise no_header(model, () if best is None else best[0].mapping.headers)
    return Workbook(
        path=path,
        sheet=best[1],
        sheets=tuple(names),
        header_line=best[0].line,
        mapping=_trimmed(best[0].mapping),
    )


def _visible(path: Path) -> list[str]:
    """Name the sheets that people see."""
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(one.file_size for one in archive.infolist()) > _MOST_BYTES:
                raise _unreadable(path, "it is too large unpacked")
            texts = [one for one in archive.infolist() if one.filename.endswith(_TEXTS)]
            if sum(one.file_size for one in texts) > _MOST_TEXT_BYTES:
                raise _too_many_texts(path)
        with closing(load_workbook(path, read_only=True, data_only=True)) as workbook:
            return [one.title for one in workbook.worksheets if one.sheet_state == "visible"]
    except _BROKEN as error:
        raise _unreadable(path, type(error).__name__) from error


def _numbered(path: Path, sheet: str) -> Iterator[tuple[int, list[str]]]:
    try:
        with closing(load_workbook(path, read_only=True, data_only=True)) as workbook:
            rows = workbook[sheet].iter_rows(values_only=True)
            for line, cells in enumerate(rows, start=1):
                yield line, [_text(cell) for cell in cells]
    except _BROKEN as error:
        raise _unreadable(path, type(error).__name__) from error


def _text(cell: _Cell) -> str:
    """Write a cell as people would have typed it: whole numbers without a point, dates as ISO."""
    match cell:
        case None:
            return ""
        case bool():
            return "1" if cell else "0"
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime.datetime() if cell.time() == datetime.time():
            return cell.date().isoformat()
        case datetime.datetime() | datetime.date():
            return cell.isoformat()
        case datetime.time():
            return f"{cell.hour:02}:{cell.minute:02}"
        case datetime.timedelta():
            minutes = round(cell.total_seconds() / 60)
            return f"{minutes // 60:02}:{minutes % 60:02}"
        case _:
            return str(cell)


def _trimmed(mapping: Mapping) -> Mapping:
    """Leave out empty columns at the right, which a sheet has many of."""
    width = max((n for n, header in enumerate(mapping.headers, start=1) if header), default=0)
    return Mapping(
        headers=mapping.headers[:width],
        columns=mapping.columns[:width],
        row_number=mapping.row_number,
    )


def _fitted(cells: list[str], width: int) -> list[str]:
    """Give a row as many cells as the header has: a sheet does not keep empty ones."""
    fitted = [*cells[:width], *[""] * (width - len(cells))]
    beyond = [cell for cell in cells[width:] if cell.strip()]
    return [*fitted, *beyond]  # what stands beyond the header makes the row refused


def _too_many_texts(path: Path) -> UnreadableFile:
    most = _MOST_TEXT_BYTES >> 20
    return UnreadableFile(
        Words(
            f"{path.name} の文字列が多すぎます（{most} MB まで）。CSV で保存し直してください",
            f"{path.name} has more than {most} MB of texts; right is the same as CSV",
        ),
        where="1",
    )


def _unreadable(path: Path, reason: str) -> UnreadableFile:
    return UnreadableFile(
        Words(
            f"{path.name} を Excel ブックとして読めません（{reason}）。"
            "Excel ブック（.xlsx）で保存し直してください",
            f"{path.name} cannot be read as a workbook ({reason}); right is .xlsx",
        ),
        where="1",
    )
