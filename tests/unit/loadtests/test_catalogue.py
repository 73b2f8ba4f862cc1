"""What queries are measured on."""

from collections import Counter

import orjson
import pytest

from loadtests.catalogue import PAGE, SCENARIOS, Ask, Catalogue, questions
from loadtests.shelters import TYPE, Shelters
from loadtests.wire import Target

CATALOGUE = Catalogue(Shelters(run="test"))


def values(count: int, attribute: str) -> list[object]:
    entities = orjson.loads(CATALOGUE.batch(0, count))
    return [entity[attribute]["value"] for entity in entities]


def test_a_shelter_differs_from_a_peaks_in_what_queries_look_for_alone() -> None:
    ours, peaks = orjson.loads(CATALOGUE.body(5)), CATALOGUE.shelters.entity(5)
    assert ours.keys() == peaks.keys()
    assert {name for name in ours if ours[name] != peaks[name]} == {"capacity", "municipalityCode"}


@pytest.mark.parametrize(("attribute", "kinds"), [("capacity", 900), ("municipalityCode", 400)])
def test_values_are_spread_evenly_and_in_no_order(attribute: str, kinds: int) -> None:
    found = values(20_000, attribute)
    uses = Counter(found)
    assert len(uses) == kinds
    assert max(uses.values()) < 2 * 20_000 / kinds
    assert found[:50] != sorted(found[:50], key=str)


@pytest.mark.parametrize("scenario", list(SCENARIOS))
def test_every_question_is_for_a_page_of_the_type(scenario: str) -> None:
    asked = questions(scenario)
    assert all(one["type"] == TYPE and one["limit"] == str(PAGE) for one in asked)
    assert len({tuple(one.items()) for one in asked}) > 100
    number, request = Ask(Target(url="http://127.0.0.1:1026/ngsi-ld/v1"), asked).take()
    assert 0 <= number < len(asked)
    assert request.startswith(b"GET /ngsi-ld/v1/entities?type=EvacuationShelter&")
