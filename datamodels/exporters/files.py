"""Entities written as CSV, GeoJSON, JSON-LD or NDJSON, one at a time: memory stays level."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Mapping
from enum import Enum

import orjson

from datamodels.model.cells import write_cell
from datamodels.model.contexts import context_of
from datamodels.model.entities import default_instance, values_of
from datamodels.model.model import PLACES, Model
from kit.json import JsonObject, JsonValue

CORE_CONTEXT = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"
_BOM = "\ufeff"  # spreadsheet programs take a CSV file without it for Shift_JIS


class Format(Enum):
    """How an export is written."""

    CSV = "csv"
    GEOJSON = "geojson"
    JSONLD = "jsonld"
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
    kinds = {column.en: column.kind for column in model.columns}
    told: JsonObject = {} if model.column("type") else {"type": model.type}

    def feature(entity: JsonObject) -> str:
        values = values_of(model, entity)
        properties: JsonObject = {en: v for en, v in values.items() if kinds[en] not in PLACES}
        geometry = default_instance(entity.get("location")).get("value")
        return _json(
            {
                "type": "Feature",
                "id": entity["id"],
                "geometry": geometry,
                "properties": {**told, **properties},
            }
        )

    return '{"type":"FeatureCollection","features":[\n', feature, ",\n", "\n]}\n"


def _jsonld(model: Model) -> _Writer:
    """Write one JSON-LD document: the @context once, the entities as its graph.

    Spec: JSON-LD 1.1 §4.9
    """
    context = _json(context_of((model,))["@context"])
    opening = f'{{"@context":[{context},"{CORE_CONTEXT}"],\n"@graph":[\n'
    return opening, _json, ",\n", "\n]}\n"


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
    Format.JSONLD: _jsonld,
    Format.NDJSON: _ndjson,
}
