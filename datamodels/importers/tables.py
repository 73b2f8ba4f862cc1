"""A CSV file as numbered rows of cells: delimiter and header row found, memory level."""

import csv
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

from datamodels.importers.encoding import Encoding, detect
from datamodels.importers.sheets import SEARCHED, Header, find_header, is_enough, no_header
from datamodels.model.errors import UnreadableFile
from datamodels.model.headers import NO_CHOICES, Choices, Mapping
from datamodels.model.model import Model
from datamodels.model.words import Words

DELIMITERS = (",", "\t", ";")
_MOST_LINES = 100  # of one row: more mean that a quotation mark was left open

csv.field_size_limit(1 << 20)

_ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 (BOM)",
    "utf-16": "UTF-16",
    "cp932": "Shift_JIS (cp932)",
}
_DELIMITERS = {",": Words("カンマ", "comma"), "\t": Words("タブ", "tab"), ";": Words(";", ";")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A file that was understood as a table of one model."""

    path: Path
    encoding: Encoding
    delimiter: str
    header_line: int
    mapping: Mapping

    @property
    def lines(self) -> int:
        """How many lines the file has."""
        return self.encoding.lines

    @property
    def told(self) -> tuple[tuple[Words, Words], ...]:
        """What was found out about the file, for people."""
        encoding = _ENCODINGS.get(self.encoding.name, self.encoding.name)
        return (
            (Words("文字コード", "encoding"), Words(encoding, encoding)),
            (Words("区切り", "delimiter"), _DELIMITERS[self.delimiter]),
            (Words("見出し行", "header line"), Words(str(self.header_line), str(self.header_line))),
        )

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Read the rows below the header, each with the line on which it begins.

        Raises:
            UnreadableFile: a quotation mark is not closed.
        """
        for line, cells in _numbered(self.path, self.encoding.name, self.delimiter):
            if line > self.header_line and any(cell.strip() for cell in cells):
                yield line, cells


def open_table(path: Path, model: Model, choices: Choices = NO_CHOICES) -> Table:
    """Find encoding, delimiter and header row of a file.

    Raises:
        UnreadableFile: it is no text, or no row of it is a header of the model.
    """
    encoding = detect(path)
    best: tuple[Header, str] | None = None
    for delimiter in DELIMITERS:
        header = find_header(model, _head(path, encoding.name, delimiter), choices)
        if header is not None and (
            best is None or header.mapping.recognised > best[0].mapping.recognised
        ):
            best = header, delimiter
    if best is None or not is_enough(best[0], model):
        raise no_header(model, () if best is None else best[0].mapping.headers)
    header, delimiter = best
    return Table(
        path=path,
        encoding=encoding,
        delimiter=delimiter,
        header_line=header.line,
        mapping=header.mapping,
    )


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
        yield from islice(_numbered(path, encoding, delimiter), SEARCHED)


def _left_open(line: int) -> UnreadableFile:
    return UnreadableFile(
        Words(
            f'{line} 行目から先を読めません（引用符「"」が閉じていないようです）',
            f"Line {line} and what follows cannot be read; a quotation mark seems open",
        ),
        where=str(line),
    )
