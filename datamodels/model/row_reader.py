"""Reads a file's rows, each as an entity or with every reason why it is refused."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from datamodels.model.cells import CellRefused, read_cell
from datamodels.model.entities import entity_from, entity_id, hashed_id
from datamodels.model.headers import Mapping
from datamodels.model.model import Column, Model
from datamodels.model.rows import Assumption, IdRule, Problem, Refused, Row, Taken
from datamodels.model.texts import folded, has_control, trimmed
from datamodels.model.words import Words
from kit.json import JsonValue

_PLACEHOLDERS = frozenset(map(folded, ("新規マップピン", "名称未設定", "無題")))
"""Names that a map editor or a template gives and that nobody has overwritten."""
_NEEDED = {
    "localGovernmentCode": Words("全国地方公共団体コード", "a municipality code"),
    "identifier": Words("ID", "an ID"),
    "name": Words("名称", "a name"),
}
_BY_NUMBER = Words("空欄のため行番号から補った", "blank: taken from the row number")
_BY_NAME = Words("空欄のため名称と住所から補った", "blank: made of name and address")
_SHOWN = 40  # characters of a cell that a report repeats


@dataclass(slots=True)
class _Reading:
    """One row while it is read."""

    line: int
    values: dict[str, JsonValue] = field(default_factory=dict)
    assumptions: list[Assumption] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)

    def add(self, column: Column, value: JsonValue) -> None:
        """Note a value; a text joins the one that another cell has put there."""
        there = self.values.get(column.en)
        if isinstance(there, str) and isinstance(value, str) and there != value:
            self.values[column.en] = f"{there}\n{value}"
        else:
            self.values[column.en] = value

    def refuse(self, column: str | None, text: str, reason: Words, right: Words) -> None:
        """Note one thing that is wrong."""
        shown = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
        self.problems.append(
            Problem(line=self.line, column=column, found=shown, reason=reason, right=right)
        )

    def misses(self, en: str) -> bool:
        """Tell whether a value is blank; one that was refused is not."""
        return self.values.get(en) is None and en not in self.refused


@dataclass(frozen=True, slots=True, kw_only=True)
class RowReader:
    """Reads the rows of one file.

    Args:
        municipality: the code for rows that carry none.
        series: begins the ids that are made up here.
    """

    model: Model
    mapping: Mapping
    municipality: str | None
    series: str | None = None

    @property
    def id_rule(self) -> IdRule:
        """Where local ids come from: the model's key, else a row number, else name and address."""
        if all(self.mapping.has(en) for en in self.model.key):
            return IdRule.COLUMN
        return IdRule.HASH if self.mapping.row_number is None else IdRule.ROW_NUMBER

    def read(self, line: int, cells: Sequence[str]) -> Row:
        """Read one row."""
        row = _Reading(line)
        if len(cells) == len(self.mapping.headers):
            self._read_cells(row, cells)
            self._identify(row, cells)
            self._check(row)
        else:
            _refuse_count(row, len(cells), len(self.mapping.headers))
        if row.problems:
            return Refused(line=line, problems=tuple(row.problems))
        return self._taken(row)

    def _taken(self, row: _Reading) -> Taken:
        values = row.values
        municipality = values.get("localGovernmentCode")
        local_id = "-".join(str(values[en]) for en in self.model.key)
        id_ = entity_id(self.model, str(municipality) if municipality else None, local_id)
        return Taken(
            line=row.line,
            id=id_,
            entity=entity_from(self.model, id_, values),
            assumptions=tuple(row.assumptions),
            gaps=tuple(
                column.ja
                for column in self.model.columns
                if column.required and values.get(column.en) is None
            ),
        )

    def _read_cells(self, row: _Reading, cells: Sequence[str]) -> None:
        mapping = self.mapping
        prefecture = self.municipality[:2] if self.municipality else None
        for header, column, text in zip(mapping.headers, mapping.columns, cells, strict=True):
            if column is None:
                continue
            try:
                cell = read_cell(column, text, prefecture=prefecture)
            except CellRefused as refused:
                self._refuse_cell(row, header, column, text, refused)
                continue
            if cell.value is not None:
                row.add(column, cell.value)
            if cell.assumed:
                row.assumptions.append(Assumption(column=header, taken=cell.assumed))

    def _refuse_cell(
        self, row: _Reading, header: str, column: Column, text: str, refused: CellRefused
    ) -> None:
        """Refuse a cell, or put its text where the model says that such texts go."""
        other = self.model.column(column.otherwise) if column.otherwise else None
        if other is None or has_control(trimmed(text)):
            row.refused.add(column.en)
            row.refuse(header, text, refused.reason, refused.right)
            return
        row.add(other, trimmed(text))
        row.assumptions.append(
            Assumption(
                column=header,
                taken=Words(
                    f"読み取れない内容を「{other.ja}」に入れた",
                    f"what cannot be read is put into {other.en}",
                ),
            )
        )

    def _identify(self, row: _Reading, cells: Sequence[str]) -> None:
        """Give the row its municipality and its local id."""
        is_local = self.model.column("localGovernmentCode") is not None
        if is_local and row.misses("localGovernmentCode") and self.municipality:
            row.values["localGovernmentCode"] = self.municipality
        if self.model.key != ("identifier",) or not row.misses("identifier"):
            return
        place = self.mapping.row_number
        number = trimmed(cells[place]) if place is not None else ""
        is_column = self.id_rule is IdRule.COLUMN
        found = number or (None if is_column else self._hash(row))
        if not found:
            return
        row.values["identifier"] = f"{self.series}-{found}" if self.series else found
        if is_column or (place is not None and not number):
            row.assumptions.append(
                Assumption(
                    column=self._header("identifier"), taken=_BY_NUMBER if number else _BY_NAME
                )
            )

    def _hash(self, row: _Reading) -> str | None:
        """Make a local id of name and address; None where there is neither."""
        name, address = row.values.get("name", ""), row.values.get("fullAddress", "")
        return hashed_id(str(name), str(address)) if name or address else None

    def _check(self, row: _Reading) -> None:
        """Check what no single cell shows."""
        for en in dict.fromkeys(("localGovernmentCode", *self.model.key, "name")):
            column = self.model.column(en)
            if column is None or not row.misses(en):
                continue
            if column.required or en in self.model.key:
                self._refuse_blank(row, en, _NEEDED.get(en) or Words(column.ja, column.en))
        if folded(str(row.values.get("name", ""))) in _PLACEHOLDERS:
            row.refuse(
                self._header("name"),
                str(row.values["name"]),
                Words("仮の名称のままです", "it is an editor's placeholder"),
                Words(
                    "施設の名称にするか、行を消してください", "the facility's name, or no such row"
                ),
            )
        if row.misses("latitude") and "longitude" in row.values:
            self._refuse_blank(row, "latitude", Words("緯度", "the latitude"))
        if row.misses("longitude") and "latitude" in row.values:
            self._refuse_blank(row, "longitude", Words("経度", "the longitude"))

    def _refuse_blank(self, row: _Reading, en: str, what: Words) -> None:
        row.refuse(
            self._header(en),
            "",
            Words(f"{what.ja}がありません", f"{what.en} is missing"),
            Words(f"{what.ja}を入力してください", f"{what.en}"),
        )

    def _header(self, en: str) -> str:
        """Answer with the file's header of a column, or the standard's where it has none."""
        for header, column in zip(self.mapping.headers, self.mapping.columns, strict=True):
            if column is not None and column.en == en:
                return header
        known = self.model.column(en)
        return known.ja if known else en


def _refuse_count(row: _Reading, cells: int, headers: int) -> None:
    """Refuse a row whose cells stand under the wrong headers."""
    row.refuse(
        None,
        "",
        Words(f"列が {cells} 個です", f"the row has {cells} cells"),
        Words(
            f"見出しと同じ {headers} 個にしてください（区切り文字の過不足を確かめてください）",
            f"{headers}, as the header has; look for a delimiter too many or too few",
        ),
    )
