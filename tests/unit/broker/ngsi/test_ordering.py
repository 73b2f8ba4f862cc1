from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from broker.ngsi.collation import parse_collation
from broker.ngsi.entity import Entity, Instance
from broker.ngsi.errors import BadRequestData
from broker.ngsi.geoquery import LOCATION
from broker.ngsi.names import NGSI_LD, EntityId, Iri, Term
from broker.ngsi.ordering import Ordering, parse_ordering, sort_entities, split_terms
from kit.json import JsonValue

NOW = datetime(2026, 9, 1, tzinfo=UTC)
MISSING = object()


def expand(term: Term) -> Iri:
    return LOCATION if term == "location" else Iri(NGSI_LD + term)


def entities(*values: object) -> list[Entity]:
    """Make entities 0, 1 … of which each has one of these values of a, or none if it is MISSING."""
    made = []
    for number, value in enumerate(values):
        instance = {"type": "Property", "value": value}
        instances = [] if value is MISSING else [cast("Instance", instance)]
        made.append(
            Entity(
                id=EntityId(f"urn:e:{number}"),
                types=(Iri("x:T"),),
                attributes={expand(Term("a")): instances} if instances else {},
                created_at=NOW - timedelta(days=number),
                modified_at=NOW,
            )
        )
    return made


def order(among: list[Entity], ordering: Ordering) -> list[int]:
    return [int(entity.id[-1]) for entity in sort_entities(among, ordering, NOW)]


def test_data_types_come_in_the_order_of_the_standard() -> None:
    values = (
        MISSING, "2026-09-01T00:00:00Z", "2026-09-01", "03:00:00Z", True, [1], {"k": 1}, "a", 5, 10,
    )  # fmt: skip
    among = entities(*values)
    assert order(among, parse_ordering(["a"], expand)) == [8, 9, 7, 6, 5, 4, 3, 2, 1, 0]
    assert order(among, parse_ordering(["a;desc"], expand)) == [1, 2, 3, 4, 5, 6, 7, 9, 8, 0]


def test_later_terms_decide_where_earlier_ones_are_equal_and_the_id_at_last() -> None:
    among = entities("b", "a", "b", "a")
    terms = split_terms("a,createdAt")
    assert order(among, parse_ordering(terms, expand)) == [3, 1, 2, 0]
    assert order(among, parse_ordering(["type", "a;desc"], expand)) == [0, 2, 1, 3]


def test_moments_compare_by_time() -> None:
    among = entities("2026-09-01T00:00:00.5Z", "2026-09-01T00:00:00Z", "2026-09-01T00:00:00,25Z")
    assert order(among, parse_ordering(["a"], expand)) == [1, 2, 0]


def test_distances_put_geometries_first_and_the_rest_by_value() -> None:
    among = entities(1, 2, 3)
    for entity, longitude in zip(among[1:], (10.0, 8.0), strict=True):
        value: JsonValue = {"type": "Point", "coordinates": [longitude, 40.0]}
        cast(dict[Iri, list[Instance]], entity.attributes)[LOCATION] = [
            {"type": "GeoProperty", "value": value}
        ]
    near = parse_ordering(["location;dist-asc"], expand, order_from="[8,40]")
    far = parse_ordering(["location;dist-desc"], expand, order_from=[8, 40])
    assert order(among, near) == [2, 1, 0]
    assert order(among, far) == [1, 2, 0]


def test_a_collation_puts_accents_and_case_after_letters() -> None:
    among = entities("b", "á", "A", "a", "あ", "ア", "い")
    assert order(among, parse_ordering(["a"], expand)) == [2, 3, 0, 1, 4, 6, 5]
    collated = parse_ordering(["a"], expand, collation="und")
    assert order(among, collated) == [3, 2, 1, 0, 4, 5, 6]


def test_settings_of_a_collation() -> None:
    def ordered(tag: str, *texts: str) -> list[str]:
        return sorted(texts, key=parse_collation(tag).key)

    assert ordered("en-u-kn", "a10", "a9", "a2") == ["a2", "a9", "a10"]
    assert ordered("und-u-kf-upper", "a", "A") == ["A", "a"]
    assert ordered("und-u-ks-level1", "Á", "a", "A") == ["Á", "a", "A"]
    assert ordered("ja-u-co-unihan", "漢", "カ゛", "が", "か") == ["か", "が", "カ゛", "漢"]
    assert ordered("und-u-ks-identic", "ｱ", "ア") == ["ア", "ｱ"]


@pytest.mark.parametrize("tag", ["!!nope", "not a bcp47 tag!!", "e", "und-u", "und-u-ks-level9"])
def test_a_malformed_collation_is_refused(tag: str) -> None:
    with pytest.raises(BadRequestData) as refusal:
        parse_collation(tag)
    assert refusal.value.where == "collation"


@pytest.mark.parametrize(
    "terms", [[], [""], ["a;up"], ["a;;asc"], ["a{b}"], ["a"] * 17, ["location;dist-asc"]]
)
def test_a_malformed_ordering_is_refused(terms: list[str]) -> None:
    with pytest.raises(BadRequestData):
        parse_ordering(terms, expand)


def test_a_malformed_origin_is_refused() -> None:
    with pytest.raises(BadRequestData) as refusal:
        parse_ordering(["location;dist-asc"], expand, order_from="8,40")
    assert refusal.value.where == "orderFrom"
