"""Retrieve Available Attribute Information: CIM 009 §5.7.10, over HTTP §6.28.3.1."""

import pytest

from tests.conformance.discovered import EXAMPLE, fill
from tests.conformance.shelters import DEFAULT_VOCABULARY, not_found
from tests.platforms import Client

pytestmark = pytest.mark.both_storages


def test_an_attribute_is_told_with_its_count_kinds_and_types(client: Client) -> None:
    body = fill(client).get("/attributes/name").json()
    body["attributeTypes"].sort()
    assert body == {
        "id": DEFAULT_VOCABULARY + "name",
        "type": "Attribute",
        "attributeName": "name",
        "attributeCount": 2,
        "attributeTypes": ["Property", "Relationship"],
        "typeNames": ["EvacuationShelter"],
    }


def test_an_attribute_may_be_named_by_its_encoded_iri(client: Client) -> None:
    path = "/attributes/https%3A%2F%2Fexample.org%2Fpupils"
    assert fill(client).get(path).json()["id"] == EXAMPLE + "pupils"


def test_an_attribute_that_nobody_has_is_not_found(client: Client) -> None:
    not_found(client.get("/attributes/floors"))
