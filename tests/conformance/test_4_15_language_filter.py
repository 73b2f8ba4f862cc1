"""NGSI-LD Language Filter: CIM 009 §4.15."""

import pytest

from kit.json import JsonObject, JsonValue
from tests.conformance.shelters import ENTITIES, a_shelter, at, bad_data, stored
from tests.platforms import Client

pytestmark = pytest.mark.both_storages
NAMES: JsonObject = {"ja": "避難所", "en-US": "shelter", "fr": ["abri", "refuge"], "nl": "opvang"}


def names(map_: JsonObject) -> JsonObject:
    return {"type": "LanguageProperty", "languageMap": map_}


@pytest.mark.parametrize(
    ("lang", "value", "tag"),
    [
        ("ja", "避難所", "ja"),
        ("JA", "避難所", "ja"),
        ("en", "shelter", "en-US"),
        ("en-US", "shelter", "en-US"),
        ("nl-BE", "opvang", "nl"),
        ("fr", ["abri", "refuge"], "fr"),
        ("de,ja", "避難所", "ja"),
        ("ja;q=0.5,en;q=0.9", "shelter", "en-US"),
        ("de,*;q=0.1,fr;q=0.5", ["abri", "refuge"], "fr"),
    ],
)
def test_the_best_language_is_chosen(client: Client, lang: str, value: JsonValue, tag: str) -> None:
    client.create(a_shelter(name=names(NAMES)))
    assert stored(client, lang=lang)["name"] == {"type": "Property", "value": value, "lang": tag}
    assert stored(client, lang=lang, format="simplified")["name"] == value
    (found,) = client.get(ENTITIES, type="EvacuationShelter", lang=lang).json()
    assert found["name"]["value"] == value


def test_without_a_match_the_value_without_language_is_shown(client: Client) -> None:
    client.create(a_shelter(name=names({"ja": "避難所", "@none": "Hinanjo"})))
    assert stored(client, lang="fr", format="simplified")["name"] == "Hinanjo"


def test_without_even_that_any_value_is_shown(client: Client) -> None:
    client.create(a_shelter(name=names({"ja": "避難所"})))
    assert stored(client, lang="fr", format="simplified")["name"] == "避難所"


def test_other_attributes_stay_as_they_are(client: Client) -> None:
    client.create(a_shelter())
    assert stored(client, lang="ja") == a_shelter()


@pytest.mark.parametrize("lang", ["", ";q=1", "ja;q=x", "ja;q=2", "j a", "日本語"])
def test_what_is_no_list_of_languages_is_refused(client: Client, lang: str) -> None:
    client.create(a_shelter(name=names(NAMES)))
    bad_data(client.get(at(), lang=lang))
