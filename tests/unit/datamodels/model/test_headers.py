from datamodels.model.headers import map_headers
from datamodels.registry import model_named

AED = model_named("AED")
SITE = model_named("EvacuationSite")


def english(model_name: str, headers: list[str]) -> list[str | None]:
    mapping = map_headers(model_named(model_name), headers)
    return [column.en if column else None for column in mapping.columns]


def test_the_standard_headers_map_to_every_column() -> None:
    mapping = map_headers(AED, [column.ja for column in AED.columns])
    assert mapping.columns == AED.columns
    assert mapping.not_taken == ()


def test_older_headers_map() -> None:
    assert english(
        "AED", ["都道府県コード又は市区町村コード", "NO", "住所", "方書", "設置位置"]
    ) == [
        "localGovernmentCode",
        None,
        "fullAddress",
        "buildingNameEtc",
        "installationLocation",
    ]


def test_english_headers_map() -> None:
    headers = ["#property", "latitude", "longitude", "name", "address", "telephoneNumber"]
    mapping = map_headers(AED, headers)
    assert [column.en if column else None for column in mapping.columns] == [
        None, "latitude", "longitude", "name", "fullAddress", "contactPointPhoneNumber",
    ]  # fmt: skip
    assert mapping.row_number == 0
    assert mapping.not_taken == ()


def test_width_spaces_underscores_and_case_make_no_difference() -> None:
    assert english("AED", ["　名　称 ", "名称＿英字", "ＩＤ", "LATITUDE"]) == [
        "name", "nameEn", "identifier", "latitude",
    ]  # fmt: skip


def test_a_columns_own_name_wins_over_another_headers_alias() -> None:
    assert english("AED", ["住所", "所在地_連結表記"]) == [None, "fullAddress"]


def test_one_column_is_taken_once() -> None:
    mapping = map_headers(AED, ["名称", "名称"])
    assert mapping.recognised == 1
    assert mapping.not_taken == ("名称",)


def test_the_municipality_columns_of_evacuation_sites_stay_apart() -> None:
    assert english("EvacuationSite", ["全国地方公共団体コード", "市区町村コード"]) == [
        "localGovernmentCode",
        "municipalityCode",
    ]
    assert english("AED", ["市区町村コード"]) == ["localGovernmentCode"]


def test_a_column_that_the_model_lacks_is_named() -> None:
    assert map_headers(SITE, ["名称", "担当者の好きな色"]).not_taken == ("担当者の好きな色",)
