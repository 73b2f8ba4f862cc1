"""Records as tables and places: what of them is shown, and how complete they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api_catalog.portal_ports import Record
from datamodels import PLACES, Column, Kind, Model, write_cell
from kit.json import JsonObject, JsonValue

_NAMES = ("name", "title", "nameJa")
_TOLD = 5
"""How many facts of a record the map tells."""
_NOT_TOLD = frozenset({Kind.CODE, Kind.MUNICIPALITY, Kind.REFERENCE}) | PLACES
_DECIMALS = 6  # of degrees: a tenth of a metre


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Records as a table.

    Args:
        columns: those in which one of the records has something.
        rows: texts of cells, in the columns' order.
        left_out: how many columns hold nothing.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """How many records have something in a column."""

    column: Column
    filled: int


def table_of(model: Model, records: Sequence[Record]) -> Table:
    """Write records as a table, without the columns that hold nothing; names come first."""
    used = {name for record in records for name in record.values}
    columns = [one for one in model.columns if one.en in used]
    columns.sort(key=lambda one: one.en not in _NAMES)  # what it is called comes first
    rows = [[write_cell(one, record.values.get(one.en)) for one in columns] for record in records]
    return Table(columns=columns, rows=rows, left_out=len(model.columns) - len(columns))


def completeness_of(model: Model, records: Sequence[Record]) -> Sequence[Completeness]:
    """Count, by column, the records that have something in it."""
    return [
        Completeness(column=one, filled=sum(one.en in record.values for record in records))
        for one in model.columns
    ]


def places_of(model: Model, records: Sequence[Record], *, in_english: bool) -> JsonObject:
    """Write the records that have a place as GeoJSON features with what the map tells of them.

    Spec: RFC 7946 §3.3
    """
    features: list[JsonValue] = [
        {
            "type": "Feature",
            "geometry": _rounded(record.place),
            "properties": {
                "name": name_of(model, record),
                "facts": _facts(model, record.values, in_english=in_english),
            },
        }
        for record in records
        if record.place is not None
    ]
    return {"type": "FeatureCollection", "features": features}


def name_of(model: Model, record: Record) -> str:
    """Say what a record is called."""
    for name in _NAMES:
        value = record.values.get(name)
        if isinstance(value, str):
            return value
    texts = (one for one in model.columns if one.kind is Kind.TEXT and one.en in record.values)
    first = next(texts, None)
    return record.id if first is None else write_cell(first, record.values[first.en])


def _facts(model: Model, values: Mapping[str, JsonValue], *, in_english: bool) -> list[JsonValue]:
    told: list[JsonValue] = []
    for column in model.columns:
        is_told = column.kind not in _NOT_TOLD and column.en not in _NAMES
        if is_told and column.en in values and len(told) < _TOLD:
            label = column.en if in_english else column.ja
            told.append([label, write_cell(column, values[column.en])])
    return told


def _rounded(value: JsonValue) -> JsonValue:
    """Leave out digits of coordinates that no map shows."""
    if isinstance(value, float):
        return round(value, _DECIMALS)
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    return value
