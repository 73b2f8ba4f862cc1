from pathlib import Path

import orjson
import pytest

from datamodels import UnreadableFile, model_named, read_file
from datamodels.model.rows import Refused, Row, Taken
from kit.json import JsonObject, JsonValue

PARCEL, POND = model_named("AgriParcel"), model_named("IrrigationPond")
SQUARE: JsonObject = {
    "type": "Polygon",
    "coordinates": [[[134.0, 34.2], [134.2, 34.2], [134.2, 34.4], [134.0, 34.4], [134.0, 34.2]]],
}


def a_feature(geometry: JsonValue, id_: JsonValue = None, **properties: JsonValue) -> JsonObject:
    named: JsonObject = {} if id_ is None else {"id": id_}
    return {"type": "Feature", **named, "geometry": geometry, "properties": properties}


def a_file(folder: Path, *features: JsonObject) -> Path:
    path = folder / "file.geojson"
    content = {"type": "FeatureCollection", "name": "例", "features": list(features)}
    path.write_bytes(orjson.dumps(content))
    return path


def rows(path: Path, model: str) -> list[Row]:
    return list(read_file(path, model_named(model), municipality="372013").rows())


@pytest.mark.parametrize(
    "names", [("名称", "ID", "所在地_連結表記"), ("name", "identifier", "fullAddress")]
)
def test_properties_are_known_by_japanese_and_english_names(
    tmp_path: Path, names: tuple[str, str, str]
) -> None:
    point: JsonObject = {"type": "Point", "coordinates": [134.1, 34.3]}
    values: JsonObject = dict(zip(names, ["新池", 5, "屋島東町"], strict=True))
    (row,) = rows(a_file(tmp_path, a_feature(point, **values)), "IrrigationPond")
    assert isinstance(row, Taken)
    assert row.id == "urn:ngsi-ld:IrrigationPond:372013:5"
    assert row.entity["location"] == {"type": "GeoProperty", "value": point}
    assert row.entity["fullAddress"] == {"type": "Property", "value": "屋島東町"}


def test_a_features_own_id_identifies_it_where_no_property_does(tmp_path: Path) -> None:
    point: JsonObject = {"type": "Point", "coordinates": [134.1, 34.3]}
    (row,) = rows(a_file(tmp_path, a_feature(point, "p-1", name="新池")), "IrrigationPond")
    assert isinstance(row, Taken)
    assert row.id == "urn:ngsi-ld:IrrigationPond:372013:p-1"


def test_a_shape_is_kept_where_the_model_keeps_shapes(tmp_path: Path) -> None:
    (row,) = rows(a_file(tmp_path, a_feature(SQUARE, ID="1", name="農地", 面積=12)), "AgriParcel")
    assert isinstance(row, Taken)
    assert row.entity["location"] == {"type": "GeoProperty", "value": SQUARE}


def test_elsewhere_a_point_inside_stands_for_it(tmp_path: Path) -> None:
    (row,) = rows(a_file(tmp_path, a_feature(SQUARE, ID="1", name="新池")), "IrrigationPond")
    assert isinstance(row, Taken)
    location = row.entity["location"]
    assert isinstance(location, dict)
    assert location["value"] == {"type": "Point", "coordinates": [134.1, 34.3]}


def test_lists_and_truths_and_blanks_become_cells(tmp_path: Path) -> None:
    feature = a_feature(
        None, ID="1", name="避難所", petsAccepted=True, residentsAssociation=["東", "西"], url=None
    )
    (row,) = rows(a_file(tmp_path, feature), "EvacuationShelter")
    assert isinstance(row, Taken)
    assert row.entity["petsAccepted"] == {"type": "Property", "value": "可"}
    assert row.entity["receptionTargetLocalCommunity"] == {
        "type": "Property",
        "value": ["東", "西"],
    }
    assert "location" not in row.entity


def test_a_feature_whose_values_are_wrong_is_refused_by_its_number(tmp_path: Path) -> None:
    right, wrong = a_feature(None, ID="1", name="a"), a_feature(None, ID="2", name="b", 面積="広い")
    found = rows(a_file(tmp_path, right, wrong), "AgriParcel")
    assert isinstance(found[0], Taken)
    assert isinstance(found[1], Refused)
    assert (found[1].line, found[1].problems[0].column) == (2, "面積")


def test_many_features_are_read_one_by_one(tmp_path: Path) -> None:
    features = [a_feature(None, ID=str(n), name="池" * 50) for n in range(3_000)]
    found = rows(a_file(tmp_path, *features), "IrrigationPond")
    assert [row.line for row in found] == list(range(1, 3_001))
    assert all(isinstance(row, Taken) for row in found)


@pytest.mark.parametrize(
    "content",
    [
        b'{"type":"Feature"}',
        b'{"type":"FeatureCollection","features":[{"type":',
        b'{"type":"FeatureCollection","features":[3]}',
        b'{"type":"FeatureCollection","features":["\xff"]}',
        b'{"type":"FeatureCollection","features":[]}',
    ],
)
def test_what_is_no_collection_of_the_model_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file.geojson"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile):
        read_file(path, POND, municipality="372013")
    assert PARCEL.column("shape") is not None
