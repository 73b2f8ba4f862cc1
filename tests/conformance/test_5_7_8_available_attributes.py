"""Retrieve Available Attributes: CIM 009 §5.7.8, over HTTP §6.27.3.1."""

import pytest

from tests.conformance.discovered import EXAMPLE, fill
from tests.conformance.shelters import bad_data
from tests.platforms import Client

pytestmark = pytest.mark.both_storages


def test_attributes_of_entities_are_listed_by_the_names_of_the_context(client: Client) -> None:
    body = fill(client).get("/attributes").json()
    assert body["id"].startswith("urn:ngsi-ld:AttributeList:")
    assert body["type"] == "AttributeList"
    assert sorted(body["attributeList"]) == [EXAMPLE + "pupils", "location", "name"]


def test_an_attribute_that_nobody_has_is_listed_no_more(client: Client) -> None:
    fill(client).send("DELETE", "/entities/urn:ngsi-ld:EvacuationShelter:016390:1/attrs/location")
    assert "location" not in client.get("/attributes").json()["attributeList"]


def test_parameters_are_checked(client: Client) -> None:
    bad_data(client.get("/attributes", details="perhaps"))
