"""Retrieve Details of Available Entity Types: CIM 009 §5.7.6, over HTTP §6.25.3.1."""

import pytest

from tests.conformance.discovered import EXAMPLE, fill
from tests.conformance.shelters import DEFAULT_VOCABULARY
from tests.platforms import Client

pytestmark = pytest.mark.both_storages


def test_each_type_is_told_with_its_attributes(client: Client) -> None:
    found = {one["id"]: one for one in fill(client).get("/types", details="true").json()}
    assert set(found) == {DEFAULT_VOCABULARY + "EvacuationShelter", EXAMPLE + "School"}
    shelter = found[DEFAULT_VOCABULARY + "EvacuationShelter"]
    assert shelter["type"] == "EntityType"
    assert shelter["typeName"] == "EvacuationShelter"
    assert sorted(shelter["attributeNames"]) == ["location", "name"]
    assert found[EXAMPLE + "School"]["attributeNames"] == [EXAMPLE + "pupils"]


def test_where_there_is_nothing_the_array_is_empty(client: Client) -> None:
    assert client.get("/types", details="true").json() == []
