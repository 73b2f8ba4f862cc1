"""NGSI-LD VocabProperty Representations: CIM 009 §4.5.20."""

import pytest

from kit.json import JsonObject
from tests.conformance.kinds import Forms, assert_refused, assert_round_trip
from tests.conformance.shelters import a_shelter, stored
from tests.platforms import Client

pytestmark = pytest.mark.both_storages


@pytest.mark.parametrize("vocab", ["DesignatedShelter", ["A", "B"], "https://example.org/A"])
def test_every_form_tells_the_same(client: Client, vocab: str) -> None:
    assert_round_trip(
        client,
        Forms(
            normalized={"type": "VocabProperty", "vocab": vocab},
            concise={"vocab": vocab},
            simplified={"vocab": vocab},
        ),
    )


def test_a_term_of_the_context_is_its_iri(client: Client) -> None:
    terms: JsonObject = {"@context": [{"指定": "https://example.org/Designated"}]}
    client.create({**a_shelter(kind={"type": "VocabProperty", "vocab": "指定"}), **terms})
    assert stored(client)["kind"] == {
        "type": "VocabProperty",
        "vocab": "https://example.org/Designated",
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "VocabProperty"},
        {"type": "VocabProperty", "vocab": 5},
        {"type": "VocabProperty", "vocab": None},
        {"type": "VocabProperty", "vocab": ["A", 5]},
        {"type": "VocabProperty", "vocab": {"a": 1}},
        {"type": "VocabProperty", "vocab": "A", "value": 1},
        {"type": "VocabProperty", "vocab": "A", "unitCode": "MTR"},
    ],
)
def test_what_is_no_vocab_property_is_refused(client: Client, wrong: JsonObject) -> None:
    assert_refused(client, wrong)
