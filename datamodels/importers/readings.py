"""A file as the rows of a model, with what was found out about it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from datamodels import importers
from datamodels.importers.features import open_features
from datamodels.importers.sheets import Sheet
from datamodels.importers.tables import open_table
from datamodels.model.errors import UnreadableFile
from datamodels.model.headers import NO_CHOICES, Choices
from datamodels.model.model import Model
from datamodels.model.row_reader import RowReader
from datamodels.model.rows import IdRule, Row
from datamodels.model.words import Words
from joint_use import municipality_code

_ZIP = b"PK\x03\x04"
_SERIES = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)
_OLD_EXCEL = bytes.fromhex("d0cf11e0a1b11ae1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A file that can be imported: what was found out, and the rows, read as they are asked for."""

    table: Sheet
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


def read_file(
    path: Path, model: Model, *, municipality: str | None = None, choices: Choices = NO_CHOICES
) -> Reading:
    """Open a municipal file as it is: CSV, Excel (xlsx) or GeoJSON, told by what is in it.

    Args:
        path: the file.
        model: what its rows are.
        municipality: the code (six digits, or five) for rows that carry none.
        choices: how columns are to be taken where the headers do not tell.

    Raises:
        UnreadableFile: it is no table of the model, or no municipality is known.
        InvalidTerm: `municipality` is no municipality code.
    """
    return _reading(_open(path, model, choices), model, municipality, choices.series)


def read_csv(path: Path, model: Model, *, municipality: str | None = None) -> Reading:
    """Open a municipal CSV file as it is: encoding, delimiter and columns are found out.

    Raises:
        UnreadableFile: it is no table of the model, or no municipality is known.
        InvalidTerm: `municipality` is no municipality code.
    """
    return _reading(open_table(path, model), model, municipality)


def _open(path: Path, model: Model, choices: Choices) -> Sheet:
    with path.open("rb") as file:
        head = file.read(512)
    if head.startswith(_ZIP):
        return importers.open_workbook(path, model, choices)
    if head.startswith(_OLD_EXCEL):
        raise UnreadableFile(
            Words(
                "古い形式の Excel ファイルです。Excel ブック（.xlsx）で保存し直してください",
                "The file is an Excel file of the old form; right is .xlsx",
            ),
            where="1",
        )
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return open_features(path, model, choices)
    return open_table(path, model, choices)


def _reading(
    table: Sheet, model: Model, municipality: str | None, series: str | None = None
) -> Reading:
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
    reader = RowReader(model=model, mapping=table.mapping, municipality=code, series=series)
    if series is not None:
        _require_series(reader, series)
    return Reading(table=table, reader=reader)


def _require_series(reader: RowReader, series: str) -> None:
    """Refuse a series that cannot begin ids, or where the rows have ids of their own."""
    if _SERIES.fullmatch(series) is None:
        raise UnreadableFile(
            Words(
                f"系列「{series}」は使えません。半角の英数字・「_」・「-」の40文字以内にしてください",
                f"Series {series!r} cannot begin ids; right are 1 to 40 of A-Z, a-z, 0-9, _ and -",
            ),
            where="series",
        )
    if reader.id_rule is IdRule.COLUMN:
        raise UnreadableFile(
            Words(
                "ファイルに ID の列があるため、系列は指定できません",
                "The file has ids of its own; a series begins only ids that are made up",
            ),
            where="series",
        )
