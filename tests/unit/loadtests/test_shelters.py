import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.shelters import MAX_SHELTERS, TYPE, Shelters, temperature

NUMBERS = st.integers(min_value=0, max_value=MAX_SHELTERS - 1)
ENTITIES = Shelters(run="unit-1")


@settings(max_examples=50)
@given(NUMBERS)
def test_every_shelter_of_a_run_is_valid_json_of_one_length(number: int) -> None:
    assert len(ENTITIES.body(number)) == len(ENTITIES.body(0))
    entity = ENTITIES.entity(number)
    assert entity["id"] == ENTITIES.entity_id(number)
    assert entity["type"] == TYPE


@settings(max_examples=50)
@given(NUMBERS, NUMBERS)
def test_two_numbers_are_two_shelters(one: int, other: int) -> None:
    assert (ENTITIES.entity(one) == ENTITIES.entity(other)) == (one == other)


@settings(max_examples=20)
@given(NUMBERS)
def test_every_update_is_valid_json_of_one_length(number: int) -> None:
    assert len(temperature(number)) == len(temperature(0))
    assert set(orjson.loads(temperature(number))) == {"value", "observedAt"}


def test_a_shelter_has_ten_attributes_and_about_850_bytes() -> None:
    entity = ENTITIES.entity(7)
    attributes = {name: value for name, value in entity.items() if name not in {"id", "type"}}
    assert len(attributes) == 10
    assert 800 <= len(ENTITIES.body(7)) <= 900


def test_two_runs_share_no_id() -> None:
    assert ENTITIES.entity_id(1) != Shelters(run="unit-2").entity_id(1)


@pytest.mark.parametrize("run", ["", "a b", "%s", "高松"])
def test_a_run_that_would_break_ids_is_refused(run: str) -> None:
    with pytest.raises(ValueError, match="letters, digits and hyphens"):
        Shelters(run=run)
