"""Payloads have the shapes and sizes of the published profiles."""

import orjson
import pytest

from kit.json import JsonObject
from loadtests.payloads import (
    ENTITY_BYTES,
    PARTNERS,
    UPDATE_BYTES,
    Payloads,
    partial_update,
    update,
)

NUMBERS = (0, 7, 99_999, 12_345_678)
PAYLOADS = Payloads(run="abcdefgh")


def instances(document: JsonObject) -> int:
    """How many attribute instances a document has."""
    attributes = [value for name, value in document.items() if name not in {"id", "type"}]
    return sum(len(one) if isinstance(one, list) else 1 for one in attributes)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_sensor_has_1151_bytes_and_ten_instances(number: int) -> None:
    sensor = PAYLOADS.sensor(number)
    assert len(sensor.encode()) == ENTITY_BYTES == 1_151
    document = orjson.loads(sensor)
    assert document["id"] == PAYLOADS.sensor_id(number)
    assert instances(document) == 10
    kinds = [one["type"] for one in document.values() if isinstance(one, dict)]
    assert kinds.count("Relationship") == kinds.count("GeoProperty") == 1
    several = [one for one in document.values() if isinstance(one, list)]
    assert len(several) == 2
    assert all("datasetId" in instance for one in several for instance in one)


@pytest.mark.parametrize("number", NUMBERS)
def test_an_update_has_693_bytes_and_five_instances(number: int) -> None:
    written = update(number)
    assert len(written.encode()) == UPDATE_BYTES == 693
    assert instances(orjson.loads(written)) == 5


def test_a_partial_update_says_a_value_and_when() -> None:
    assert set(orjson.loads(partial_update(7))) == {"value", "observedAt"}


def test_a_store_has_five_attributes() -> None:
    assert instances(orjson.loads(PAYLOADS.store(3))) == 5


def test_sensors_are_of_ten_types_and_refer_to_many_partners() -> None:
    sensors = [orjson.loads(PAYLOADS.sensor(number)) for number in range(2_000)]
    assert len({one["type"] for one in sensors}) == 10
    assert len({one["managedBy"]["object"] for one in sensors}) == PARTNERS


@pytest.mark.parametrize("run", ["short", "with-hyphen", "ひらがなですね"])
def test_a_run_is_eight_letters_or_digits(run: str) -> None:
    with pytest.raises(ValueError, match="eight letters"):
        Payloads(run=run)
