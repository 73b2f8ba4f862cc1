"""Entities written as CSV, GeoJSON or NDJSON, one at a time, so that memory stays level."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Mapping
from enum import Enum

import orjson

from datamodels.model.cells import write_cell
from datamodels.model.contexts import context_of
from datamodels.model.entities import default_instance, values_of
from datamodels.model.model import Kind, Model
from kit.json import JsonObject, JsonValue

_BOM = "\ufeff"  # spreadsheet programs take a CSV file without it for Shift_JIS


class Format(Enum):
    """How an export is written."""

    CSV = "csv"
    GEOJSON = "geojson"
    NDJSON = "ndjson"


async def export(
    model: Model, entities: AsyncIterator[JsonObject], form: Format
) -> AsyncIterator[bytes]:
    """Write normalized entities, with the model's names, as the pieces of one file."""
    opening, piece, between, closing = _WRITERS[form](model)
    yield opening.encode()
    is_first = True
    async for entity in entities:
        yield (("" if is_first else between) + piece(entity)).encode()
        is_first = False
    yield closing.encode()


_Writer = tuple[str, Callable[[JsonObject], str], str, str]
"""What stands before the entities, one of them written, what stands between, what after."""


def _csv(model: Model) -> _Writer:
    """Write CSV with BOM and Japanese headers in the standard's order, our columns behind."""

    def row(entity: JsonObject) -> str:
        values = values_of(model, entity)
        return _line([write_cell(column, values.get(column.en)) for column in model.columns])

    return _BOM + _line([column.ja for column in model.columns]), row, "", ""


def _geojson(model: Model) -> _Writer:
    """Write a FeatureCollection whose properties have the model's English column names.

    Spec: RFC 7946 §3.3
    """

    def feature(entity: JsonObject) -> str:
        placed = {Kind.LATITUDE, Kind.LONGITUDE}
        values = values_of(model, entity)
        kinds = {column.en: column.kind for column in model.columns}
        properties: JsonObject = {en: v for en, v in values.items() if kinds[en] not in placed}
        geometry = default_instance(entity.get("location")).get("value")
        return _json(
            {
                "type": "Feature",
                "id": entity["id"],
                "geometry": geometry,
                "properties": {"type": model.type, **properties},
            }
        )

    return '{"type":"FeatureCollection","features":[\n', feature, ",\n", "\n]}\n"


def _ndjson(model: Model) -> _Writer:
    """Write one normalized entity a line; each carries the names it uses and can go anywhere."""
    terms = context_of((model,))["@context"]
    known = terms if isinstance(terms, dict) else {}

    def line(entity: JsonObject) -> str:
        used: dict[str, JsonValue] = {
            name: iri
            for name, iri in known.items()
            if name in entity or name == entity.get("type") or name == model.type
        }
        return _json({**entity, "@context": used}) + "\n"

    return "", line, "", ""


def _line(cells: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()


def _json(value: JsonValue) -> str:
    return orjson.dumps(value).decode()


_WRITERS: Mapping[Format, Callable[[Model], _Writer]] = {
    Format.CSV: _csv,
    Format.GEOJSON: _geojson,
    Format.NDJSON: _ndjson,
}
