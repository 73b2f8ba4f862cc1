"""Error types and their reporting: CIM 009 §6.3.2, §6.3.3, §5.5.2, §5.5.3: bad input."""

import json

import pytest

from kit.json import JsonObject, JsonValue
from tests.conformance.shelters import (
    DEFAULT_VOCABULARY,
    ENTITIES,
    ERRORS,
    SHELTER,
    a_shelter,
    at,
    is_stored,
    not_found,
    problem,
    prop,
)
from tests.platforms import Client

JSON = {"Content-Type": "application/json"}
POSTS = [
    ("POST", ENTITIES),
    ("POST", "/entityOperations/create"),
    ("POST", "/entityOperations/upsert"),
    ("POST", "/entityOperations/update"),
    ("POST", "/entityOperations/merge"),
    ("POST", "/entityOperations/delete"),
    ("POST", "/entityOperations/query"),
    ("POST", "/jsonldContexts"),
    ("POST", at(SHELTER, "attrs")),
    ("PATCH", at(SHELTER, "attrs")),
    ("PATCH", at(SHELTER, "attrs", "name")),
    ("PUT", at(SHELTER, "attrs", "name")),
    ("PATCH", at()),
    ("PUT", at()),
]
SHELTER_TEXT = json.dumps(a_shelter())
DEEP = b"[" * 10_000 + b"]" * 10_000
DEEP_OBJECT = b'{"a":' * 10_000 + b"1" + b"}" * 10_000
NOT_JSON = {
    "nothing": b"",
    "half an object": b'{"id": ',
    "two objects": b"{}{}",
    "a word": b"shelter",
    "single quotes": b"{'id': 1}",
    "a trailing comma": b'{"id": 1,}',
    "a number that is none": b'{"id": 01}',
    "NaN": b'{"id": NaN}',
    "bytes that are no UTF-8": b'{"id": "\xff\xfe"}',
    "Shift_JIS": '{"id": "避難所"}'.encode("shift_jis"),
    "UTF-16": '{"id": "避難所"}'.encode("utf-16"),
    "half of a pair": b'{"id": "\\ud800"}',
    "an array nested 10,000 deep": DEEP,
    "an object nested 10,000 deep": DEEP_OBJECT,
    "a control character": b'{"id": "\x01"}',
}


@pytest.mark.parametrize(("method", "path"), POSTS)
@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_what_is_no_json_is_an_invalid_request_with_its_place(
    reader: Client, method: str, path: str, body: bytes
) -> None:
    answer = reader.send(method, path, content=body, headers=JSON)
    assert "line" in str(problem(answer, 400, "InvalidRequest")["where"])


@pytest.mark.parametrize(("method", "path"), POSTS)
@pytest.mark.parametrize("body", [5, "text", None, True, 1.5, [[]], [5], [{}]])
def test_json_of_another_shape_is_refused(
    reader: Client, method: str, path: str, body: JsonValue
) -> None:
    content = json.dumps(body).encode()
    answer = reader.send(method, path, content=content, headers=JSON)
    assert answer.status_code in (207, 400)
    if answer.status_code == 400:
        assert answer.json()["type"].startswith(ERRORS)


