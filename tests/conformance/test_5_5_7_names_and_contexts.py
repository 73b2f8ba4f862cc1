"""Term to URI expansion or compaction: CIM 009 §5.5.7; default @context: §5.5.5."""

import httpx2
import pytest

from kit.json import JsonObject, JsonValue
from tests.conformance.shelters import (
    CORE,
    ENTITIES,
    LINK_REL,
    SHELTER,
    a_shelter,
    at,
    bad_data,
    is_stored,
    ok,
    prop,
    stored,
)
from tests.platforms import Client

pytestmark = pytest.mark.both_storages
VOCABULARY = "https://example.org/disaster#"
FIRST: JsonObject = {
    "ex": VOCABULARY,
    "避難所": VOCABULARY + "Shelter",
    "名称": "ex:name",
    "定員": {"@id": "ex:capacity"},
    "管理者": "ex:managedBy",
    "種別": "ex:kind",
    "指定": "ex:Designated",
    "組織": "ex:Organization",
    "位置": "ex:place",
    "経路": "ex:route",
    "履歴": "ex:history",
    "備考": "ex:raw",
    "調査者": "ex:countedBy",
}
SECOND: JsonObject = {
    "Shelter": VOCABULARY + "Shelter",
    "title": VOCABULARY + "name",
    "capacity": VOCABULARY + "capacity",
    "managedBy": VOCABULARY + "managedBy",
    "category": VOCABULARY + "kind",
    "Designated": VOCABULARY + "Designated",
    "Organization": VOCABULARY + "Organization",
    "place": VOCABULARY + "place",
    "route": VOCABULARY + "route",
    "history": VOCABULARY + "history",
    "raw": VOCABULARY + "raw",
    "countedBy": VOCABULARY + "countedBy",
}
SECOND["name"] = SECOND.pop("title")
TERMS = dict(zip(list(FIRST)[1:], ["Shelter", "name", *list(SECOND)[1:-1]], strict=True))


def entity() -> JsonObject:
    """An entity with an attribute of each kind, in the words of the first context."""
    route: list[JsonValue] = [{"object": "urn:ngsi-ld:Stop:1"}]
    return {
        "id": SHELTER,
        "type": "避難所",
        "名称": {"type": "LanguageProperty", "languageMap": {"ja": "更別", "en": "Sarabetsu"}},
        "定員": prop(120, 調査者=prop("村", 備考=prop({"定員": 5}))),
        "管理者": {"type": "Relationship", "object": "urn:a:b", "objectType": "組織"},
        "種別": {"type": "VocabProperty", "vocab": "指定"},
        "位置": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [143.1, 42.6]}},
        "経路": {"type": "ListRelationship", "objectList": route},
        "履歴": {"type": "ListProperty", "valueList": [1, "定員"]},
        "備考": {"type": "JsonProperty", "json": {"定員": {"名称": 1}}},
    }


def renamed(value: JsonValue, *, inside: bool = False) -> JsonValue:
    """The same entity in the words of the second context; what is inside values stays."""
    if isinstance(value, dict):
        found: JsonObject = {}
        for name, member in value.items():
            opaque = name in {"value", "json", "languageMap", "valueList", "objectList"}
            word = name if inside else TERMS.get(name, name)
            if name in {"type", "vocab", "objectType"} and isinstance(member, str) and not inside:
                found[word] = TERMS.get(member, member)
            else:
                found[word] = renamed(member, inside=inside or opaque)
        return found
    return value


@pytest.fixture
def links(client: Client) -> tuple[dict[str, str], dict[str, str]]:
    """Headers that refer to the two contexts, which the platform itself serves."""
    found = []
    for terms in (FIRST, SECOND):
        added = ok(client.send("POST", "/jsonldContexts", {"@context": terms}), 201)
        url = client.url + added.headers["Location"]
        found.append({"Link": f'<{url}>; {LINK_REL}; type="application/ld+json"'})
    return found[0], found[1]


def get(client: Client, headers: dict[str, str], **params: str) -> httpx2.Response:
    return client.send("GET", at(), headers=headers, params=params or None)


