"""Simplified Representation: CIM 009 §4.5.4."""

import pytest

from tests.conformance.shelters import ENTITIES, a_shelter, link_to, point, prop, stored
from tests.platforms import Client

pytestmark = pytest.mark.both_storages


def test_an_entity_is_its_id_type_scope_and_bare_values(client: Client) -> None:
    client.create(
        a_shelter(
            capacity=prop(120, unitCode="C62"),
            managedBy=link_to("urn:a:b"),
            location=point(143, 42),
            scope=["/A", "/B"],
        )
    )
    simplified = {
        "id": a_shelter()["id"],
        "type": "EvacuationShelter",
        "name": "更別小学校",
        "capacity": 120,
        "managedBy": "urn:a:b",
        "location": {"type": "Point", "coordinates": [143, 42]},
        "scope": ["/A", "/B"],
    }
    assert stored(client, format="simplified") == simplified
    assert stored(client, options="keyValues") == simplified
    found = client.get(ENTITIES, type="EvacuationShelter", options="keyValues").json()
    assert found == [simplified]


def test_several_instances_are_a_map_by_dataset(client: Client) -> None:
    radar = "urn:ngsi-ld:dataset:radar"
    client.create(a_shelter(level=[prop(1.2), prop(1.25, datasetId=radar)]))
    level = stored(client, format="simplified")["level"]
    assert level == {"dataset": {"@none": 1.2, radar: 1.25}}
