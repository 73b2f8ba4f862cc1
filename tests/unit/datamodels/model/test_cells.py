from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datamodels.model.cells import CellRefused, read_cell, write_cell
from datamodels.model.model import Column, Kind
from datamodels.registry import model_named
from kit.json import JsonValue


def a_column(kind: Kind, **more: str | int) -> Column:
    return Column(ja="列", en="column", kind=kind, attribute="column", **more)  # type: ignore[arg-type]  # the test names real fields


def a_hazard() -> Column:
    column = model_named("EvacuationSite").column("typeOfDisasterFlood")
    assert column is not None
    return column


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Kind.TEXT, "　高松市番町一丁目　", "高松市番町一丁目"),
        (Kind.TEXT, "一行目\r\n二行目\n", "一行目\n二行目"),
        (Kind.CODE, "０８７－８３９－２０１１", "087-839-2011"),
        (Kind.CODE, "087-839-2011\n", "087-839-2011"),
        (Kind.NUMBER, "1,530", 1530),
        (Kind.NUMBER, "１２．５", 12.5),
        (Kind.TIME, "9:00", "09:00"),
        (Kind.TIME, "1700", "17:00"),
        (Kind.TIME, "8時30分", "08:30"),
        (Kind.TIME, "17時", "17:00"),
        (Kind.TIME, "17:15:00", "17:15"),
        (Kind.TIME, "２４：００", "24:00"),
        (Kind.TEXTS, "一番町;二番町； ", ["一番町", "二番町"]),
        (Kind.URIS, "https://a.example/1;https://a.example/2", ["https://a.example/1", "https://a.example/2"]),
        (Kind.MUNICIPALITY, "37201", "372013"),
        (Kind.MUNICIPALITY, "11002", "011002"),
        (Kind.MUNICIPALITY, "０８２２０１", "082201"),
        (Kind.LATITUDE, "34.340", 34.34),
        (Kind.LONGITUDE, "１３４．０４", 134.04),
    ],
)  # fmt: skip
def test_a_cell_is_read_as_its_column_means_it(kind: Kind, text: str, value: JsonValue) -> None:
    assert read_cell(a_column(kind), text).value == value


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("text", ["", "  ", "　", "-", "−", "ー", "\n"])
def test_a_blank_or_a_dash_says_nothing(kind: Kind, text: str) -> None:
    assert read_cell(a_column(kind), text).value is None


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        (Kind.NUMBER, "約100", "数値ではありません"),
        (Kind.NUMBER, "1,53", "数値ではありません"),
        (Kind.TIME, "24:30", "時刻ではありません"),
        (Kind.TIME, "9:60", "時刻ではありません"),
        (Kind.TIME, "終日", "時刻ではありません"),
        (Kind.URI, "www.city.takamatsu.kagawa.jp", "URL ではありません"),
        (Kind.LATITUDE, "134.05", "緯度と経度が逆のようです"),
        (Kind.LONGITUDE, "34.34", "緯度と経度が逆のようです"),
        (Kind.LATITUDE, "51.5", "緯度が日本の外です"),
        (Kind.LONGITUDE, "-0.1", "経度が日本の外です"),
        (Kind.LATITUDE, "34度20分", "緯度が十進の度ではありません"),
        (Kind.TEXT, "a\x07b", "制御文字が入っています"),
    ],
)
def test_a_cell_of_another_kind_is_refused_with_what_would_be_right(
    kind: Kind, text: str, reason: str
) -> None:
    with pytest.raises(CellRefused) as refused:
        read_cell(a_column(kind), text)
    assert refused.value.reason.ja == reason
    assert refused.value.right.ja
    assert refused.value.right.en


@pytest.mark.parametrize("text", ["372019", "37201x", "3.72E+05"])
def test_a_wrong_municipality_code_is_refused(text: str) -> None:
    with pytest.raises(CellRefused):
        read_cell(a_column(Kind.MUNICIPALITY), text)


@pytest.mark.parametrize("kind", [Kind.LATITUDE, Kind.LONGITUDE])
@pytest.mark.parametrize("text", ["0", "0.0", "０"])
def test_a_coordinate_of_0_is_a_blank_and_said_to_be_taken_so(kind: Kind, text: str) -> None:
    cell = read_cell(a_column(kind), text)
    assert cell.value is None
    assert cell.assumed


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("○", "対象"),
        ("〇", "対象"),
        ("1", "対象"),
        ("△", "条件付き"),
        ("×", "対象外"),
        ("0", "対象外"),
    ],
)
def test_hazards_are_read_as_cities_write_them(text: str, value: str) -> None:
    cell = read_cell(a_hazard(), text)
    assert cell.value == value
    assert cell.assumed


def test_a_value_outside_the_vocabulary_is_refused_naming_the_vocabulary() -> None:
    with pytest.raises(CellRefused) as refused:
        read_cell(a_hazard(), "たぶん")
    assert refused.value.right.ja == "対象・条件付き・対象外 のどれかにしてください"


def test_the_unit_written_behind_a_number_is_taken_off() -> None:
    assert read_cell(a_column(Kind.NUMBER, unit="人"), "１５３０人").value == 1530


def test_lost_leading_zeros_of_a_code_are_put_back() -> None:
    cell = read_cell(a_column(Kind.CODE, digits=7), "51002")
    assert cell.value == "0051002"
    assert cell.assumed


def test_a_plain_cell_needs_no_assumption() -> None:
    for kind, text in ((Kind.TEXT, "高松市"), (Kind.TIME, "9:00"), (Kind.NUMBER, "12")):
        assert read_cell(a_column(kind), text).assumed is None


@given(st.floats(20, 46))
@settings(max_examples=50)
def test_a_latitude_survives_export_and_import(latitude: float) -> None:
    column = a_column(Kind.LATITUDE)
    assert read_cell(column, write_cell(column, latitude)).value == latitude


@given(st.integers(0, 10**9) | st.floats(0, 1e9, width=32))
@settings(max_examples=50)
def test_a_number_survives_export_and_import(number: float) -> None:
    column = a_column(Kind.NUMBER)
    read = read_cell(column, write_cell(column, number))
    assert read.value == number


def test_every_value_of_every_vocabulary_survives_export_and_import() -> None:
    for name in ("EvacuationSite", "PublicToilet", "AED"):
        for column in model_named(name).columns:
            for value in column.vocabulary.values if column.vocabulary else ():
                assert read_cell(column, write_cell(column, value)).value == value


@given(st.text(max_size=40), st.sampled_from(Kind))
@settings(max_examples=200)
def test_no_text_breaks_the_reader(text: str, kind: Kind) -> None:
    with suppress(CellRefused):
        value = read_cell(a_column(kind), text).value
        assert value is None or isinstance(value, str | int | float | list)
