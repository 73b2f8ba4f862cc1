"""Retrieve Details of Available Attributes: CIM 009 §5.7.9, over HTTP §6.27.3.1."""

import pytest

from tests.conformance.discovered import EXAMPLE, fill
from tests.conformance.shelters import DEFAULT_VOCABULARY
from tests.platforms import Client

pytestmark = pytest.mark.both_storages


def test_each_attribute_is_told_with_the_types_that_have_it(client: Client) -> None:
    found = {one["id"]: one for one in fill(client).get("/attributes", details="true").json()}
    name = found[DEFAULT_VOCABULARY + "name"]
    assert name["type"] == "Attribute"
    assert name["attributeName"] == "name"
    assert name["typeNames"] == ["EvacuationShelter"]
    assert found[EXAMPLE + "pupils"]["typeNames"] == [EXAMPLE + "School"]
