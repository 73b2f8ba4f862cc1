from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest

from datamodels import (
    Format,
    Model,
    example_of,
    export,
    import_file,
    model_named,
    models,
    read_csv,
    read_file,
)
from kit.json import JsonObject
from tests.unit.datamodels.memory import MemorySink, shared_file

AED = model_named("AED")
AN_AED: JsonObject = {
    "id": "urn:ngsi-ld:AED:372013:1",
    "type": "AED",
    "localGovernmentCode": {"type": "Property", "value": "372013"},
    "identifier": {"type": "Property", "value": "1"},
    "name": {"type": "LanguageProperty", "languageMap": {"ja": "市役所", "en": "City Hall"}},
    "location": {
        "type": "GeoProperty",
        "value": {"type": "Point", "coordinates": [134.0466, 34.3427]},
    },
    "startTime": {"type": "Property", "value": "08:30"},
    "https://other.example/battery": {"type": "Property", "value": 80},
}


async def written(entities: list[JsonObject], form: Format) -> bytes:
    async def every() -> AsyncIterator[JsonObject]:
        for entity in entities:
            yield entity

    return b"".join([piece async for piece in export(AED, every(), form)])


async def test_csv_has_a_byte_order_mark_and_the_standards_headers_in_their_order() -> None:
    text = (await written([AN_AED], Format.CSV)).decode("utf-8")
    header, row, end = text.split("\r\n")
    assert header.startswith("\ufeff全国地方公共団体コード,ID,地方公共団体名,名称,名称_英字,")
    assert row.startswith("372013,1,,市役所,City Hall,")
    assert "34.3427,134.0466" in row
    assert end == ""


async def test_geojson_is_a_feature_collection_with_flat_properties() -> None:
    collection = orjson.loads(await written([AN_AED, AN_AED], Format.GEOJSON))
    assert collection["type"] == "FeatureCollection"
    first, _ = collection["features"]
    assert first["id"] == AN_AED["id"]
    assert first["geometry"] == {"type": "Point", "coordinates": [134.0466, 34.3427]}
    assert first["properties"]["name"] == "市役所"
    assert first["properties"]["nameEn"] == "City Hall"
    assert "latitude" not in first["properties"]


async def test_an_entity_without_location_is_a_feature_without_geometry() -> None:
    bare = {name: value for name, value in AN_AED.items() if name != "location"}
    (feature,) = orjson.loads(await written([bare], Format.GEOJSON))["features"]
    assert feature["geometry"] is None


async def test_ndjson_is_one_whole_entity_a_line_with_the_names_it_uses() -> None:
    lines = (await written([AN_AED, AN_AED], Format.NDJSON)).splitlines()
    assert len(lines) == 2
    entity = orjson.loads(lines[0])
    context = entity.pop("@context")
    assert entity == AN_AED
    assert context == {
        "AED": "urn:renkei:datamodels:AED",
        "identifier": "urn:renkei:datamodels:identifier",
        "localGovernmentCode": "urn:renkei:datamodels:localGovernmentCode",
        "name": "https://smartdatamodels.org/name",
        "startTime": "urn:renkei:datamodels:startTime",
    }


async def test_json_ld_is_one_document_with_the_context_once() -> None:
    document = orjson.loads(await written([AN_AED, AN_AED], Format.JSONLD))
    assert document["@graph"] == [AN_AED, AN_AED]
    terms, core = document["@context"]
    assert terms["AED"] == "urn:renkei:datamodels:AED"
    assert core.startswith("https://uri.etsi.org/ngsi-ld/")


@pytest.mark.parametrize("form", [Format.CSV, Format.GEOJSON])
@pytest.mark.parametrize("every", [False, True])
@pytest.mark.parametrize("model", models(), ids=lambda model: model.type)
async def test_what_is_exported_of_any_model_imports_as_the_same_entities(
    tmp_path: Path, model: Model, every: bool, form: Format
) -> None:
    first, second = MemorySink(), MemorySink()
    example = example_of(model, every=every)
    first.entities[str(example["id"])] = example
    path = tmp_path / f"export.{form.value}"
    path.write_bytes(b"".join([piece async for piece in export(model, first.every(), form)]))
    back = read_file(path, model)
    report = await import_file(second, model, back.rows(), governed=back.governed)
    assert [one.reason.en for one in report.problems] == []
    assert second.entities == first.entities


@pytest.mark.parametrize("form", list(Format))
async def test_nothing_to_export_is_a_valid_file(form: Format) -> None:
    content = await written([], form)
    if form is Format.GEOJSON:
        assert orjson.loads(content) == {"type": "FeatureCollection", "features": []}
    elif form is Format.JSONLD:
        assert orjson.loads(content)["@graph"] == []
    elif form is Format.CSV:
        assert content.count(b"\r\n") == 1
    else:
        assert content == b""


@pytest.mark.parametrize(
    ("name", "model_name"),
    [
        ("takamatsu/aed_location.csv", "AED"),
        ("takamatsu/evacuation_space.csv", "EvacuationSite"),
        ("takamatsu/public_toilet.csv", "PublicToilet"),
        ("takamatsu/reservoir_list.csv", "IrrigationPond"),
        ("tsukuba_evacuation_site.csv", "EvacuationSite"),
    ],
)
async def test_export_then_import_gives_equal_entities(
    tmp_path: Path, name: str, model_name: str
) -> None:
    model, first, second = model_named(model_name), MemorySink(), MemorySink()
    source = read_csv(shared_file(name), model, municipality="372013")
    await import_file(first, model, source.rows(), governed=source.governed)
    path = tmp_path / "export.csv"
    path.write_bytes(b"".join([p async for p in export(model, first.every(), Format.CSV)]))
    back = read_csv(path, model)
    report = await import_file(second, model, back.rows(), governed=back.governed)
    assert report.refused == 0
    assert second.entities == first.entities
    onto_the_first = await import_file(first, model, back.rows(), governed=back.governed)
    assert (onto_the_first.taken, onto_the_first.changed) == (0, 0)
