"""Retrieve Available Entity Types: CIM 009 §5.7.5, over HTTP §6.25.3.1."""

import pytest

from tests.conformance.discovered import EXAMPLE, fill
from tests.conformance.shelters import bad_data, problem
from tests.platforms import Client

pytestmark = pytest.mark.both_storages


def test_types_with_entities_are_listed_by_the_names_of_the_context(client: Client) -> None:
    body = fill(client).get("/types").json()
    assert body["id"].startswith("urn:ngsi-ld:EntityTypeList:")
    assert body["type"] == "EntityTypeList"
    assert sorted(body["typeList"]) == ["EvacuationShelter", EXAMPLE + "School"]


def test_where_there_is_nothing_the_list_is_empty(client: Client) -> None:
    assert client.get("/types").json()["typeList"] == []


def test_a_type_whose_last_entity_is_gone_is_listed_no_more(client: Client) -> None:
    fill(client).send("DELETE", "/entities/urn:ngsi-ld:School:1")
    assert client.get("/types").json()["typeList"] == ["EvacuationShelter"]


def test_the_list_in_json_ld_carries_its_context(client: Client) -> None:
    answer = client.send("GET", "/types", headers={"Accept": "application/ld+json"})
    assert answer.headers["Content-Type"] == "application/ld+json"
    assert "@context" in answer.json()


def test_parameters_are_checked(client: Client) -> None:
    bad_data(client.get("/types", details="perhaps"))
    bad_data(client.get("/types", local="perhaps"))
    problem(client.get("/types", limit="1"), 400, "InvalidRequest")
