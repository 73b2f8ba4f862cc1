"""HTTP request preconditions: CIM 009 §6.3.4, and methods, lengths and sizes of §6.3.2."""

import json

import pytest

from tests.conformance.raw import exchange
from tests.conformance.shelters import ENTITIES, SHELTER, a_shelter, at, is_stored, ok
from tests.platforms import NGSI_LD, Client

BODY = json.dumps(a_shelter()).encode()


def test_a_body_without_its_length_is_411(client: Client) -> None:
    head = (
        f"POST {NGSI_LD}/entities HTTP/1.1\r\nContent-Type: application/json\r\n"
        f"NGSILD-Tenant: {client.tenant}\r\nTransfer-Encoding: chunked"
    )
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
    answer = exchange(client.url, head, chunked)
    assert (answer.status, answer.body) == (411, b"")
    assert not is_stored(client)


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT"])
def test_the_length_counts_before_the_tenant(client: Client, method: str) -> None:
    path = "/entities" if method == "POST" else at()
    head = f"{method} {NGSI_LD}{path} HTTP/1.1\r\nNGSILD-Tenant: nobody"
    assert exchange(client.url, head).status == 411


@pytest.mark.parametrize("length", ["x", "-1", "1.5", ""])
def test_a_length_that_is_none_is_4xx(client: Client, length: str) -> None:
    head = (
        f"POST {NGSI_LD}/entities HTTP/1.1\r\nContent-Type: application/json\r\n"
        f"NGSILD-Tenant: {client.tenant}\r\nContent-Length: {length}"
    )
    assert 400 <= exchange(client.url, head, b"{}").status < 500


def test_a_body_of_ten_megabytes_is_413_and_not_stored(client: Client) -> None:
    content = BODY[:-1] + b', "held": "' + b"x" * 10_000_000 + b'"}'
    headers = {"Content-Type": "application/json"}
    answer = client.send("POST", ENTITIES, content=content, headers=headers)
    assert answer.status_code == 413
    assert answer.json()["status"] == 413
    assert not is_stored(client)


def test_a_body_of_some_megabytes_is_taken(client: Client) -> None:
    content = BODY[:-1] + b', "held": "' + b"x" * 4_000_000 + b'"}'
    headers = {"Content-Type": "application/json"}
    ok(client.send("POST", ENTITIES, content=content, headers=headers), 201)
    assert len(client.get(at()).json()["held"]["value"]) == 4_000_000


@pytest.mark.parametrize(
    "media_type",
    [
        "text/plain",
        "application/xml",
        "application/geo+json",
        "application/x-ndjson",
        "json",
        "",
        "multipart/form-data; boundary=x",
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", ENTITIES),
        ("PATCH", at()),
        ("POST", "/entityOperations/create"),
        ("POST", "/jsonldContexts"),
        ("PUT", at()),
    ],
)
def test_another_media_type_is_415_without_a_body(
    reader: Client, method: str, path: str, media_type: str
) -> None:
    answer = reader.send(method, path, content=BODY, headers={"Content-Type": media_type})
    assert (answer.status_code, answer.content) == (415, b"")
    assert not is_stored(reader)


def test_a_merge_patch_is_for_patch_alone(client: Client) -> None:
    headers = {"Content-Type": "application/merge-patch+json"}
    assert client.send("POST", ENTITIES, content=BODY, headers=headers).status_code == 415
    client.create(a_shelter())
    ok(client.send("PATCH", at(), content=b'{"floors": 2}', headers=headers))


@pytest.mark.parametrize(
    "media_type",
    ["application/json; charset=utf-8", "Application/JSON", "application/json;charset=UTF-8"],
)
def test_parameters_and_case_of_a_media_type_do_not_matter(client: Client, media_type: str) -> None:
    answer = client.send("POST", ENTITIES, content=BODY, headers={"Content-Type": media_type})
    ok(answer, 201)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/json", "application/json"),
        ("application/ld+json", "application/ld+json"),
        ("application/geo+json", "application/geo+json"),
        ("application/ld+json, application/json", "application/json"),
        ("application/ld+json, application/json;q=0.5", "application/ld+json"),
        ("application/json;q=0, */*", "application/ld+json"),
        ("application/json;q=0.1, application/geo+json;q=0.2", "application/geo+json"),
        ("text/html, application/xhtml+xml, */*;q=0.8", "application/json"),
        ("APPLICATION/LD+JSON", "application/ld+json"),
    ],
)
def test_the_answer_is_of_the_media_type_that_is_liked_best(
    client: Client, accept: str | None, expected: str
) -> None:
    client.create(a_shelter())
    headers = {} if accept is None else {"Accept": accept}
    for path in (at(), f"{ENTITIES}?type=EvacuationShelter"):
        answer = client.send("GET", path, headers=headers)
        assert answer.headers["Content-Type"] == expected


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "application/json;q=0", "x"])
@pytest.mark.parametrize(
    "path", [at(), f"{ENTITIES}?type=EvacuationShelter", "/types", "/attributes"]
)
def test_what_cannot_be_served_is_406_and_says_what_can(
    reader: Client, path: str, accept: str
) -> None:
    answer = reader.send("GET", path, headers={"Accept": accept})
    assert answer.status_code == 406
    assert "application/json" in answer.text
    assert "application/ld+json" in answer.text


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/types", {"GET"}),
        ("POST", at(), {"GET", "PATCH", "PUT", "DELETE"}),
        ("GET", at(SHELTER, "attrs"), {"POST", "PATCH"}),
        ("GET", at(SHELTER, "attrs", "name"), {"PATCH", "PUT", "DELETE"}),
        ("GET", "/entityOperations/create", {"POST"}),
        ("DELETE", "/entityOperations/query", {"POST"}),
        ("DELETE", "/jsonldContexts", {"GET", "POST"}),
        ("PATCH", "/info/sourceIdentity", {"GET"}),
        ("TRACE", ENTITIES, {"GET", "POST", "DELETE"}),
    ],
)
def test_another_method_is_405_and_says_which_are_allowed(
    reader: Client, method: str, path: str, allowed: set[str]
) -> None:
    answer = reader.send(method, path)
    assert answer.status_code == 405
    assert allowed <= set(answer.headers["Allow"].split(", "))
    assert method not in answer.headers["Allow"].split(", ")


def test_options_tell_the_methods_and_patch_formats(client: Client) -> None:
    answer = ok(client.send("OPTIONS", at()))
    assert {"GET", "PATCH", "PUT", "DELETE"} <= set(answer.headers["Allow"].split(", "))
    assert "application/merge-patch+json" in answer.headers["Accept-Patch"]


def test_a_204_has_no_length(client: Client) -> None:
    client.create(a_shelter())
    assert "Content-Length" not in ok(client.send("DELETE", at())).headers


def test_collections_are_written_with_or_without_a_slash(client: Client) -> None:
    ok(client.send("POST", "/entities/", a_shelter()), 201)
    found = client.get("/entities/", type="EvacuationShelter").json()
    assert found == [a_shelter()]
    ok(client.send("POST", f"{at()}/attrs/", {"floors": 2}))
    assert client.get("/types/").status_code == 200
