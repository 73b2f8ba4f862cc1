"""NGSI-LD Query Language: CIM 009 §4.9."""

import pytest

from kit.json import JsonValue
from tests.conformance.shelters import (
    ENTITIES,
    ORGANIZATION,
    a_shelter,
    all_numbers,
    bad_data,
    link_to,
    ok,
    problem,
    prop,
)
from tests.platforms import Client

pytestmark = pytest.mark.both_storages
NAMES: JsonValue = {"ja": "更別小学校", "en": ["Sarabetsu School", "refuge"]}


@pytest.fixture(scope="module")
def filled(reader: Client) -> Client:
    """Three shelters that differ in everything, and the organization of the first."""
    first = a_shelter(
        1,
        name=prop("更別小学校"),
        capacity=prop(100, unitCode="C62", observedAt="2026-11-21T09:00:00Z"),
        open=prop(value=True),
        names={"type": "LanguageProperty", "languageMap": NAMES},
        managedBy=link_to(ORGANIZATION),
        address=prop({"city": "更別村", "lines": {"first": "曙町"}, "floors": [1, 2]}),
        kind={"type": "VocabProperty", "vocab": "Designated"},
        colours=prop(["red", "green"]),
        since=prop("2020-04-01T00:00:00Z"),
        raw={"type": "JsonProperty", "json": {"a": {"b": 5}}},
        stops={"type": "ListRelationship", "objectList": ["urn:ngsi-ld:Stop:1"]},
        steps={"type": "ListProperty", "valueList": [3, 4]},
    )
    second = a_shelter(
        2,
        name=prop("江別第一小学校"),
        capacity=prop(200, countedBy=prop("staff", certainty=prop(0.9))),
        open=prop(value=False),
        managedBy=link_to(["urn:ngsi-ld:Organization:ebetsu", ORGANIZATION]),
    )
    third = a_shelter(3, name=prop('a"b;c|d,e(f)'), capacity=prop("many"))
    organization: JsonValue = {
        "id": ORGANIZATION,
        "type": "Organization",
        "title": prop("更別村役場"),
        "partOf": link_to("urn:ngsi-ld:Region:9"),
    }
    region: JsonValue = {"id": "urn:ngsi-ld:Region:9", "type": "Region", "title": prop("十勝")}
    batch: list[JsonValue] = [first, second, third, organization, region]
    ok(reader.send("POST", "/entityOperations/create", batch), 201)
    return reader


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        # existence
        ("capacity", [1, 2, 3]),
        ("open", [1, 2]),
        ("nothing", []),
        ("!open", [3]),
        ("capacity.countedBy", [2]),
        ("capacity.unitCode", [1]),
        ("address[lines.first]", [1]),
        ("address[lines.second]", []),
        # equality
        ('name=="更別小学校"', [1]),
        ("name==更別小学校", [1]),
        ('name=="a\\"b;c|d,e(f)"', [3]),
        ("capacity==100", [1]),
        ("capacity==100.0", [1]),
        ('capacity=="100"', []),
        ("open==true", [1]),
        ("open==false", [2]),
        ("capacity==100,200", [1, 2]),
        ('name=="x","江別第一小学校"', [2]),
        ("capacity==100..150", [1]),
        ("capacity!=100", [2, 3]),
        ("capacity!=100,200", [3]),
        ("capacity!=100..150", [2, 3]),
        ("open!=true", [2]),
        ("nothing!=1", []),
        ('colours=="green"', [1]),
        ('colours=="blue"', []),
        ('colours!="green"', []),
        ("steps==4", [1]),
        # order
        ("capacity>100", [2]),
        ("capacity>=100", [1, 2]),
        ("capacity<200", [1]),
        ("capacity<=200", [1, 2]),
        ('name>"江"', [2]),
        ('capacity>"a"', [3]),
        # moments
        ("capacity.observedAt==2026-11-21T09:00:00Z", [1]),
        ("capacity.observedAt==2026-11-21T09:00:00.000Z", [1]),
        ("capacity.observedAt>=2026-11-21T08:00:00Z", [1]),
        ("capacity.observedAt<2026-11-21T08:00:00Z", []),
        ("since<2020-05-01T00:00:00Z", [1]),
        ("since==2020-01-01T00:00:00Z..2020-12-31T00:00:00Z", [1]),
        # patterns
        ('name~="小学校$"', [1, 2]),
        ('name~="^江別"', [2]),
        ('name!~="小学校"', [3]),
        ('capacity~="1"', []),
        ('capacity~="^m.*y$"', [3]),
        # relationships
        (f"managedBy=={ORGANIZATION}", [1, 2]),
        (f'managedBy=="{ORGANIZATION}"', [1, 2]),
        ("managedBy==urn:ngsi-ld:Organization:ebetsu", [2]),
        (f"managedBy!={ORGANIZATION}", []),
        ("managedBy>urn:a:b", []),
        ("stops==urn:ngsi-ld:Stop:1", [1]),
        # languages, vocabularies, JSON
        ('names[ja]=="更別小学校"', [1]),
        ('names[en]=="refuge"', [1]),
        ('names[fr]=="refuge"', []),
        ('names[*]=="refuge"', [1]),
        ('kind=="https://uri.etsi.org/ngsi-ld/default-context/Designated"', [1]),
        ("raw[a.b]==5", [1]),
        # inside values and sub-attributes
        ('address[city]=="更別村"', [1]),
        ('address[lines.first]=="曙町"', [1]),
        ("address[floors]==2", [1]),
        ('capacity.countedBy=="staff"', [2]),
        ("capacity.countedBy.certainty>0.5", [2]),
        ('capacity.unitCode=="C62"', [1]),
        # and, or, parentheses
        ("capacity;open", [1, 2]),
        ("open|capacity==200", [1, 2]),
        ("capacity==100|capacity==200;open==false", [1, 2]),
        ("(capacity==100|capacity==200);open==false", [2]),
        ("((capacity==100|(open==false;name)))", [1, 2]),
        ("!open;capacity", [3]),
    ],
)
def test_a_query_finds_what_it_says(filled: Client, q: str, expected: list[int]) -> None:
    answer = filled.get(ENTITIES, type="EvacuationShelter", q=q)
    assert all_numbers(answer) == expected


