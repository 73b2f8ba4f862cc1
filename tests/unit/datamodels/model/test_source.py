from typing import cast

import orjson
import pytest

from datamodels.model.contexts import to_iris, to_names
from datamodels.model.errors import DataModelError, UnknownModel
from datamodels.model.model import NAMESPACE, Column, Kind
from datamodels.model.source import model_from
from datamodels.registry import ALL, context_document, model_named, models
from kit.json import JsonObject, JsonValue
from tests.unit.datamodels.memory import shared_file

A_COLUMN: JsonObject = {"ja": "名称", "en": "name", "kind": "text"}
A_SOURCE: JsonObject = {
    "type": "Pond",
    "version": "1.0.0",
    "field": "農林水産",
    "name_ja": "ため池",
    "name_en": "Ponds",
    "source": "市",
    "licence": "CC BY 4.0",
    "columns": [A_COLUMN],
}


def test_there_are_the_models_of_the_first_release() -> None:
    names = [model.type for model in models()]
    assert names == ["AED", "EvacuationSite", "IrrigationPond", "PublicFacility", "PublicToilet"]


def test_a_model_is_found_whatever_the_case() -> None:
    assert model_named("aed") is model_named("AED")


def test_an_unknown_model_is_refused_naming_those_there_are() -> None:
    with pytest.raises(UnknownModel, match="there are AED, EvacuationSite"):
        model_named("Volcano")


def test_a_term_means_the_same_in_every_model() -> None:
    seen: dict[str, Column] = {}
    for model in models():
        for column in model.columns:
            other = seen.setdefault(column.en, column)
            assert other.attribute == column.attribute
            assert other.kind == column.kind


def test_every_model_says_who_what_and_where() -> None:
    for model in models():
        kinds = {column.kind for column in model.columns}
        assert {Kind.LATITUDE, Kind.LONGITUDE, Kind.MUNICIPALITY} <= kinds
        assert {"identifier", "name", "localGovernmentCode"} <= {c.en for c in model.columns}
        assert model.source
        assert model.licence


def test_no_header_means_two_columns_of_one_model() -> None:
    for model in models():
        aliases = [alias for column in model.columns for alias in column.aliases]
        assert len(aliases) == len(set(aliases)), model.type


@pytest.mark.parametrize(
    ("type_", "listed"),
    [
        ("AED", "AED"),
        ("EvacuationSite", "EvacuationSite(ODS-A-03)"),
        ("PublicToilet", "PublicToilet"),
        ("PublicFacility", "PublicFacility"),
    ],
)
def test_the_national_columns_are_the_national_ones_in_their_order(type_: str, listed: str) -> None:
    tables = orjson.loads(shared_file("area_data_models.json").read_bytes())["models"]
    (table,) = (one for one in tables if one["type"] == listed)
    ours = [column for column in model_named(type_).columns if not column.ours]
    assert [column.ja for column in ours] == [one["ja"] for one in table["columns"]]
    for column, one in zip(ours, table["columns"], strict=True):
        assert one["en"] in {"", column.en}
        assert column.required is one["valueRequired"]
        if one.get("enum", ["@pref"]) != ["@pref"]:
            assert column.vocabulary is not None
            assert list(column.vocabulary.values) == one["enum"]


def test_the_context_of_a_model_holds_its_type_and_attributes() -> None:
    terms = cast(JsonObject, context_document("AED")["@context"])
    assert terms["AED"] == f"{NAMESPACE}AED"
    assert terms["installationLocation"] == f"{NAMESPACE}installationLocation"
    assert terms["name"] == "https://smartdatamodels.org/name"
    assert "location" not in terms  # the core context has it


def test_the_joined_context_holds_those_of_all_models() -> None:
    joined = cast(JsonObject, context_document(ALL)["@context"])
    for model in models():
        terms = cast(JsonObject, context_document(model.type)["@context"])
        assert terms.items() <= joined.items()


def test_an_entity_needs_no_context_when_written_with_iris_and_comes_back_the_same() -> None:
    model = model_named("AED")
    entity: JsonObject = {
        "id": "urn:ngsi-ld:AED:372013:1",
        "type": "AED",
        "name": {"type": "LanguageProperty", "languageMap": {"ja": "市役所"}},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [134, 34]}},
        "serviceDay": {"type": "Property", "value": "月火"},
        "https://other.example/temperature": {"type": "Property", "value": 20},
    }
    written = to_iris(entity, model)
    assert all(":" in name or name in {"id", "type", "location"} for name in written)
    assert to_names(written, model) == entity


@pytest.mark.parametrize(
    "change",
    [
        {"field": "魔法"},
        {"type": ""},
        {"columns": None},
        {"columns": [A_COLUMN, A_COLUMN]},
        {"columns": [{**A_COLUMN, "colour": "red"}]},
        {"columns": [{**A_COLUMN, "choices": "nowhere"}]},
        {"columns": ["名称"]},
    ],
)
def test_a_broken_source_is_refused(change: dict[str, JsonValue]) -> None:
    with pytest.raises(DataModelError):
        model_from({**A_SOURCE, **change}, {})


def test_the_smallest_source_is_a_model() -> None:
    model = model_from(A_SOURCE, {"iris": {}, "aliases": {"name": ["名前"]}})
    assert model.iri == f"{NAMESPACE}Pond"
    assert model.columns[0].aliases == ("名前",)
