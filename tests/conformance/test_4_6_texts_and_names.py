"""Text encodings, names, data types and content: CIM 009 §4.6.1 to §4.6.4."""

import json

import pytest

from kit.json import JsonObject
from tests.conformance.shelters import (
    ENTITIES,
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
TEXTS = [
    "札幌市中央区北1条西2丁目",
    "髙島屋 﨑 ①② Ⅲ ㈱",
    "𠮷野家 👨‍👩‍👧‍👦",
    '<script>alert("x")</script> \' = ; ( ) & % # \\ /',
    "line\nbreak\ttab\r\u0001",
    "a'; DROP TABLE entity; --",
    "$1 %s {0} ${x}",
    "e\u0301 is not \u00e9",
    " " * 3,
]


@pytest.mark.parametrize("text", TEXTS)
def test_texts_come_back_as_they_were_given(client: Client, text: str) -> None:
    client.create(a_shelter(name=prop(text), deep=prop({text: [text]})))
    found = stored(client)
    assert found["name"] == prop(text)
    assert found["deep"] == prop({text: [text]})


@pytest.mark.parametrize("text", ["札幌市", 'a"b', "a,b;c|d(e)", "it's", "\\", "$1 %s"])
def test_texts_are_found_by_their_value(client: Client, text: str) -> None:
    client.create(a_shelter(name=prop(text)))
    query = f"name=={json.dumps(text, ensure_ascii=False)}"
    assert len(client.get(ENTITIES, q=query).json()) == 1
    assert client.get(ENTITIES, q=query.replace("==", "!=")).json() == []


@pytest.mark.parametrize("name", ["避難所名", "a1", "größe", "a_b", "fiware:name", "urn:a:b"])
def test_names_of_letters_digits_and_underscores_are_taken(client: Client, name: str) -> None:
    terms: JsonObject = {"fiware": "https://uri.fiware.org/ns/"}
    client.create({**a_shelter(), name: prop(1), "@context": [terms]})
    ok(client.send("DELETE", at()))
    ok(client.send("POST", ENTITIES, {"id": SHELTER, "type": name}), 201)


@pytest.mark.parametrize(
    "name", ["", " ", "a b", "1a", "a-b", "a<b", "a(b)", "_a", "a\u0000b", "$a"]
)
def test_other_names_are_refused(client: Client, name: str) -> None:
    bad_data(client.send("POST", ENTITIES, a_shelter(**{name: prop(1)})))
    bad_data(client.send("POST", ENTITIES, {"id": SHELTER, "type": name}))
    assert not is_stored(client)


@pytest.mark.parametrize(
    "moment",
    [
        "2026-11-21T09:00:00Z",
        "2026-11-21T09:00:00.5Z",
        "2026-11-21T09:00:00.123456Z",
        "2026-11-21T09:00:00,5Z",
    ],
)
def test_moments_are_complete_and_in_utc(client: Client, moment: str) -> None:
    client.create(a_shelter(level=prop(1, observedAt=moment)))
    level = stored(client)["level"]
    assert isinstance(level, dict)
    assert str(level["observedAt"]).replace(",", ".").startswith(moment[:19])


@pytest.mark.parametrize(
    "moment",
    [
        "2026-11-21",
        "2026-11-21T09:00Z",
        "2026-11-21T09:00:00",
        "2026-11-21T09:00:00+09:00",
        "2026-13-21T09:00:00Z",
        "2026-11-31T09:00:00Z",
        "2026-11-21T25:00:00Z",
        "2026-11-21T09:00:00.1234567Z",
        "20261121T090000Z",
        "",
        1763715600,
        None,
    ],
)
def test_what_is_no_moment_is_refused(client: Client, moment: str | int | None) -> None:
    bad_data(client.send("POST", ENTITIES, a_shelter(level=prop(1, observedAt=moment))))
    assert not is_stored(client)
