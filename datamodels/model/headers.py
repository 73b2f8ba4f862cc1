"""Which column of the model a file's columns are, found from the headers."""

import collections.abc
from collections.abc import Sequence
from dataclasses import dataclass, field

from datamodels.model.errors import UnreadableFile
from datamodels.model.model import Column, Model
from datamodels.model.texts import folded, trimmed
from datamodels.model.words import Words

_ROW_NUMBERS = frozenset(
    map(folded, ("#property", "NO", "No.", "番号", "項番", "通し番号", "連番"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """How somebody wants a file's columns to be taken, where the headers do not tell.

    Args:
        columns: the English name of the column for a header; "": it is not taken.
        sheet: which sheet of a workbook.
        header_line: which row is the header.
        series: begins the ids that are made of row numbers, or of name and address: of several
            files of one model each has its own.
    """

    columns: collections.abc.Mapping[str, str] = field(default_factory=dict)
    sheet: str | None = None
    header_line: int | None = None
    series: str | None = None


NO_CHOICES = Choices()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """How a file's columns are taken.

    Args:
        headers: as the file writes them, trimmed.
        columns: the model's column at each place, None where the file's is not taken.
        row_number: the place of a column that only numbers the rows.
    """

    headers: tuple[str, ...]
    columns: tuple[Column | None, ...]
    row_number: int | None = None

    @property
    def recognised(self) -> int:
        """How many of the file's columns are taken."""
        return sum(column is not None for column in self.columns)

    @property
    def not_taken(self) -> tuple[str, ...]:
        """The headers of columns that the model does not have."""
        return tuple(
            header
            for place, (header, column) in enumerate(zip(self.headers, self.columns, strict=True))
            if column is None and place != self.row_number and header
        )

    def has(self, en: str) -> bool:
        """Tell whether the file has a column, by its English name."""
        return any(column is not None and column.en == en for column in self.columns)


def map_headers(model: Model, cells: Sequence[str], choices: Choices = NO_CHOICES) -> Mapping:
    """Find the model's column for each header: as chosen, by its own names, then by aliases.

    Raises:
        UnreadableFile: a column is chosen that the model does not have.
    """
    names = [folded(trimmed(cell)) for cell in cells]
    found: list[Column | None] = [None] * len(names)
    chosen = {folded(header): en for header, en in choices.columns.items()}
    for place, name in enumerate(names):
        if chosen.get(name):
            found[place] = _column(model, chosen[name])
    for known in (_own_names(model), _aliases(model)):
        for place, name in enumerate(names):
            column = known.get(name)
            is_open = found[place] is None and name not in chosen
            if column is not None and is_open and column not in found:
                found[place] = column
    numbered = (place for place, name in enumerate(names) if name in _ROW_NUMBERS)
    return Mapping(
        headers=tuple(trimmed(cell) for cell in cells),
        columns=tuple(found),
        row_number=next((place for place in numbered if found[place] is None), None),
    )


def _column(model: Model, name: str) -> Column:
    wanted = folded(name)
    for column in model.columns:
        if wanted in (folded(column.en), folded(column.ja)):
            return column
    raise UnreadableFile(
        Words(
            f"対応表の「{name}」は {model.type} の項目ではありません",
            f"Column {name} of the mapping is none of {model.type}",
        ),
        where="mapping",
    )


def _own_names(model: Model) -> dict[str, Column]:
    return {folded(name): column for column in model.columns for name in (column.en, column.ja)}


def _aliases(model: Model) -> dict[str, Column]:
    return {folded(alias): column for column in model.columns for alias in column.aliases}
