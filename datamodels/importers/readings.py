"""A file as the rows of a model, with what was found out about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from datamodels.importers.tables import Table, open_table
from datamodels.model.errors import UnreadableFile
from datamodels.model.model import Model
from datamodels.model.row_reader import RowReader
from datamodels.model.rows import Row
from datamodels.model.words import Words
from joint_use import municipality_code


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A file that can be imported: what was found out, and the rows, read as they are asked for."""

    table: Table
    reader: RowReader

    @property
    def model(self) -> Model:
        """The model whose rows these are."""
        return self.reader.model

    @property
    def governed(self) -> frozenset[str]:
        """The attributes that the file has columns for."""
        columns = self.table.mapping.columns
        return frozenset(column.attribute for column in columns if column is not None)

    def rows(self) -> Iterator[Row]:
        """Read the rows one by one; each call reads the file anew.

        Raises:
            UnreadableFile: the file breaks off.
        """
        for line, cells in self.table.rows():
            yield self.reader.read(line, cells)


def read_csv(path: Path, model: Model, *, municipality: str | None = None) -> Reading:
    """Open a municipal CSV file as it is: encoding, delimiter and columns are found out.

    Args:
        path: the file.
        model: what its rows are.
        municipality: the code (six digits, or five) for rows that carry none.

    Raises:
        UnreadableFile: it is no table of the model, or no municipality is known.
        InvalidTerm: `municipality` is no municipality code.
    """
    table = open_table(path, model)
    code = municipality_code(municipality) if municipality else None
    needed = model.column("localGovernmentCode")
    has_column = table.mapping.has("localGovernmentCode")
    if code is None and needed is not None and needed.required and not has_column:
        raise UnreadableFile(
            Words(
                "全国地方公共団体コードの列がありません。"
                "--municipality 372013 のように指定してください",
                "The file has no municipality code; say it as --municipality 372013",
            ),
            where="--municipality",
        )
    reader = RowReader(model=model, mapping=table.mapping, municipality=code)
    return Reading(table=table, reader=reader)
