"""Retrieve Entity: CIM 009 §5.7.1, over HTTP §6.5.3.1."""

import pytest

from kit.json import JsonObject
from tests.conformance.shelters import (
    ORGANIZATION,
    a_shelter,
    at,
    bad_data,
    link_to,
    not_found,
    point,
    problem,
    prop,
    stored,
)
from tests.platforms import Client

pytestmark = pytest.mark.both_storages
RADAR = "urn:ngsi-ld:dataset:radar"


@pytest.fixture
def filled(client: Client) -> Client:
    client.create(
        a_shelter(
            capacity=[prop(120), prop(118, datasetId=RADAR)],
            managedBy=link_to(ORGANIZATION),
            location=point(143.19, 42.65),
            scope="/Hokkaido/Sarabetsu",
        )
    )
    return client


def test_an_entity_comes_back_as_it_was_written(filled: Client) -> None:
    assert stored(filled) == a_shelter(
        capacity=[prop(120), prop(118, datasetId=RADAR)],
        managedBy=link_to(ORGANIZATION),
        location=point(143.19, 42.65),
        scope="/Hokkaido/Sarabetsu",
    )


def test_attrs_keeps_these_attributes_with_id_type_and_scope(filled: Client) -> None:
    assert stored(filled, attrs="name,floors") == a_shelter(scope="/Hokkaido/Sarabetsu")


def test_attrs_of_which_the_entity_has_none_is_not_found(filled: Client) -> None:
    not_found(filled.get(at(), attrs="floors"))


@pytest.mark.parametrize(
    ("params", "members"),
    [
        ({"pick": "name"}, {"name"}),
        ({"pick": "id,name|managedBy"}, {"id", "name", "managedBy"}),
        ({"pick": "id,type,scope"}, {"id", "type", "scope"}),
        ({"omit": "name,capacity,scope,location"}, {"id", "type", "managedBy"}),
        ({"omit": "id,type,name,capacity,location"}, {"managedBy", "scope"}),
    ],
)
def test_pick_and_omit_choose_members(
    filled: Client, params: dict[str, str], members: set[str]
) -> None:
    assert set(stored(filled, **params)) == members


@pytest.mark.parametrize(
    "params", [{"pick": "floors"}, {"omit": "id,type,name,capacity,location,managedBy,scope"}]
)
def test_where_nothing_is_left_the_entity_is_not_found(
    filled: Client, params: dict[str, str]
) -> None:
    not_found(filled.get(at(), **params))


def test_a_dataset_id_keeps_its_instances(filled: Client) -> None:
    assert stored(filled, datasetId=RADAR, pick="capacity") == {
        "capacity": prop(118, datasetId=RADAR)
    }
    assert stored(filled, datasetId="@none")["capacity"] == prop(120)
    both = stored(filled, datasetId=f"@none,{RADAR}")["capacity"]
    assert both == [prop(120), prop(118, datasetId=RADAR)]


def test_an_entity_of_another_type_than_asked_for_is_not_found(filled: Client) -> None:
    not_found(filled.get(at(), type="School"))
    assert stored(filled, type="(EvacuationShelter;EvacuationShelter)|School")


def test_an_unknown_entity_is_not_found(client: Client) -> None:
    not_found(client.get(at()))


@pytest.mark.parametrize(
    ("path", "params"),
    [
        (at("shelter"), {}),
        (at("urn with space"), {}),
        (at(), {"attrs": "name", "pick": "name"}),
        (at(), {"pick": "name,name2", "omit": "name"}),
        (at(), {"attrs": "a b"}),
        (at(), {"geometryProperty": "location"}),
        (at(), {"datasetId": "no uri"}),
        (at(), {"lang": ";;"}),
        (at(), {"join": "deep"}),
        (at(), {"join": "flat", "joinLevel": "0"}),
        (at(), {"type": "A;;B"}),
        (at(), {"local": "maybe"}),
    ],
)
def test_what_is_malformed_is_refused(filled: Client, path: str, params: dict[str, str]) -> None:
    bad_data(filled.get(path, **params))


@pytest.mark.parametrize(
    "params", [{"format": "short"}, {"options": "sysattrs"}, {"q": "name"}, {"limit": "1"}]
)
def test_what_is_unknown_here_is_refused(filled: Client, params: dict[str, str]) -> None:
    problem(filled.get(at(), **params), 400, "InvalidRequest")


def test_names_of_another_context_are_written_as_iris(filled: Client) -> None:
    terms: JsonObject = {"@context": {"name": "https://example.org/other"}}
    added = filled.send("POST", "/jsonldContexts", terms)
    location = filled.url + added.headers["Location"]
    link = f'<{location}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
    found = filled.send("GET", at(), headers={"Link": link}).json()
    assert found["ngsi-ld:default-context/name"] == prop("更別小学校")
    assert "name" not in found
