"""Sheet: a file that was understood as a table of one model, whatever its format."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from datamodels.model.errors import UnreadableFile
from datamodels.model.headers import Choices, Mapping, map_headers
from datamodels.model.model import Model
from datamodels.model.words import Words

SEARCHED = 20  # rows in which the header is looked for: titles and notes may stand above it
_LEAST = 2  # columns that a header row must share with the model


class Sheet(Protocol):
    """A table of one model; rows are read as they are asked for."""

    @property
    def path(self) -> Path:
        """The file."""
        ...

    @property
    def mapping(self) -> Mapping:
        """How its columns are taken."""
        ...

    @property
    def lines(self) -> int:
        """How many rows there may be, for a progress bar; 0: nobody knows."""
        ...

    @property
    def told(self) -> Sequence[tuple[Words, Words]]:
        """What was found out about the file, for people."""
        ...

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Read the rows below the header, each with its line; anew with each call.

        Raises:
            UnreadableFile: the file breaks off.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A header row that was found."""

    line: int
    mapping: Mapping


def find_header(
    model: Model, rows: Iterator[tuple[int, list[str]]], choices: Choices
) -> Header | None:
    """Find the row that has most of the model's columns; None where none has enough."""
    best: Header | None = None
    for line, cells in rows:
        if choices.header_line is not None and line != choices.header_line:
            continue
        found = Header(line=line, mapping=map_headers(model, cells, choices))
        if best is None or found.mapping.recognised > best.mapping.recognised:
            best = found
    return best


def is_enough(header: Header, model: Model) -> bool:
    """Tell whether a header has what a row of the model cannot do without."""
    mapping, name = header.mapping, model.column("name")
    if mapping.recognised < min(_LEAST, len(model.columns)):
        return False
    if name is not None and name.required:
        return mapping.has("name")
    return any(mapping.has(en) for en in model.key)


def no_header(model: Model, seen: Sequence[str]) -> UnreadableFile:
    """Say that a file has no header of the model, and what one looks like."""
    shown = "、".join(header for header in seen[:8] if header)
    wanted = "、".join(column.ja for column in model.columns[:6])
    return UnreadableFile(
        Words(
            f"「{model.name_ja}」の見出し行が見つかりません。"
            f"見出しは {wanted} … です（ファイルは {shown} …）",
            f"No header row of {model.type} is found; right are {wanted} …; the file has {shown} …",
        ),
        where="1",
    )
