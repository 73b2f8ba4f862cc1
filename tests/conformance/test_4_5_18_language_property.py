"""NGSI-LD LanguageProperty Representations: CIM 009 §4.5.18, §4.6.5."""

import pytest

from kit.json import JsonObject
from tests.conformance.kinds import Forms, assert_refused, assert_round_trip
from tests.conformance.shelters import prop
from tests.platforms import Client

pytestmark = pytest.mark.both_storages
NAMES: JsonObject = {"ja": "避難所", "en": ["shelter", "refuge"], "@none": "Hinanjo"}


@pytest.mark.parametrize(
    "forms",
    [
        Forms(
            normalized={"type": "LanguageProperty", "languageMap": NAMES},
            concise={"languageMap": NAMES},
            simplified={"languageMap": NAMES},
        ),
        Forms(
            normalized={"type": "LanguageProperty", "languageMap": NAMES, "by": prop("x")},
            concise={"languageMap": NAMES, "by": "x"},
            simplified={"languageMap": NAMES},
        ),
    ],
)
def test_every_form_tells_the_same(client: Client, forms: Forms) -> None:
    assert_round_trip(client, forms)


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "LanguageProperty"},
        {"type": "LanguageProperty", "languageMap": {}},
        {"type": "LanguageProperty", "languageMap": "避難所"},
        {"type": "LanguageProperty", "languageMap": {"ja": 5}},
        {"type": "LanguageProperty", "languageMap": {"ja": None}},
        {"type": "LanguageProperty", "languageMap": {"": "x"}},
        {"type": "LanguageProperty", "languageMap": {"not a tag": "x"}},
        {"type": "LanguageProperty", "languageMap": NAMES, "unitCode": "MTR"},
        {"type": "LanguageProperty", "languageMap": NAMES, "value": 1},
        {"type": "LanguageProperty", "languageMap": NAMES, "valueType": "DateTime"},
        {"type": "LanguageProperty", "languageMap": {"@none": "urn:ngsi-ld:null"}},
    ],
)
def test_what_is_no_language_property_is_refused(client: Client, wrong: JsonObject) -> None:
    assert_refused(client, wrong)
