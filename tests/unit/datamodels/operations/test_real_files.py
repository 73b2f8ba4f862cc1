from pathlib import Path

import pytest

from datamodels import Checker, IdRule, Reading, Report, import_file, model_named, read_csv
from datamodels.importers.tables import Table
from kit.json import JsonObject
from tests.unit.datamodels.memory import MemorySink, shared_file

TAKAMATSU = "372013"


async def import_real(
    name: str, model: str, municipality: str | None = TAKAMATSU
) -> tuple[Reading, Report, MemorySink]:
    """Import a real file, twice; the second time must change nothing."""
    one, sink = model_named(model), MemorySink()
    reading = read_csv(shared_file(name), one, municipality=municipality)
    report = await import_file(sink, one, reading.rows(), governed=reading.governed)
    again = await import_file(sink, one, reading.rows(), governed=reading.governed)
    assert (again.taken, again.changed) == (0, 0)
    assert (again.unchanged, again.refused) == (report.taken, report.refused)
    assert len(sink.entities) == report.taken
    return reading, report, sink


def value(entity: JsonObject, attribute: str) -> object:
    instance = entity[attribute]
    assert isinstance(instance, dict)
    return instance["value"]


def assumed(report: Report, column: str) -> dict[str, int]:
    return {a.taken.ja: n for a, n in report.assumptions.items() if a.column == column}


async def test_takamatsus_aeds() -> None:
    reading, report, sink = await import_real("takamatsu/aed_location.csv", "AED")
    assert reading.reader.id_rule is IdRule.ROW_NUMBER
    assert reading.table.mapping.not_taken == ()
    assert (report.rows, report.taken, report.refused) == (450, 450, 0)
    assert assumed(report, "equipmentForChildren") == {"「有」を「あり」とした": 157}
    assert assumed(report, "endTime") == {"「1700」を「17:00」とした": 1}
    assert report.gaps["電話番号"] == 168
    city_hall = sink.entities["urn:ngsi-ld:AED:372013:97"]  # its cells hold line breaks
    assert value(city_hall, "contactPointPhoneNumber") == "087-839-2011"
    assert value(city_hall, "startTime") == "08:30"
    assert value(city_hall, "pediatricSupport") == "あり"
    assert value(city_hall, "fullAddress") == "高松市番町一丁目8-15"


async def test_takamatsus_evacuation_sites() -> None:
    reading, report, sink = await import_real("takamatsu/evacuation_space.csv", "EvacuationSite")
    assert reading.table.mapping.not_taken == ()
    assert (report.rows, report.taken, report.refused) == (195, 194, 1)
    (problem,) = report.problems
    assert (problem.line, problem.column, problem.found) == (101, "name", "新規マップピン")
    assert problem.reason.ja == "仮の名称のままです"
    first = sink.entities["urn:ngsi-ld:EvacuationSite:372013:1"]
    assert value(first, "typeOfDisasterFlood") == "条件付き"  # flood_L2 △
    assert value(first, "typeOfDisasterFloodPlannedScale") == "対象"  # flood_L1 ○
    assert value(first, "maxCapacity") == 238
    assert value(first, "alsoForShelter") == "あり"
    assert value(first, "receptionTargetLocalCommunity") == ["日新地区コミュニティ協議会"]
    school = sink.entities["urn:ngsi-ld:EvacuationSite:372013:167"]  # − but for earthquakes
    assert "typeOfDisasterTsunami" not in school
    assert value(school, "typeOfDisasterEarthquake") == "対象"
    park = sink.entities["urn:ngsi-ld:EvacuationSite:372013:181"]  # telephone number "-"
    assert "contactPointPhoneNumber" not in park


async def test_takamatsus_toilets() -> None:
    reading, report, sink = await import_real("takamatsu/public_toilet.csv", "PublicToilet", None)
    assert reading.reader.id_rule is IdRule.COLUMN
    assert reading.table.mapping.not_taken == ()
    assert (report.rows, report.taken, report.refused) == (169, 169, 0)
    assert assumed(report, "prefCode") == {"「37201」を「372013」とした": 169}
    station = sink.entities["urn:ngsi-ld:PublicToilet:372013:2"]
    assert value(station, "urinalMaleToilet") == 4
    assert value(station, "multipurposeToilet") == "あり"
    assert value(station, "toiletForOstomates") == "なし"
    assert value(station, "endTime") == "24:00"
    assert value(station, "dateTimeRemarks") == "なし"  # a word that is there is kept
    assert "totalUnisexToilet" not in station  # a blank is not 0
    name = station["name"]
    assert isinstance(name, dict)
    assert isinstance(name["languageMap"], dict)
    assert name["languageMap"].keys() == {"ja", "ja-Hrkt", "en"}


