"""A first source of a new model, guessed from a CSV file, to be edited by people."""

import csv
import json
import re
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from datamodels.importers.encoding import detect
from datamodels.model.cells import CellRefused, read_cell
from datamodels.model.errors import UnreadableFile
from datamodels.model.model import Column, Kind
from datamodels.model.texts import folded, trimmed
from datamodels.model.words import Words
from datamodels.registry import Registry

_LOOKED_AT = 5_000  # rows
_FEWEST_FOR_CHOICES = 10
_MOST_CHOICES = 12
_LEAST_CELLS = 2  # of a header row
_TRIED = (Kind.NUMBER, Kind.DATE, Kind.TIME, Kind.INSTANT, Kind.URI)
_CODE = re.compile(r"0[0-9]+|[0-9]+(-[0-9]+)+|[A-Za-z]+[-_]?[0-9]+")
_WORD = re.compile(r"[A-Za-z0-9]+")


def scaffold(path: Path, type_: str, registry: Registry) -> str:
    """Write the source of a model that a CSV file's rows would be of.

    Headers that other models know keep the name and the kind that they have there.

    Raises:
        UnreadableFile: the file is no table.
    """
    headers, columns = _table(path)
    known = _known(registry)
    rows = [_row(place, header, columns[place], known) for place, header in enumerate(headers)]
    named = {row["en"] for row in rows}
    key = "identifier" if "identifier" in named else str(rows[0]["en"])
    lines = [
        f"# {type_}: {path.name} から作った下書きです。名称・分野・項目を直してください。",
        "# kind: text, code, number, time, date, instant, choice, uri, texts, uris, reference,",
        "#       municipality, latitude, longitude, shape",
        f"type = {_quoted(type_)}",
        'version = "0.1.0"',
        'field = "電子行政"',
        f"name_ja = {_quoted(type_)}",
        f"name_en = {_quoted(type_)}",
        'source = "（出典を書いてください）"',
        'licence = "CC BY 4.0"',
        f"key = [{_quoted(key)}]",
        "",
        "columns = [",
        *(f"  {{ {_inline(row)} }}," for row in rows),
        "]",
    ]
    return "\n".join(lines) + "\n"


def _table(path: Path) -> tuple[list[str], list[list[str]]]:
    """Read the header, and the cells of each column that say something."""
    encoding = detect(path)
    with path.open(encoding=encoding.name, newline="") as file:
        rows = (row for row in csv.reader(file) if any(cell.strip() for cell in row))
        titled = (row for row in rows if sum(bool(cell.strip()) for cell in row) >= _LEAST_CELLS)
        headers = [trimmed(cell) for cell in next(titled, [])]
        if not headers:
            raise UnreadableFile(
                Words("見出し行がありません", "The file has no header row"), where="1"
            )
        columns: list[list[str]] = [[] for _ in headers]
        for row in islice(titled, _LOOKED_AT):
            for cells, cell in zip(columns, row, strict=False):
                if text := trimmed(cell):
                    cells.append(text)
    width = [place for place, header in enumerate(headers) if header]
    return [headers[place] for place in width], [columns[place] for place in width]


def _known(registry: Registry) -> dict[str, Column]:
    known: dict[str, Column] = {}
    for model in registry.models:
        for column in model.columns:
            for name in (column.ja, column.en, *column.aliases):
                known.setdefault(folded(name), column)
    return known


def _row(
    place: int, header: str, cells: Sequence[str], known: dict[str, Column]
) -> dict[str, object]:
    column = known.get(folded(header))
    row: dict[str, object] = {"ja": header}
    if column is not None:
        row |= {"en": column.en, "kind": column.kind.value}
        if column.attribute != column.en:
            row["attribute"] = column.attribute
        if column.language is not None:
            row["language"] = column.language
        values = None if column.vocabulary is None else list(column.vocabulary.values)
    else:
        row |= {"en": _name(header, place), "kind": _kind(header, cells).value}
        values = None
    if row["kind"] == Kind.CHOICE.value:
        row["choices"] = values or sorted(set(cells))
    return row


def _kind(header: str, cells: Sequence[str]) -> Kind:
    """Guess what cells hold: the first kind that all of them can be read as."""
    if not cells:
        return Kind.TEXT
    if all(_CODE.fullmatch(cell) for cell in cells):
        return Kind.CODE
    column = Column(ja=header, en="guess", kind=Kind.TEXT, attribute="guess")
    for kind in _TRIED:
        if all(_is_read(column, kind, cell) for cell in cells):
            return kind
    values = set(cells)
    if len(cells) >= _FEWEST_FOR_CHOICES and len(values) <= min(_MOST_CHOICES, len(cells) // 3):
        return Kind.CHOICE
    return Kind.TEXTS if all(";" in cell for cell in cells) else Kind.TEXT


def _is_read(column: Column, kind: Kind, cell: str) -> bool:
    guessed = Column(ja=column.ja, en=column.en, kind=kind, attribute=column.attribute)
    try:
        read_cell(guessed, cell)
    except CellRefused:
        return False
    return True


def _name(header: str, place: int) -> str:
    """Make an English name: of an English header, otherwise a number that people replace."""
    words: list[str] = _WORD.findall(header) if header.isascii() else []
    if not words or not words[0][0].isalpha():
        return f"column{place + 1}"
    first, *others = words
    return first[0].lower() + first[1:] + "".join(word[0].upper() + word[1:] for word in others)


def _inline(row: dict[str, object]) -> str:
    return ", ".join(f"{name} = {_quoted(value)}" for name, value in row.items())


def _quoted(value: object) -> str:
    written: str = json.dumps(value, ensure_ascii=False)
    return written
