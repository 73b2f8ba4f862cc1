"""NGSI-LD Relationship Representations: CIM 009 §4.5.3."""

import pytest

from kit.json import JsonObject
from tests.conformance.kinds import Forms, assert_refused, assert_round_trip
from tests.conformance.shelters import ORGANIZATION, link_to, prop
from tests.platforms import Client

pytestmark = pytest.mark.both_storages
OTHER = "https://example.org/組織/2"


@pytest.mark.parametrize(
    "forms",
    [
        Forms(
            normalized=link_to(ORGANIZATION),
            concise={"object": ORGANIZATION},
            simplified=ORGANIZATION,
        ),
        Forms(
            normalized=link_to([ORGANIZATION, OTHER]),
            concise={"object": [ORGANIZATION, OTHER]},
            simplified=[ORGANIZATION, OTHER],
        ),
        Forms(
            normalized=link_to(ORGANIZATION, objectType="Organization", since=prop(2020)),
            concise={"object": ORGANIZATION, "objectType": "Organization", "since": 2020},
            simplified=ORGANIZATION,
        ),
    ],
)
def test_every_form_tells_the_same(client: Client, forms: Forms) -> None:
    assert_round_trip(client, forms)


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "Relationship"},
        {"type": "Relationship", "object": "no uri"},
        {"type": "Relationship", "object": 5},
        {"type": "Relationship", "object": None},
        {"type": "Relationship", "object": {"id": ORGANIZATION}},
        {"type": "Relationship", "object": [ORGANIZATION, "no uri"]},
        {"type": "Relationship", "object": ORGANIZATION, "value": 1},
        {"type": "Relationship", "object": ORGANIZATION, "unitCode": "MTR"},
        {"type": "Relationship", "object": ORGANIZATION, "objectType": 5},
        {"type": "Relationship", "object": "urn:ngsi-ld:null"},
    ],
)
def test_what_is_no_relationship_is_refused(client: Client, wrong: JsonObject) -> None:
    assert_refused(client, wrong)