def test_what_is_written_comes_back_equal_under_the_same_context(
    client: Client, links: tuple[dict[str, str], dict[str, str]]
) -> None:
    ok(client.send("POST", ENTITIES, entity(), headers=links[0]), 201)
    assert get(client, links[0]).json() == entity()


def test_it_comes_back_in_the_words_of_another_context(
    client: Client, links: tuple[dict[str, str], dict[str, str]]
) -> None:
    ok(client.send("POST", ENTITIES, entity(), headers=links[0]), 201)
    assert get(client, links[1]).json() == renamed(entity())


def test_names_that_a_context_does_not_know_are_iris(
    client: Client, links: tuple[dict[str, str], dict[str, str]]
) -> None:
    ok(client.send("POST", ENTITIES, entity(), headers=links[0]), 201)
    found = stored(client)
    assert found["type"] == VOCABULARY + "Shelter"
    assert VOCABULARY + "capacity" in found
    assert "定員" not in found


@pytest.mark.parametrize("form", ["normalized", "concise", "simplified"])
def test_every_form_is_renamed_alike(
    client: Client, links: tuple[dict[str, str], dict[str, str]], form: str
) -> None:
    ok(client.send("POST", ENTITIES, entity(), headers=links[0]), 201)
    first = get(client, links[0], format=form).json()
    second = get(client, links[1], format=form).json()
    assert {TERMS.get(name, name) for name in first} == set(second)


def test_what_comes_back_can_be_written_again(
    client: Client, links: tuple[dict[str, str], dict[str, str]]
) -> None:
    ok(client.send("POST", ENTITIES, entity(), headers=links[0]), 201)
    second = get(client, links[1], format="concise").json()
    ok(client.send("PUT", at(), second, headers=links[1]))
    assert get(client, links[0]).json() == entity()


def test_queries_and_paths_are_read_with_the_context_of_their_request(
    client: Client, links: tuple[dict[str, str], dict[str, str]]
) -> None:
    ok(client.send("POST", ENTITIES, entity(), headers=links[0]), 201)
    params = {"type": "Shelter", "q": "capacity>100", "pick": "capacity"}
    (found,) = client.send("GET", ENTITIES, headers=links[1], params=params).json()
    assert set(found) == {"capacity"}
    ok(client.send("PATCH", at(SHELTER, "attrs", "capacity"), prop(5), headers=links[1]))
    assert get(client, links[0], pick="定員").json()["定員"]["value"] == 5
    assert client.get(ENTITIES, q="capacity").json() == []


def test_terms_of_the_core_context_stay_what_they_are(client: Client) -> None:
    terms: JsonObject = {"location": "https://example.org/place", "value": "https://example.org/v"}
    given = a_shelter(location={"type": "Point", "coordinates": [143.1, 42.6]})
    client.create({**given, "@context": [terms]})
    found = stored(client)["location"]
    assert isinstance(found, dict)
    assert found["type"] == "GeoProperty"


def test_the_core_context_may_be_named_in_any_version(client: Client) -> None:
    for version in ("v1.3", "v1.6", "v1.8", "v1.9"):
        url = CORE.replace("v1.9", version)
        client.create({**a_shelter(), "@context": [url]})
        ok(client.send("DELETE", at()))


def test_a_context_inside_an_attribute_is_refused(client: Client) -> None:
    bad_data(client.send("POST", ENTITIES, a_shelter(a={"value": 1, "@context": {"x": "urn:x"}})))
    assert not is_stored(client)


def test_prefixes_and_aliases_are_expanded(client: Client) -> None:
    terms: JsonObject = {"ex": VOCABULARY, "identifier": "@id", "kind": "@type"}
    given: JsonObject = {"id": SHELTER, "type": "ex:Shelter", "ex:beds": prop(1)}
    client.create({**given, "@context": [terms]})
    assert stored(client) == {
        "id": SHELTER,
        "type": VOCABULARY + "Shelter",
        VOCABULARY + "beds": prop(1),
    }


def test_the_default_vocabulary_is_cores_and_not_the_users(client: Client) -> None:
    client.create({**a_shelter(), "@context": [{"@vocab": VOCABULARY}]})
    assert stored(client)["name"] == prop("更別小学校")
