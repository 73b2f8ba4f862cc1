from typing import cast

import orjson
import pytest

from datamodels.model.contexts import to_iris, to_names
from datamodels.model.errors import DataModelError, UnknownModel
from datamodels.model.model import NAMESPACE, Column, Model
from datamodels.model.source import FIELDS, model_from
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
    "key": ["name"],
    "columns": [A_COLUMN],
}


FIELDS_AND_TYPES = {
    "電子行政": "PopulationByAge PublicFacility PublicService User",
    "健康・医療・介護": "AED CareServiceOffice ChildcareFacility MedicalInstitution",
    "観光": "CulturalProperty Event PedestrianFlow PublicToilet TouristDestination "
    "WifiPointOfInterest",
    "金融": "RegionalPointAccount",
    "農林水産": "AgriCrop AgriParcel IrrigationPond",
    "ものづくり": "Device ManufacturingMachine",
    "インフラ・防災・減災": "Alert EvacuationShelter EvacuationSite FireWaterSupply "
    "FloodMonitoring WeatherObserved",
    "移動": "BicycleParking EVChargingStation GtfsRoute GtfsStop OffStreetParking",
}
CORE_TERMS = {"id", "type", "status", "title", "key", "data", "scope", "uri", "mode", "value"}


@pytest.mark.parametrize("field", FIELDS)
def test_each_of_the_eight_fields_has_its_first_models(field: str) -> None:
    found = [model.type for model in models() if model.field == field]
    assert found == FIELDS_AND_TYPES[field].split()


def test_a_model_is_found_whatever_the_case() -> None:
    assert model_named("aed") is model_named("AED")


def test_an_unknown_model_is_refused_naming_those_there_are() -> None:
    with pytest.raises(UnknownModel, match="there are AED, AgriCrop"):
        model_named("Volcano")


def test_a_term_means_the_same_in_every_model() -> None:
    seen: dict[str, tuple[Model, Column]] = {}
    for model in models():
        for column in model.columns:
            other, first = seen.setdefault(column.attribute, (model, column))
            assert model.iri_of(column.attribute) == other.iri_of(column.attribute)
            if column.attribute not in {"location", "name"}:
                assert column.kind == first.kind, column.attribute


def test_no_attribute_takes_a_core_term_for_itself() -> None:
    taken = {name for model in models() for name in model.attributes} & CORE_TERMS
    assert taken == set()


def test_every_model_says_whose_it_is_and_tells_its_rows_apart() -> None:
    for model in models():
        assert all(model.column(en) is not None for en in model.key), model.type
        assert model.source
        assert model.licence
        assert model.queryable or model.personal or model.type == "IrrigationPond"


def test_what_is_about_persons_says_so() -> None:
    assert [model.type for model in models() if model.personal] == ["RegionalPointAccount", "User"]


def test_a_type_that_smart_data_models_bears_takes_its_iri() -> None:
    weather = model_named("WeatherObserved")
    assert weather.iri == "https://smartdatamodels.org/dataModel.Weather/WeatherObserved"
    assert weather.iri_of("temperature").startswith("https://smartdatamodels.org/dataModel.Weather")
    assert weather.iri_of("remarks") == f"{NAMESPACE}remarks"
    assert model_named("AED").iri == f"{NAMESPACE}AED"


def test_no_header_means_two_columns_of_one_model() -> None:
    for model in models():
        aliases = [alias for column in model.columns for alias in column.aliases]
        assert len(aliases) == len(set(aliases)), model.type


@pytest.mark.parametrize(
    ("type_", "listed"),
    [
        ("AED", "AED"),
        ("BicycleParking", "BicycleParking"),
        ("CareServiceOffice", "CareServiceOffice"),
        ("ChildcareFacility", "ChildcareFacility"),
        ("CulturalProperty", "CulturalProperty"),
        ("EvacuationSite", "EvacuationSite(ODS-A-03)"),
        ("Event", "Event"),
        ("FireWaterSupply", "FireWaterSupply"),
        ("MedicalInstitution", "MedicalInstitution"),
        ("OffStreetParking", "ParkingLot"),
        ("PedestrianFlow", "PedestrianFlow"),
        ("PopulationByAge", "PopulationByAge"),
        ("PublicFacility", "PublicFacility"),
        ("PublicToilet", "PublicToilet"),
        ("RegionalPointAccount", "RegionalPoint(PERSONAL)"),
        ("TouristDestination", "TouristFacility"),
        ("User", "User(PERSONAL)"),
        ("WifiPointOfInterest", "PublicWirelessLan"),
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
        {"columns": [{**A_COLUMN, "kind": "colour"}]},
        {"columns": [{**A_COLUMN, "smart": True}]},
        {"columns": [{**A_COLUMN, "otherwise": "nowhere"}]},
        {"version": "1.0"},
        {"key": ["number"]},
        {"queryable": ["number"]},
        {"colour": "red"},
    ],
)
def test_a_broken_source_is_refused(change: dict[str, JsonValue]) -> None:
    with pytest.raises(DataModelError):
        model_from({**A_SOURCE, **change}, {})


def test_the_smallest_source_is_a_model() -> None:
    model = model_from(A_SOURCE, {"iris": {}, "aliases": {"name": ["名前"]}})
    assert model.iri == f"{NAMESPACE}Pond"
    assert model.columns[0].aliases == ("名前",)
