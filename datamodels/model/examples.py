"""Example entities of a model, made of the cells that its source shows."""

from datamodels.model.cells import read_cell
from datamodels.model.entities import entity_from, entity_id
from datamodels.model.model import Column, Kind, Model
from datamodels.model.schema import Form
from kit.json import JsonObject, JsonValue

_CELLS = {
    Kind.TEXT: "例",
    Kind.CODE: "0001",
    Kind.NUMBER: "1",
    Kind.TIME: "09:00",
    Kind.DATE: "2026-04-01",
    Kind.INSTANT: "2026-04-01T09:00:00+09:00",
    Kind.CHOICE: "例",
    Kind.URI: "https://www.example.jp/",
    Kind.TEXTS: "例1;例2",
    Kind.URIS: "https://www.example.jp/1.jpg;https://www.example.jp/2.jpg",
    Kind.REFERENCE: "urn:ngsi-ld:Thing:1",
    Kind.MUNICIPALITY: "372013",
    Kind.LATITUDE: "34.3427",
    Kind.LONGITUDE: "134.0466",
    Kind.SHAPE: '{"type":"LineString","coordinates":[[134.0,34.3],[134.1,34.4]]}',
}


def example_cells(model: Model, *, every: bool = False) -> dict[str, str]:
    """Answer with the texts of an example row by English column name.

    Args:
        model: whose row it is.
        every: with a cell in every column, not only in those that are required or shown.
    """
    return {
        column.en: model.examples.get(column.en) or _cell(column)
        for column in model.columns
        if every or column.required or column.en in model.examples or column.en in model.key
    }


def example_of(model: Model, form: Form = Form.NORMALIZED, *, every: bool = False) -> JsonObject:
    """Make an example entity in one form.

    Spec: CIM 009 §4.5.1, §4.5.4
    """
    cells = example_cells(model, every=every)
    values = {column.en: _value(column, cells) for column in model.columns}
    municipality = values.get("localGovernmentCode")
    local_id = "-".join(str(values[en]) for en in model.key)
    id_ = entity_id(model, str(municipality) if municipality else None, local_id)
    entity = entity_from(model, id_, values)
    if form in (Form.NORMALIZED, Form.STORED):
        return entity
    write = _concise if form is Form.CONCISE else _simplified
    return {
        name: write(value) if isinstance(value, dict) else value for name, value in entity.items()
    }


def _cell(column: Column) -> str:
    if column.vocabulary is not None:
        return column.vocabulary.values[0]
    if column.kind is Kind.NUMBER and column.minimum is not None and column.minimum > 1:
        return f"{column.minimum:g}"
    return _CELLS[column.kind].zfill(column.digits or 0)


def _value(column: Column, cells: dict[str, str]) -> JsonValue:
    text = cells.get(column.en)
    return None if text is None else read_cell(column, text).value


def _concise(attribute: JsonObject) -> JsonValue:
    members: JsonObject = {name: value for name, value in attribute.items() if name != "type"}
    return members["value"] if members.keys() == {"value"} else members


def _simplified(attribute: JsonObject) -> JsonValue:
    if "languageMap" in attribute:
        return {"languageMap": attribute["languageMap"]}
    return attribute.get("value", attribute.get("object"))
