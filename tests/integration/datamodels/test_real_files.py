"""All real files that are at hand, end to end: imported, listed, downloaded, and imported again."""

import csv
import io
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from datamodels import model_named
from kit.json import JsonObject
from renkei.cli import assemble
from renkei.settings import Settings
from tests.platforms import Client, make_tenant
from tests.unit.datamodels.memory import shared_file

TAKAMATSU, TSUKUBA = "372013", "082201"
FILES = (
    # file, model, series of ids where the file has none, rows taken, rows refused
    ("aed_location", "AED", None, 450, 0),
    ("city_bicycle_parking", "BicycleParking", None, 4, 0),
    ("community_center", "PublicFacility", "community-center", 52, 0),
    ("cultural_property", "CulturalProperty", None, 183, 0),
    ("evacuation_space", "EvacuationSite", None, 194, 1),
    ("events", "Event", None, 51, 0),
    ("fire_station", "PublicFacility", "fire-station", 13, 0),
    ("kindergarten", "ChildcareFacility", "kindergarten", 67, 0),
    ("library", "PublicFacility", "library", 5, 0),
    ("municipal_parking", "OffStreetParking", None, 8, 0),
    ("nursery_school", "ChildcareFacility", "nursery", 118, 0),
    ("park", "PublicFacility", "park", 310, 0),
    ("polling_place_list", "PublicFacility", "polling-place", 70, 0),
    ("primary_school", "PublicFacility", "primary-school", 53, 0),
    ("public_toilet", "PublicToilet", None, 169, 0),
    ("public_wireless_lan", "WifiPointOfInterest", None, 3, 0),
    ("recycling_box_installation_location", "PublicFacility", "recycling-box", 23, 0),
    ("reservoir_list", "IrrigationPond", None, 841, 0),
    ("rural_park", "PublicFacility", "rural-park", 12, 0),
    ("tourist_facilities", "TouristDestination", None, 52, 0),
    ("tsunami_evacuation_building", "EvacuationShelter", None, 112, 0),
)
FEW = ("fire_station", "library", "public_wireless_lan")
KAGAWA = (133.4, 34.0, 134.5, 34.6)


def run(*arguments: str) -> str:
    answer = CliRunner().invoke(assemble(arguments[0]), list(arguments), env={"COLUMNS": "200"})
    assert answer.exit_code == 0, answer.output
    return answer.output


def imported(client: Client, file: Path, model: str, *more: str) -> str:
    return run(
        "import", str(file), "--model", model, "--tenant", client.tenant, "--url", client.url,
        "--lang", "en", *more,
    )  # fmt: skip


def entities(client: Client, model: str) -> dict[str, JsonObject]:
    found: dict[str, JsonObject] = {}
    while True:
        page = client.get(
            "/entities", type=model_named(model).iri, limit="1000", offset=str(len(found))
        ).json()
        found |= {one["id"]: one for one in page}
        if len(page) < 1000:
            return found


def listed(client: Client, wanted: Counter[str]) -> dict[str, dict[str, Any]]:
    """Wait until the catalog tells how many there are of each model."""
    ends_s = time.monotonic() + 60
    while True:
        answer = client.http.get(
            f"{client.url}/catalog/entries",
            params={"tenant": client.tenant, "kind": "dataset", "limit": "1000"},
        )
        found = {one["models"][0]: one for one in answer.json()["entries"]}
        counts = Counter({name: one["facts"]["entities"] for name, one in found.items()})
        if counts == wanted:
            return found
        assert time.monotonic() < ends_s, (counts, wanted)
        time.sleep(0.5)


