"""Retrieve Available Entity Type Information: CIM 009 §5.7.7, over HTTP §6.26.3.1."""

import pytest

from tests.conformance.discovered import EXAMPLE, fill
from tests.conformance.shelters import DEFAULT_VOCABULARY, not_found, problem
from tests.platforms import Client

pytestmark = pytest.mark.both_storages


def test_a_type_is_told_with_its_count_and_the_kinds_of_its_attributes(client: Client) -> None:
    body = fill(client).get("/types/EvacuationShelter").json()
    details = {one.pop("id"): one for one in body.pop("attributeDetails")}
    assert body == {
        "id": DEFAULT_VOCABULARY + "EvacuationShelter",
        "type": "EntityTypeInfo",
        "typeName": "EvacuationShelter",
        "entityCount": 2,
    }
    named = details[DEFAULT_VOCABULARY + "name"]
    assert sorted(named.pop("attributeTypes")) == ["Property", "Relationship"]
    assert named == {"type": "Attribute", "attributeName": "name"}
    assert details["https://uri.etsi.org/ngsi-ld/location"]["attributeTypes"] == ["GeoProperty"]


def test_a_type_may_be_named_by_its_encoded_iri(client: Client) -> None:
    path = "/types/https%3A%2F%2Fexample.org%2FSchool"
    assert fill(client).get(path).json()["id"] == EXAMPLE + "School"


def test_a_type_without_entities_is_not_found(client: Client) -> None:
    not_found(client.get("/types/EvacuationShelter"))


def test_an_unknown_parameter_is_refused(client: Client) -> None:
    problem(client.get("/types/EvacuationShelter", details="true"), 400, "InvalidRequest")
