"""Multi-Attribute Support: CIM 009 §4.5.5."""

import pytest

from kit.json import JsonValue
from tests.conformance.shelters import ENTITIES, a_shelter, bad_data, is_stored, prop, stored
from tests.platforms import Client

pytestmark = pytest.mark.both_storages
RADAR = "urn:ngsi-ld:dataset:radar"
FLOAT = "urn:ngsi-ld:dataset:float"


def test_instances_of_several_datasets_stand_side_by_side(client: Client) -> None:
    level: list[JsonValue] = [prop(1), prop(2, datasetId=RADAR), prop(3, datasetId=FLOAT)]
    client.create(a_shelter(level=level))
    assert stored(client)["level"] == level


def test_the_default_instance_may_be_named_and_comes_back_without_name(client: Client) -> None:
    client.create(a_shelter(level=[prop(1, datasetId="@none"), prop(2, datasetId=RADAR)]))
    assert stored(client)["level"] == [prop(1), prop(2, datasetId=RADAR)]


def test_one_instance_comes_back_as_an_object(client: Client) -> None:
    client.create(a_shelter(level=[prop(2, datasetId=RADAR)]))
    assert stored(client)["level"] == prop(2, datasetId=RADAR)


@pytest.mark.parametrize(
    "level",
    [
        [prop(1), prop(2)],
        [prop(1), prop(2, datasetId="@none")],
        [prop(1, datasetId=RADAR), prop(2, datasetId=RADAR)],
    ],
    ids=["two defaults", "a default and a named one", "a dataset twice"],
)
def test_two_instances_of_one_dataset_are_refused(client: Client, level: list[JsonValue]) -> None:
    bad_data(client.send("POST", ENTITIES, a_shelter(level=level)))
    assert not is_stored(client)


def test_entities_stay_where_a_dataset_leaves_no_attribute(client: Client) -> None:
    client.create(a_shelter())
    found = client.get(ENTITIES, type="EvacuationShelter", datasetId=RADAR).json()
    assert found == [{"id": a_shelter()["id"], "type": "EvacuationShelter"}]