def walk(first: Client, second: Client, names: tuple[str, ...], tmp_path: Path) -> None:
    """Bring files of Takamatsu in, out, and in again elsewhere."""
    wanted = Counter[str]()
    for name, model, series, taken, refused in FILES:
        if name not in names:
            continue
        file = shared_file(f"takamatsu/{name}.csv")
        more = ["--municipality", TAKAMATSU, *(["--series", series] if series else [])]
        told = imported(first, file, model, *more)
        counts = f"rows {taken + refused}  taken {taken}  changed 0  unchanged 0  refused {refused}"
        assert counts in told, (name, told)
        if refused:
            assert "新規マップピン" in told
        wanted[model] += taken

    found = listed(first, wanted)
    assert found.keys() == wanted.keys()
    for model, one in found.items():
        extent = one["facts"]["extent"]
        if extent is not None:  # some files tell no places
            assert KAGAWA[0] < extent[0] <= extent[2] < KAGAWA[2], (model, extent)
            assert KAGAWA[1] < extent[1] <= extent[3] < KAGAWA[3], (model, extent)
        assert {"name"} <= set(one["facts"]["attributes"]), model
    base = f"{first.url}/datamodels/tenants/{first.tenant}"
    sheet = first.http.get(f"{base}/open-data-list.csv").content.decode("utf-8-sig")
    rows = [row["ファイル_アクセスURL"] for row in csv.DictReader(io.StringIO(sheet))]
    for model, count in wanted.items():
        assert f"{base}/export/{model}.csv" in rows
        assert len(first.http.get(f"{base}/export/{model}.geojson").json()["features"]) == count
        file = tmp_path / f"{model}.csv"
        file.write_bytes(first.http.get(f"{base}/export/{model}.csv").content)
        told = imported(second, file, model)
        assert f"rows {count}  taken {count}  changed 0  unchanged 0  refused 0" in told, told
        assert same(entities(first, model)) == same(entities(second, model)), model


def same(found: dict[str, JsonObject]) -> dict[str, JsonObject]:
    """Leave out nothing but the order of members."""
    return dict(sorted(found.items()))


@pytest.fixture
def another(client: Client, platform_settings: Settings) -> Client:
    tenant = make_tenant(client.url, platform_settings)
    return Client(url=client.url, tenant=tenant, http=client.http)


def test_real_files_come_in_are_listed_go_out_and_come_in_again(
    client: Client, another: Client, tmp_path: Path
) -> None:
    walk(client, another, FEW, tmp_path)


@pytest.mark.slow
def test_all_files_of_takamatsu_come_in_are_listed_go_out_and_come_in_again(
    client: Client, another: Client, tmp_path: Path
) -> None:
    walk(client, another, tuple(name for name, *_ in FILES), tmp_path)


def test_tsukubas_file_comes_in_and_is_listed(client: Client) -> None:
    file = shared_file("tsukuba_evacuation_site.csv")
    assert "rows 11  taken 11" in imported(client, file, "EvacuationSite")
    found = listed(client, Counter({"EvacuationSite": 11}))["EvacuationSite"]
    assert found["facts"]["extent"][0] > 139.9


def test_two_files_of_a_model_that_number_their_rows_are_kept_apart(
    client: Client, tmp_path: Path
) -> None:
    for name, series in (("公園", "park"), ("消防署", "fire")):
        file = tmp_path / f"{series}.csv"
        file.write_text(f"#property,名称,住所\n1,{name},高松市\n", encoding="utf-8")
        more = ("--municipality", TAKAMATSU, "--series", series)
        assert "taken 1" in imported(client, file, "PublicFacility", *more)
        assert "unchanged 1" in imported(client, file, "PublicFacility", *more)
    urn = f"urn:ngsi-ld:PublicFacility:{TAKAMATSU}"
    assert entities(client, "PublicFacility").keys() == {f"{urn}:park-1", f"{urn}:fire-1"}


@pytest.mark.parametrize(
    ("series", "header"), [("公園", "#property,名称,住所"), ("park", "ID,名称,住所")]
)
def test_a_series_that_cannot_be_used_is_refused(
    client: Client, tmp_path: Path, series: str, header: str
) -> None:
    file = tmp_path / "wrong.csv"
    file.write_text(f"{header}\n1,公園,高松市\n", encoding="utf-8")
    asked = ["import", str(file), "--model", "PublicFacility", "--tenant", client.tenant]
    more = ["--url", client.url, "--municipality", TAKAMATSU, "--series", series, "--lang", "en"]
    answer = CliRunner().invoke(assemble("import"), [*asked, *more])
    assert (answer.exit_code, "eries" in answer.output) == (1, True)
