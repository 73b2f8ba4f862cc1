from collections.abc import Sequence

from datamodels.model.headers import map_headers
from datamodels.model.row_reader import RowReader
from datamodels.model.rows import IdRule, Refused, Taken
from datamodels.registry import model_named
from kit.json import JsonObject

HEADERS = ("ID", "名称", "名称_カナ", "緯度", "経度", "所在地_連結表記", "電話番号")
ROW = ("a-1", "高松市役所", "タカマツシヤクショ", "34.3427", "134.0466", "高松市番町一丁目8-15", "")


def a_reader(
    headers: Sequence[str] = HEADERS, model: str = "AED", municipality: str | None = "372013"
) -> RowReader:
    one = model_named(model)
    mapping = map_headers(one, headers)
    return RowReader(model=one, mapping=mapping, municipality=municipality)


def taken(reader: RowReader, cells: Sequence[str]) -> JsonObject:
    row = reader.read(2, cells)
    assert isinstance(row, Taken), row
    return row.entity


def refused(reader: RowReader, cells: Sequence[str]) -> list[tuple[str | None, str]]:
    row = reader.read(7, cells)
    assert isinstance(row, Refused)
    assert {problem.line for problem in row.problems} == {7}
    return [(problem.column, problem.reason.ja) for problem in row.problems]


def test_a_row_becomes_a_normalized_entity_with_a_stable_id() -> None:
    assert taken(a_reader(), ROW) == {
        "id": "urn:ngsi-ld:AED:372013:a-1",
        "type": "AED",
        "localGovernmentCode": {"type": "Property", "value": "372013"},
        "identifier": {"type": "Property", "value": "a-1"},
        "name": {
            "type": "LanguageProperty",
            "languageMap": {"ja": "高松市役所", "ja-Hrkt": "タカマツシヤクショ"},
        },
        "fullAddress": {"type": "Property", "value": "高松市番町一丁目8-15"},
        "location": {
            "type": "GeoProperty",
            "value": {"type": "Point", "coordinates": [134.0466, 34.3427]},
        },
    }


def test_a_blank_cell_leaves_its_attribute_out() -> None:
    assert "contactPointPhoneNumber" not in taken(a_reader(), ROW)


def test_a_row_number_is_the_id_where_there_is_no_id_column() -> None:
    reader = a_reader(("#property", "名称"))
    assert reader.id_rule is IdRule.ROW_NUMBER
    assert taken(reader, ("12", "市役所"))["id"] == "urn:ngsi-ld:AED:372013:12"


def test_without_id_and_number_the_id_follows_from_name_and_address() -> None:
    reader = a_reader(("名称", "住所"))
    assert reader.id_rule is IdRule.HASH
    first, again = taken(reader, ("市役所", "番町1")), taken(reader, ("市役所", "番町1"))
    assert first["id"] == again["id"]
    assert first["id"] != taken(reader, ("市役所", "番町2"))["id"]


def test_what_a_urn_may_not_hold_is_percent_encoded_in_the_id() -> None:
    entity = taken(a_reader(("ID", "名称")), ("避難 所/1", "市役所"))
    assert str(entity["id"]).isascii()
    assert " " not in str(entity["id"])
    assert entity["identifier"] == {"type": "Property", "value": "避難 所/1"}


def test_the_rows_own_municipality_code_wins_over_the_default_one() -> None:
    reader = a_reader(("全国地方公共団体コード", "ID", "名称"))
    assert taken(reader, ("37202", "1", "丸亀市役所"))["id"] == "urn:ngsi-ld:AED:372021:1"
    assert taken(reader, ("", "1", "高松市役所"))["id"] == "urn:ngsi-ld:AED:372013:1"


def test_a_row_without_any_municipality_code_is_refused() -> None:
    reader = a_reader(("全国地方公共団体コード", "ID", "名称"), municipality=None)
    assert refused(reader, ("", "1", "市役所")) == [
        ("全国地方公共団体コード", "全国地方公共団体コードがありません")
    ]


def test_every_problem_of_a_row_is_told_once() -> None:
    cells = ("", "", "", "134.04", "34.34", "", "")
    assert refused(a_reader(), cells) == [
        ("緯度", "緯度と経度が逆のようです"),
        ("経度", "緯度と経度が逆のようです"),
        ("ID", "IDがありません"),
        ("名称", "名称がありません"),
    ]


def test_one_coordinate_without_the_other_is_refused() -> None:
    cells = ("1", "市役所", "", "34.34", "", "", "")
    assert refused(a_reader(), cells) == [("経度", "経度がありません")]


def test_both_coordinates_0_give_an_entity_without_location() -> None:
    assert "location" not in taken(a_reader(), ("1", "市役所", "", "0", "0", "", ""))


def test_a_row_with_too_many_or_too_few_cells_is_refused() -> None:
    assert refused(a_reader(), [*ROW, "x"]) == [(None, "列が 8 個です")]
    assert refused(a_reader(), ROW[:-1]) == [(None, "列が 6 個です")]


def test_a_map_editors_placeholder_is_no_name() -> None:
    assert refused(a_reader(("ID", "名称")), ("1", "新規マップピン")) == [
        ("名称", "仮の名称のままです")
    ]


def test_numbers_carry_their_unit_code() -> None:
    entity = taken(a_reader(("ID", "名称", "想定収容人数"), "EvacuationSite"), ("1", "公園", "238"))
    assert entity["maxCapacity"] == {"type": "Property", "value": 238, "unitCode": "IE"}


def test_required_columns_that_are_blank_are_noted_and_do_not_refuse_the_row() -> None:
    row = a_reader().read(2, ROW)
    assert isinstance(row, Taken)
    assert "電話番号" in row.gaps
    assert "名称" not in row.gaps