WRONG: dict[str, JsonObject] = {
    "a NUL in a value": a_shelter(name=prop("a\u0000b")),
    "a NUL in the id": {**a_shelter(), "id": SHELTER + "\u0000"},
    "a NUL in a name": a_shelter(**{"a\u0000b": prop(1)}),
    "a NUL in a type": {**a_shelter(), "type": "a\u0000"},
    "a NUL in a key of a value": a_shelter(held=prop({"a\u0000": 1})),
    "a NUL in a language": a_shelter(
        held={"type": "LanguageProperty", "languageMap": {"ja": "\u0000"}}
    ),
    "a NUL in a scope": a_shelter(scope="/a\u0000"),
    "a number as id": {**a_shelter(), "id": 5},
    "an object as type": {**a_shelter(), "type": {"a": 1}},
    "a NUL in the context's URL": {**a_shelter(), "@context": ["http://127.0.0.1:9/\u0000"]},
    "a NUL in an IRI of the context": {**a_shelter(), "@context": [{"name": "urn:a:\u0000"}]},
    "a number as context": {**a_shelter(), "@context": 5},
    "a geometry of texts": a_shelter(location={"type": "Point", "coordinates": ["a", "b"]}),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_values_that_cannot_be_kept_are_refused_and_nothing_is_stored(
    client: Client, wrong: JsonObject
) -> None:
    answer = client.send("POST", ENTITIES, wrong)
    body = problem(answer, 400, "BadRequestData")
    assert body["detail"]
    assert client.get(ENTITIES, local="true").json() == []


@pytest.mark.parametrize(
    "number",
    ["1e400", "-1e400", "1" * 400, "0." + "1" * 400, "18446744073709551616", "1e-400"],
)
def test_huge_numbers_are_kept_or_refused_and_never_fail(client: Client, number: str) -> None:
    text = SHELTER_TEXT[:-1] + f', "held": {number}}}'
    answer = client.send("POST", ENTITIES, content=text.encode(), headers=JSON)
    assert answer.status_code in (201, 400), answer.text
    found = client.get(ENTITIES, type="EvacuationShelter", q="held>=0")
    assert found.status_code == 200
    assert is_stored(client) == (answer.status_code == 201)


@pytest.mark.parametrize(
    ("parameter", "text"),
    [
        (name, text)
        for name in ("type", "q", "scopeQ", "id", "idPattern", "attrs", "pick", "orderBy", "lang")
        for text in ("\u0000", "a\u0000b", "\ud7ff\uffff", "%", "'\"\\", "x" * 20_000, "😀" * 50)
    ],
)
def test_parameters_of_any_text_never_fail(reader: Client, parameter: str, text: str) -> None:
    params = {"type": "EvacuationShelter", parameter: text}
    assert reader.get(ENTITIES, **params).status_code in (200, 400, 403, 404)


@pytest.mark.parametrize(
    "query", ["q=%ff", "q=%", "%00=1", "type=%C0%80", "&&", "=", "q=%ED%A0%80"]
)
def test_query_strings_of_any_bytes_never_fail(reader: Client, query: str) -> None:
    answer = reader.send("GET", f"{ENTITIES}?{query}")
    assert answer.status_code == 400
    assert answer.json()["type"].startswith(ERRORS)


@pytest.mark.parametrize(
    "segment",
    ["%00", "%ff", "a%2Fb", "..%2F..", "%C3%28", "urn:a:b%00", "x" * 8000, "%F0%9F%98%80"],
)
@pytest.mark.parametrize(
    "path",
    [
        "/entities/{}",
        "/entities/{}/attrs/name",
        "/types/{}",
        "/attributes/{}",
        "/jsonldContexts/{}",
        "/entities/urn:a:b/attrs/{}",
    ],
)
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_paths_of_any_bytes_never_fail(
    reader: Client, method: str, path: str, segment: str
) -> None:
    answer = reader.send(method, path.format(segment))
    assert answer.status_code in (400, 404, 405, 414), answer.text
    assert answer.headers["Content-Type"].startswith("application/json")


def test_an_error_says_what_is_wrong_and_where(client: Client) -> None:
    wrong = a_shelter(capacity={"type": "Property", "value": 1, "by": {"type": "Relationship"}})
    body = problem(client.send("POST", ENTITIES, wrong), 400, "BadRequestData")
    assert body["where"] == "/capacity/by"
    assert "object" in str(body["detail"])


def test_what_is_not_there_is_named(client: Client) -> None:
    assert SHELTER in str(not_found(client.get(at()))["detail"])
    assert "unheard" in str(not_found(client.get("/types/unheard"))["detail"])


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/entities/urn:a:b/attrs/name/more", "/types/a/b"]
)
def test_a_path_that_is_none_is_404(reader: Client, path: str) -> None:
    assert reader.get(path).status_code == 404


def test_the_default_vocabulary_is_not_shown_in_errors_for_nothing(client: Client) -> None:
    detail = str(problem(client.send("POST", ENTITIES, {"id": SHELTER}), 400, "BadRequestData"))
    assert DEFAULT_VOCABULARY not in detail
