import pytest
from hypothesis import given
from hypothesis import strategies as st

from datamodels.model.cells import CellRefused, read_cell, write_cell
from datamodels.model.dates import read_date, read_instant
from datamodels.model.model import Column, Kind
from kit.json import JsonValue


def column(kind: Kind) -> Column:
    return Column(ja="項目", en="item", kind=kind, attribute="item")


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2026-04-01", "2026-04-01"),
        ("2026/4/1", "2026-04-01"),
        ("２０２６年４月１日", "2026-04-01"),
        ("20260401", "2026-04-01"),
        ("2026-04-01 00:00:00", "2026-04-01"),
        ("令和8年4月1日", "2026-04-01"),
        ("令和元年5月1日", "2019-05-01"),
        ("R8.4.1", "2026-04-01"),
        ("H30/12/31", "2018-12-31"),
        ("昭和64年1月7日", "1989-01-07"),
        ("M34.3.27", "1901-03-27"),
        ("26/4/1", None),
        ("8月5日", None),
        ("2026-02-30", None),
        ("2026-04-01 09:00", None),
        ("随時", None),
    ],
)
def test_a_date_is_read_as_people_write_it(text: str, date: str | None) -> None:
    assert read_date(text) == date


@given(st.dates())
def test_every_date_is_read_as_it_is_written(date: object) -> None:
    assert read_date(str(date)) == str(date)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-04-01T09:00:00+09:00", "2026-04-01T00:00:00Z"),
        ("2026-04-01T00:00:00Z", "2026-04-01T00:00:00Z"),
        ("2026/4/1 9:00", "2026-04-01T00:00:00Z"),
        ("2026-04-01", "2026-03-31T15:00:00Z"),
        ("2026-04-01 25:00", None),
        ("いつか", None),
    ],
)
def test_an_instant_without_an_offset_is_in_japans_time(text: str, instant: str | None) -> None:
    assert read_instant(text) == instant


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Kind.DATE, "令和8年4月1日", "2026-04-01"),
        (Kind.INSTANT, "2026-04-01 09:00", "2026-04-01T00:00:00Z"),
        (Kind.REFERENCE, "urn:ngsi-ld:Device:1", "urn:ngsi-ld:Device:1"),
        (
            Kind.SHAPE,
            '{"type":"LineString","coordinates":[[134,34],[135,35]]}',
            {"type": "LineString", "coordinates": [[134, 34], [135, 35]]},
        ),
    ],
)
def test_what_is_read_is_read_again_as_it_is_written(
    kind: Kind, text: str, value: JsonValue
) -> None:
    cell = read_cell(column(kind), text)
    assert cell.value == value
    assert read_cell(column(kind), write_cell(column(kind), value)).value == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.DATE, "来週"),
        (Kind.INSTANT, "12時"),
        (Kind.REFERENCE, "水位計"),
        (Kind.SHAPE, "POINT(134 34)"),
        (Kind.SHAPE, '{"type":"Polygon","coordinates":[134,34]}'),
        (Kind.SHAPE, '{"type":"Point","coordinates":[true,false]}'),
    ],
)
def test_what_is_not_of_the_kind_is_refused(kind: Kind, text: str) -> None:
    with pytest.raises(CellRefused):
        read_cell(column(kind), text)


def test_a_number_out_of_its_range_is_refused() -> None:
    level = Column(ja="水位", en="level", kind=Kind.NUMBER, attribute="level", minimum=0, maximum=1)
    assert read_cell(level, "0.5").value == 0.5
    for text in ("-1", "1.1"):
        with pytest.raises(CellRefused, match="out of range"):
            read_cell(level, text)


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("公式サイト\nhttps://www.example.jp/a", "https://www.example.jp/a"),
        ("https://www.example.jp/院内　保育所/", "https://www.example.jp/院内%20保育所/"),
    ],
)
def test_a_web_address_is_found_in_what_stands_around_it(text: str, uri: str) -> None:
    cell = read_cell(column(Kind.URI), text)
    assert cell.value == uri
    assert cell.assumed is not None
