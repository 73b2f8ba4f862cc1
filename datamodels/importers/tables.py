"""A CSV file as numbered rows of cells: delimiter and header row found, memory level."""

import csv
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

from datamodels.importers.encoding import Encoding, detect
from datamodels.model.errors import UnreadableFile
from datamodels.model.headers import Mapping, map_headers
from datamodels.model.model import Model
from datamodels.model.words import Words

DELIMITERS = (",", "\t", ";")
_SEARCHED = 20  # rows in which the header is looked for: titles and notes may stand above it
_MOST_LINES = 100  # of one row: more mean that a quotation mark was left open
_LEAST = 2  # columns that a header row must share with the model

csv.field_size_limit(1 << 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A file that was understood as a table of one model."""

    path: Path
    encoding: Encoding
    delimiter: str
    header_line: int
    mapping: Mapping

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Read the rows below the header, each with the line on which it begins.

        Raises:
            UnreadableFile: a quotation mark is not closed.
        """
        for line, cells in _numbered(self.path, self.encoding.name, self.delimiter):
            if line > self.header_line and any(cell.strip() for cell in cells):
                yield line, cells


def open_table(path: Path, model: Model) -> Table:
    """Find encoding, delimiter and header row of a file.

    Raises:
        UnreadableFile: it is no text, or no row of it is a header of the model.
    """
    encoding = detect(path)
    best: Table | None = None
    for delimiter in DELIMITERS:
        for line, cells in _head(path, encoding.name, delimiter):
            found = Table(
                path=path,
                encoding=encoding,
                delimiter=delimiter,
                header_line=line,
                mapping=map_headers(model, cells),
            )
            if best is None or found.mapping.recognised > best.mapping.recognised:
                best = found
    if (
        best is None
        or best.mapping.recognised < _LEAST
        or not _tells_rows_apart(best.mapping, model)
    ):
        raise UnreadableFile(_no_header(best, model), where="1")
    return best


def _tells_rows_apart(mapping: Mapping, model: Model) -> bool:
    """Tell whether a header has what a row of the model cannot do without."""
    if model.column("name") is not None:
        return mapping.has("name")
    return any(mapping.has(en) for en in model.key)


def _numbered(path: Path, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Read rows, each with the line on which it begins; stops at a quotation mark left open."""
    with path.open(encoding=encoding, newline="") as file:
        lines = _Lines(file)
        reader = csv.reader(lines, delimiter=delimiter)
        line = 1
        try:
            for cells in reader:
                if lines.is_at_end or reader.line_num - line > _MOST_LINES:
                    raise _left_open(line)
                yield line, cells
                line = reader.line_num + 1
        except csv.Error as error:
            raise _left_open(line) from error


class _Lines:
    """The lines of a file; knows whether somebody asked for more than there are.

    A row that is given only then was ended by the file, inside quotation marks.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.is_at_end = False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._file.readline()
        if line:
            return line
        self.is_at_end = True
        raise StopIteration


def _head(path: Path, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Read the first rows, up to one that cannot be read."""
    with suppress(UnreadableFile):
        yield from islice(_numbered(path, encoding, delimiter), _SEARCHED)


def _left_open(line: int) -> UnreadableFile:
    return UnreadableFile(
        Words(
            f'{line} 行目から先を読めません（引用符「"」が閉じていないようです）',
            f"Line {line} and what follows cannot be read; a quotation mark seems open",
        ),
        where=str(line),
    )


def _no_header(best: Table | None, model: Model) -> Words:
    seen = "、".join(best.mapping.headers[:8]) if best else ""
    wanted = "、".join(column.ja for column in model.columns[:6])
    return Words(
        f"「{model.name_ja}」の見出し行が見つかりません。"
        f"見出しは {wanted} … です（ファイルは {seen} …）",
        f"No header row of {model.type} is found; right are {wanted} …; the file has {seen} …",
    )
