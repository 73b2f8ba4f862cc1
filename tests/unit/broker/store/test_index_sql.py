from datetime import UTC, datetime
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.ngsi.cells import cells_of, point_cell
from broker.ngsi.entity import Entity, Instance
from broker.ngsi.geometry import parse_geometry
from broker.ngsi.geoquery import LOCATION
from broker.ngsi.names import EntityId, Iri
from broker.ngsi.q.syntax import Instant, MomentForm, Path, moment_of
from broker.store.index_sql import MAX_TEXT, IndexRow, as_instant, index_rows
from kit.json import JsonValue

A = Iri("x:a")
NOW = datetime(2026, 9, 1, tzinfo=UTC)
DECLARED = [Path((A,))]


def an_entity(*instances: object, attribute: Iri = A) -> Entity:
    return Entity(
        id=EntityId("urn:e"),
        types=(Iri("x:T"),),
        attributes={attribute: cast("list[Instance]", list(instances))},
        created_at=NOW,
        modified_at=NOW,
    )


def rows_of(member: str, value: JsonValue, kind: str = "Property") -> list[IndexRow]:
    return index_rows(an_entity({"type": kind, member: value}), DECLARED)


def test_only_geometries_are_indexed_where_nothing_is_declared() -> None:
    assert index_rows(an_entity({"type": "Property", "value": 1})) == []
    point: JsonValue = {"type": "Point", "coordinates": [141.3545, 43.0621]}
    entity = an_entity({"type": "GeoProperty", "value": point}, attribute=LOCATION)
    assert index_rows(entity) == [IndexRow(LOCATION, cell=point_cell(141.3545, 43.0621))]


def test_whole_degrees_and_large_geometries_have_cells_too() -> None:
    point: JsonValue = {"type": "Point", "coordinates": [141, 43]}
    assert [row.cell for row in rows_of("value", point, "GeoProperty")] == [point_cell(141, 43)]
    line: JsonValue = {"type": "LineString", "coordinates": [[141, 43], [142, 44]]}
    geometry = parse_geometry("LineString", [[141, 43], [142, 44]], where="")
    assert [row.cell for row in rows_of("value", line, "GeoProperty")] == cells_of(geometry)


@pytest.mark.parametrize(
    ("member", "value", "expected"),
    [
        ("value", 5, [IndexRow(A, number=5.0)]),
        ("value", True, [IndexRow(A, text="true")]),
        ("value", "札幌市", [IndexRow(A, text="札幌市")]),
        ("value", "あ" * 300, [IndexRow(A, text="あ" * MAX_TEXT)]),
        ("value", [1, "a", 1.0, {"k": 1}], [IndexRow(A, number=1.0), IndexRow(A, text="a")]),
        ("value", {"k": 1}, []),
        ("object", ["urn:b", "urn:c"], [IndexRow(A, text="urn:b"), IndexRow(A, text="urn:c")]),
        ("languageMap", {"ja": "あ", "en": ["a", "b"]},
         [IndexRow(A, text="あ"), IndexRow(A, text="a"), IndexRow(A, text="b")]),
        ("value", "2026-09-01T00:00:00Z", [IndexRow(A, text="2026-09-01T00:00:00Z", instant=NOW)]),
        ("value", 10**400, [IndexRow(A, number=float("inf"))]),
    ],
)  # fmt: skip
def test_values_of_declared_paths(member: str, value: JsonValue, expected: list[IndexRow]) -> None:
    assert rows_of(member, value) == expected


def test_equal_values_of_several_instances_are_one_row() -> None:
    instances = [{"type": "Property", "value": 1}, {"type": "Property", "value": 1.0}]
    assert index_rows(an_entity(*instances), DECLARED) == [IndexRow(A, number=1.0)]


def test_an_instance_that_has_expired_keeps_its_rows_until_it_is_removed() -> None:
    expired = {"type": "Property", "value": 1, "expiresAt": "2000-01-01T00:00:00Z"}
    assert index_rows(an_entity(expired), DECLARED) == [IndexRow(A, number=1.0)]


_digits = st.integers(0, 99).map(lambda number: f"{number:02d}")
_texts = st.builds(
    "{}-{}-{}T{}:{}:{}{}Z".format,
    st.sampled_from(("0000", "0001", "2024", "2026", "9999")),
    *[_digits] * 5,
    st.sampled_from(("", ".5", ".000001", ",999999")),
)


def _instant(text: str) -> Instant:
    at = moment_of(text, MomentForm.DATE_TIME)
    assert at is not None
    return at


@given(_texts, _texts)
def test_columns_keep_the_order_of_all_texts_of_the_form(one: str, other: str) -> None:
    first, second = sorted((_instant(one), _instant(other)))
    assert as_instant(first) <= as_instant(second)


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_date_of_the_calendar_is_itself(at: datetime) -> None:
    text = at.isoformat().removesuffix("+00:00") + "Z"
    assert as_instant(_instant(text)) == at
