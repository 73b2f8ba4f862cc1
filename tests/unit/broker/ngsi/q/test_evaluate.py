from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

import pytest

from broker.ngsi.entity import Entity, Instance
from broker.ngsi.names import EntityId, Iri, Term
from broker.ngsi.q.evaluate import Sight, holds
from broker.ngsi.q.parser import parse_query
from kit.json import JsonValue

NOW = datetime(2026, 9, 1, tzinfo=UTC)


def expand(term: Term) -> Iri:
    return Iri(f"x:{term}")


def an_entity(**attributes: object) -> Entity:
    """Make an entity; a list stands for its instances, anything else for a Property's value."""
    stored: dict[Iri, list[Instance]] = {}
    for name, value in attributes.items():
        instances = value if isinstance(value, list) else [{"type": "Property", "value": value}]
        stored[expand(Term(name))] = cast("list[Instance]", instances)
    return Entity(
        id=EntityId("urn:e:1"),
        types=(Iri("x:T"),),
        attributes=stored,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        modified_at=datetime(2026, 2, 1, tzinfo=UTC),
    )


def matches(query: str, entity: Entity) -> bool:
    return holds(parse_query(query, expand), entity, Sight(NOW))


def a_property(value: JsonValue, **members: JsonValue) -> Instance:
    return {"type": "Property", "value": value, **members}


@pytest.mark.parametrize(
    ("query", "value", "expected"),
    [
        ("a==1", 1.0, True),
        ("a==1", "1", False),
        ("a==1", True, False),
        ("a==true", 1, False),
        ('a=="red"', ["blue", "red"], True),
        ('a!="red"', ["blue", "red"], False),
        ('a!="red"', 5, True),
        ("a!=1..3", 2, False),
        ("a!=1..3", "x", True),
        ("a==10..20", 20, True),
        ('a=="black","red"', "red", True),
        ("a>1", "2", False),
        ("a>1", [2], False),
        ("a>=1", 1, True),
        ('a<"b"', "B", True),
        ('a~="^b"', ["b"], False),
        ('a!~="^b"', "ab", True),
        ('a!~="^b"', 1, False),
        ("a==2026-09-01T00:00:00Z", "2026-09-01T00:00:00.000Z", True),
        ("a>2026-09-01T00:00:00Z", "2026-09-01T00:00:00,5Z", True),
        ("a>2026-09-01T00:00:00Z", "2026-09-02", False),
        ("a>2026-09-01T00:00:00Z", {"@type": "DateTime", "@value": "2026-09-02T00:00:00Z"}, True),
        ('a[k]=="x"', {"k": "x"}, True),
        ('a[k]=="x"', [{"k": "x"}], False),
        ("a[k.n]", {"k": {"n": 1}}, True),
        ('a[z]!="x"', {"k": "x"}, False),
        ("!a[z]", {"k": "x"}, True),
        ("b", 1, False),
        ("!b", 1, True),
        ("b!=1", 1, False),
    ],
)
def test_a_property_value(query: str, value: object, expected: bool) -> None:
    entity = an_entity(a=[a_property(cast(JsonValue, value))])
    assert matches(query, entity) is expected


def test_a_relationship_is_equal_or_unequal_and_nothing_else() -> None:
    entity = an_entity(a=[{"type": "Relationship", "object": ["urn:b:1", "urn:b:2"]}])
    assert matches("a==urn:b:2", entity)
    assert matches('a=="urn:b:2"', entity)
    assert not matches('a!="urn:b:2"', entity)
    assert not matches('a>"urn:a"', entity)
    assert not matches('a~="urn"', entity)
    assert matches('a!="urn:c:1"', entity)


def test_languages_are_looked_at_one_by_one_or_all() -> None:
    languages: JsonValue = {"fr": ["chat", "rouge"], "en": "red"}
    entity = an_entity(a=[{"type": "LanguageProperty", "languageMap": languages}])
    assert matches('a[en]=="red"', entity)
    assert not matches('a[en]=="rouge"', entity)
    assert matches('a[*]=="rouge"', entity)
    assert matches('a=="rouge"', entity)
    assert not matches('a[*]!="red"', entity)
    assert not matches('a[de]!="red"', entity)
    assert matches('a[fr]~="^rou"', entity)


def test_any_instance_may_match_and_none_may_for_unequal() -> None:
    entity = an_entity(a=[a_property(1), a_property(2, datasetId="urn:d:1")])
    assert matches("a==2", entity)
    assert not matches("a!=2", entity)
    assert matches('a.datasetId=="urn:d:1"', entity)


def test_an_expired_instance_is_not_seen() -> None:
    entity = an_entity(
        a=[a_property(1, expiresAt="2026-09-01T00:00:00Z")],
        b=[a_property(1, expiresAt="2026-09-01T00:00:00.000001Z")],
    )
    assert not matches("a", entity)
    assert matches("b==1", entity)


def test_times_not_given_are_those_of_what_holds_the_instance() -> None:
    inner = a_property(1)
    outer = a_property(1, createdAt="2026-03-01T00:00:00Z", **{"x:s": cast(JsonValue, [inner])})
    entity = an_entity(a=[outer], b=[a_property(1, modifiedAt="2026-04-01T00:00:00Z")])
    assert matches("a.s.createdAt==2026-03-01T00:00:00Z", entity)
    assert matches("a.s.modifiedAt==2026-03-01T00:00:00Z", entity)
    assert matches("b.createdAt==2026-01-01T00:00:00Z", entity)
    assert matches("b.modifiedAt==2026-04-01T00:00:00Z", entity)
    assert matches("modifiedAt>2026-01-31T00:00:00Z;createdAt<2026-01-31T00:00:00Z", entity)


def test_linked_entities_are_looked_up() -> None:
    city = replace(an_entity(name="札幌市"), id=EntityId("urn:city"), types=(Iri("x:City"),))
    entity = an_entity(a=[{"type": "Relationship", "object": "urn:city"}])
    sight = Sight(NOW, {city.id: city}.get)
    for query, expected in (
        ('a{name}=="札幌市"', True),
        ('a{City:name}=="札幌市"', True),
        ('a{Town:name}=="札幌市"', False),
        ('a{name}!="札幌市"', False),
        ("!a{b}", True),
        ("a{a{name}}", False),
    ):
        assert holds(parse_query(query, expand), entity, sight) is expected