async def test_takamatsus_ponds() -> None:
    reading, report, sink = await import_real("takamatsu/reservoir_list.csv", "IrrigationPond")
    assert reading.reader.id_rule is IdRule.COLUMN
    assert (report.rows, report.taken, report.refused) == (841, 841, 0)
    pond = sink.entities["urn:ngsi-ld:IrrigationPond:372013:372010006"]
    assert value(pond, "location") == {
        "type": "Point",
        "coordinates": [134.114020985276, 34.3514581987302],
    }


async def test_tsukubas_evacuation_sites_with_the_national_header() -> None:
    reading, report, sink = await import_real("tsukuba_evacuation_site.csv", "EvacuationSite", None)
    assert isinstance(reading.table, Table)
    assert reading.table.encoding.name == "utf-8-sig"
    assert reading.table.mapping.not_taken == ()
    assert (report.rows, report.taken, report.refused) == (11, 11, 0)
    assert assumed(report, "災害種別_津波") == {"「0」を「対象外」とした": 11}
    park = sink.entities["urn:ngsi-ld:EvacuationSite:082201:082201-shelter-0004"]
    assert value(park, "streetAddressId") == "0051002"
    assert value(park, "city") == "つくば市"
    assert "typeOfDisasterFlood" not in park


@pytest.mark.parametrize(
    ("name", "model", "rows"),
    [
        ("city_bicycle_parking", "BicycleParking", 4),
        ("community_center", "PublicFacility", 52),
        ("cultural_property", "CulturalProperty", 183),
        ("events", "Event", 51),
        ("fire_station", "PublicFacility", 13),
        ("kindergarten", "ChildcareFacility", 67),
        ("library", "PublicFacility", 5),
        ("municipal_parking", "OffStreetParking", 8),
        ("nursery_school", "ChildcareFacility", 118),
        ("park", "PublicFacility", 310),
        ("polling_place_list", "PublicFacility", 70),
        ("primary_school", "PublicFacility", 53),
        ("public_wireless_lan", "WifiPointOfInterest", 3),
        ("recycling_box_installation_location", "PublicFacility", 23),
        ("rural_park", "PublicFacility", 12),
        ("tourist_facilities", "TouristDestination", 52),
        ("tsunami_evacuation_building", "EvacuationShelter", 112),
    ],
)
async def test_each_of_takamatsus_other_files_is_taken_whole(
    name: str, model: str, rows: int
) -> None:
    _, report, sink = await import_real(f"takamatsu/{name}.csv", model)
    assert (report.rows, report.taken, report.refused) == (rows, rows, 0)
    checker = Checker(model_named(model), gaps=True)
    for entity in list(sink.entities.values())[:20]:
        attributes: JsonObject = {
            model_named(model).iri_of(key): [value]
            for key, value in entity.items()
            if key not in {"id", "type"}
        }
        assert checker.faults(attributes) == ()


async def test_what_cannot_be_read_as_a_number_or_time_is_kept_as_a_remark() -> None:
    _, report, _ = await import_real("takamatsu/nursery_school.csv", "ChildcareFacility")
    assert assumed(report, "capacity")["読み取れない内容を「収容定員_備考」に入れた"] > 20
    _, _, events = await import_real("takamatsu/events.csv", "Event")
    assert value(events.entities["urn:ngsi-ld:Event:372013:1"], "feeRemarks") == "無料"


async def test_where_the_id_is_blank_the_row_number_stands_in() -> None:
    _, report, _ = await import_real("takamatsu/cultural_property.csv", "CulturalProperty")
    assert assumed(report, "identification") == {"空欄のため行番号から補った": 183}


@pytest.mark.parametrize("codec", ["cp932", "utf-16", "utf-8-sig"])
async def test_a_real_file_says_the_same_in_every_encoding(tmp_path: Path, codec: str) -> None:
    _, report, plain = await import_real("takamatsu/public_toilet.csv", "PublicToilet", None)
    text = shared_file("takamatsu/public_toilet.csv").read_text("utf-8-sig")
    copy = tmp_path / "toilets.csv"
    copy.write_text(text, encoding=codec)
    model, sink = model_named("PublicToilet"), MemorySink()
    reading = read_csv(copy, model)
    again = await import_file(sink, model, reading.rows(), governed=reading.governed)
    assert again.taken == report.taken
    assert sink.entities == plain.entities


@pytest.mark.parametrize("line", [2, 60, 150])
async def test_a_comma_too_few_in_a_real_file_refuses_that_row_alone(
    tmp_path: Path, line: int
) -> None:
    lines = shared_file("takamatsu/public_toilet.csv").read_text("utf-8-sig").splitlines()
    lines[line - 1] = lines[line - 1].replace(",", "", 1)
    shifted = tmp_path / "toilets.csv"
    shifted.write_text("\n".join(lines), encoding="utf-8")
    model = model_named("PublicToilet")
    reading = read_csv(shifted, model)
    report = await import_file(MemorySink(), model, reading.rows(), governed=reading.governed)
    assert (report.taken, report.refused) == (168, 1)
    assert report.problems[0].line == line
    assert report.problems[0].reason.ja == "列が 32 個です"
