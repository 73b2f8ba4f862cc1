from api_catalog.portal.tables import completeness_of, name_of, places_of, table_of
from api_catalog.portal_ports import Record
from datamodels import model_named

AED = model_named("AED")
HALL = Record(
    id="urn:ngsi-ld:AED:1",
    values={"identifier": "1", "name": "市役所", "installationLocation": "玄関"},
    place={"type": "Point", "coordinates": [141.123456789, 43.0]},
)
NAMELESS = Record(id="urn:ngsi-ld:AED:2", values={"identifier": "2"})


def test_a_table_begins_with_names_and_leaves_out_what_nobody_filled_in() -> None:
    table = table_of(AED, [HALL, NAMELESS])
    assert table.columns[0].en == "name"
    assert {one.en for one in table.columns} == {"identifier", "name", "installationLocation"}
    assert [row[0] for row in table.rows] == ["市役所", ""]
    assert table.left_out == len(AED.columns) - 3


def test_completeness_counts_each_column_of_the_model() -> None:
    filled = {one.column.en: one.filled for one in completeness_of(AED, [HALL, NAMELESS])}
    assert (filled["identifier"], filled["name"], filled["fullAddress"]) == (2, 1, 0)
    assert len(filled) == len(AED.columns)


def test_a_map_gets_places_with_their_names_and_no_more_digits_than_it_shows() -> None:
    places = places_of(AED, [HALL, NAMELESS], in_english=False)
    assert places == {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [141.123457, 43.0]},
                "properties": {"name": "市役所", "facts": [["設置位置区分", "玄関"]]},
            }
        ],
    }


def test_what_has_no_name_is_called_by_its_id() -> None:
    assert name_of(AED, NAMELESS) == "urn:ngsi-ld:AED:2"
