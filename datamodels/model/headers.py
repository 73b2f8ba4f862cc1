"""Which column of the model a file's columns are, found from the headers."""

from collections.abc import Sequence
from dataclasses import dataclass

from datamodels.model.model import Column, Model
from datamodels.model.texts import folded, trimmed

_ROW_NUMBERS = frozenset(
    map(folded, ("#property", "NO", "No.", "番号", "項番", "通し番号", "連番"))
)


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


def map_headers(model: Model, cells: Sequence[str]) -> Mapping:
    """Find the model's column for each header: by its own names first, then by aliases."""
    names = [folded(trimmed(cell)) for cell in cells]
    found: list[Column | None] = [None] * len(names)
    for known in (_own_names(model), _aliases(model)):
        for place, name in enumerate(names):
            column = known.get(name)
            if column is not None and found[place] is None and column not in found:
                found[place] = column
    numbered = (place for place, name in enumerate(names) if name in _ROW_NUMBERS)
    return Mapping(
        headers=tuple(trimmed(cell) for cell in cells),
        columns=tuple(found),
        row_number=next((place for place in numbered if found[place] is None), None),
    )


def _own_names(model: Model) -> dict[str, Column]:
    return {folded(name): column for column in model.columns for name in (column.en, column.ja)}


def _aliases(model: Model) -> dict[str, Column]:
    return {folded(alias): column for column in model.columns for alias in column.aliases}