def test_terms_of_a_vocabulary_are_found_when_they_are_to_be_expanded(filled: Client) -> None:
    found = filled.get(
        ENTITIES, type="EvacuationShelter", q='kind=="Designated"', expandValues="kind"
    )
    assert all_numbers(found) == [1]


@pytest.mark.parametrize(
    ("q", "level", "expected"),
    [
        ('managedBy{title}=="更別村役場"', "1", [1, 2]),
        ('managedBy{Organization:title}=="更別村役場"', "1", [1, 2]),
        ('managedBy{Region:title}=="更別村役場"', "1", []),
        ('managedBy{title}=="nobody"', "1", []),
        ('managedBy{partOf{title}}=="十勝"', "2", [1, 2]),
    ],
)
def test_a_query_reaches_linked_entities(
    filled: Client, q: str, level: str, expected: list[int]
) -> None:
    found = filled.get(ENTITIES, type="EvacuationShelter", q=q, join="inline", joinLevel=level)
    assert all_numbers(found) == expected


def test_a_query_reaches_no_further_than_the_join(filled: Client) -> None:
    bad_data(filled.get(ENTITIES, type="EvacuationShelter", q='managedBy{title}=="x"'))
    bad_data(
        filled.get(
            ENTITIES, type="EvacuationShelter", q='managedBy{partOf{title}}=="x"', join="inline"
        )
    )


@pytest.mark.parametrize(
    "q",
    [
        "",
        "==1",
        "capacity==",
        "capacity=1",
        "capacity>1..2",
        "capacity>1,2",
        "capacity;",
        ";capacity",
        "capacity;;open",
        "(capacity",
        "capacity)",
        "()",
        'name=="x',
        "name[",
        "name[]",
        "a..b",
        "managedBy{",
        "managedBy{}",
        'name~="["',
        'name~="(?<=x)y"',
        "!!capacity",
        "capacity==1..",
        "1a==1",
    ],
)
def test_what_is_no_query_is_refused(filled: Client, q: str) -> None:
    body = bad_data(filled.get(ENTITIES, type="EvacuationShelter", q=q))
    assert "q" in f"{body.get('where')}"


def test_a_query_that_is_nested_without_end_is_too_complex(filled: Client) -> None:
    answer = filled.get(ENTITIES, type="EvacuationShelter", q="(" * 3000 + "a" + ")" * 3000)
    problem(answer, 403, "TooComplexQuery")
