"""What a source does wrong names it; what a client does wrong stays so; all is bounded."""

import gzip
import re

import pytest

from kit.json import JsonObject
from tests.integration.broker.sources.answering import Answer, answering, json_answer
from tests.integration.broker.sources.conftest import Hub

ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
EMPTY = json_answer(200, "[]")
HTML = {"Content-Type": "text/html"}


def problem(status: int, kind: str, detail: str = "because") -> Answer:
    text = f'{{"type":"{ERRORS}{kind}","title":"T","status":{status},"detail":"{detail}"}}'
    return status, {"Content-Type": "application/problem+json"}, text.encode()


@pytest.mark.parametrize(
    ("answer", "status", "kind"),
    [
        ((413, HTML, b"<h1>Too large</h1>"), 413, "about:blank"),
        ((400, HTML, b"nope"), 400, f"{ERRORS}BadRequestData"),
        ((404, HTML, b"<h1>Not found</h1>"), 422, f"{ERRORS}OperationNotSupported"),
        ((405, {}, b""), 422, f"{ERRORS}OperationNotSupported"),
        ((501, {}, b""), 422, f"{ERRORS}OperationNotSupported"),
        (problem(404, "ResourceNotFound"), 404, f"{ERRORS}ResourceNotFound"),
        (problem(403, "TooComplexQuery"), 403, f"{ERRORS}TooComplexQuery"),
        (problem(404, "NonexistentTenant"), 404, f"{ERRORS}NonexistentTenant"),
        (problem(504, "LdContextNotAvailable"), 504, f"{ERRORS}LdContextNotAvailable"),
        ((403, HTML, b"no"), 403, "about:blank"),
        ((401, HTML, b"who?"), 502, "about:blank"),
        ((500, HTML, b"Traceback"), 502, "about:blank"),
        (problem(500, "InternalError"), 502, "about:blank"),
        ((302, {"Location": "http://10.0.0.1/"}, b""), 502, "about:blank"),
        ((200, HTML, b"<h1>Please sign in</h1>"), 502, "about:blank"),
        ((429, {"Retry-After": "7"}, b""), 503, "about:blank"),
    ],
)
def test_an_error_of_the_source_is_told_in_our_words(
    hub: Hub, answer: Answer, status: int, kind: str
) -> None:
    with answering(answer) as source:
        told = hub.external(source.url).get("/entities", type="X")
    assert told.status_code == status
    assert told.headers["content-type"] == "application/json"
    assert told.json()["type"] == kind
    assert told.json()["status"] == status
    assert "<h1>" not in told.text
    assert "Traceback" not in told.text
    if status >= 500 and kind == "about:blank":
        assert source.url in told.json()["detail"]
    if answer[0] == 429:
        assert told.headers["retry-after"] == "7"


def test_the_client_s_credentials_and_the_source_s_stay_apart(hub: Hub) -> None:
    key = {"kind": "api_key", "header": "X-Api-Key", "value": "ours"}
    answer = json_answer(200, "[]", **{"Set-Cookie": "a=b", "Server": "x", "NGSILD-Tenant": "t"})
    with answering(answer) as source:
        client = hub.external(source.url, "their-name", credentials=key)
        sent = {
            "Authorization": "Bearer of the client",
            "Cookie": "c=d",
            "X-Forwarded-For": "1.2.3.4",
            "Prefer": "ngsi-ld=1.6",
            "NGSILD-Future": "yes",
        }
        told = client.send("GET", "/entities?type=X&q=a%3D%3D%22b%22", headers=sent)
    (asked,) = source.asked
    assert asked.target == "/ngsi-ld/v1/entities?type=X&q=a%3D%3D%22b%22"
    assert asked.headers["ngsild-tenant"] == "their-name"
    assert asked.headers["x-api-key"] == "ours"
    assert asked.headers["prefer"] == "ngsi-ld=1.6"
    assert asked.headers["ngsild-future"] == "yes"
    assert not {"authorization", "cookie", "x-forwarded-for"} & asked.headers.keys()
    assert told.headers["ngsild-tenant"] == client.tenant
    assert "set-cookie" not in told.headers


def test_a_tenant_without_a_name_there_names_none(hub: Hub) -> None:
    with answering(EMPTY) as source:
        hub.external(source.url).get("/entities", type="X")
    assert "ngsild-tenant" not in source.asked[0].headers


def test_what_may_be_asked_twice_is_asked_again(hub: Hub) -> None:
    with answering((503, {}, b""), EMPTY) as source:
        assert hub.external(source.url).get("/entities", type="X").status_code == 200
    assert len(source.asked) == 2


def test_what_may_not_be_asked_twice_is_asked_once(hub: Hub) -> None:
    with answering((503, {}, b""), (201, {}, b"")) as source:
        client = hub.external(source.url)
        told = client.send("POST", "/entities", {"id": "urn:x:1", "type": "X"})
    assert told.status_code == 503
    assert told.headers["retry-after"] == "1"
    assert len(source.asked) == 1


def test_who_does_not_answer_in_time_is_not_waited_for(hub: Hub) -> None:
    with answering(EMPTY) as source:
        source.hangs = True
        told = hub.external(source.url, timeout_s=0.3).get("/entities", type="X")
    assert told.status_code == 504
    assert source.url in told.json()["detail"]


def test_who_cannot_be_reached_is_spared_for_a_while(hub: Hub) -> None:
    with answering(EMPTY) as source:
        client = hub.external(source.url)
    statuses = [client.get("/entities", type="X").status_code for _ in range(3)]
    assert statuses[0] == 502
    assert set(statuses[1:]) <= {502, 503}
    assert 503 in statuses
    assert client.get("/info/sourceIdentity").status_code == 200


def test_contexts_that_cannot_be_had_are_no_failures_of_the_source(hub: Hub) -> None:
    with answering(problem(504, "LdContextNotAvailable")) as source:
        client = hub.external(source.url)
        told = [client.get("/entities", type="X") for _ in range(7)]
    assert {answer.status_code for answer in told} == {504}
    assert len(source.asked) == 7


def test_an_answer_is_bounded(hub: Hub) -> None:
    too_much = str(10**12)
    huge = (200, {"Content-Type": "application/json", "Content-Length": too_much}, b"[")
    with answering(huge) as source:
        told = hub.external(source.url).get("/subscriptions")
    assert told.status_code == 502


def test_a_compressed_answer_that_nobody_asked_for_is_refused(hub: Hub) -> None:
    packed = gzip.compress(b"[]")
    answer = (200, {"Content-Type": "application/json", "Content-Encoding": "gzip"}, packed)
    with answering(answer) as source:
        assert hub.external(source.url).get("/types").status_code == 502


def test_a_long_answer_and_a_long_request_are_passed_on_in_pieces(hub: Hub) -> None:
    text = "[" + ",".join(f'{{"id":"urn:x:{n}","type":"X"}}' for n in range(20_000)) + "]"
    with answering(json_answer(200, text)) as source:
        client = hub.external(source.url)
        assert client.get("/entities", type="X").text == text
        body = text.encode()
        sent = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        client.send("POST", "/entityOperations/upsert", content=body, headers=sent)
    assert source.asked[1].body == body


@pytest.mark.parametrize(
    "segment", ["..%2f..%2f..%2fadmin", "%2e%2e", "%252e%252e%252f", "a%5c..%5cb", ".."]
)
def test_no_path_leads_out_of_the_source_s_api(hub: Hub, segment: str) -> None:
    with answering(EMPTY) as source:
        client = hub.external(source.url)
        path = f"/entities/{segment}/attrs/x"
        told = client.http.request(
            "DELETE",
            client.url,
            headers={"NGSILD-Tenant": client.tenant},
            extensions={"target": f"/ngsi-ld/v1{path}".encode()},
        )
    assert told.status_code == 400
    assert source.asked == []


def test_a_request_that_went_in_a_circle_ends(hub: Hub) -> None:
    around = hub.external(hub.url)
    path = f"/admin/tenants/{around.tenant}/endpoint"
    moved = hub.admin("PUT", path, {"url": hub.url, "tenant": around.tenant})
    assert moved.status_code == 200
    told = around.get("/entities", type="X")
    assert told.status_code == 508 or (told.status_code == 502 and "508" in told.text)


def test_a_token_is_had_once_and_renewed_once_it_is_refused(hub: Hub) -> None:
    answers: tuple[Answer, ...] = (EMPTY, EMPTY, (401, {}, b""), EMPTY)
    with answering(*answers, tokens=("first", "second")) as source:
        credentials = {
            "kind": "oauth2",
            "token_url": f"{source.url}/token",
            "client_id": "renkei",
            "client_secret": "s:cret",
            "scope": "read write",
        }
        client = hub.external(source.url, credentials=credentials)
        told = [client.get("/entities", type="X").status_code for _ in range(3)]
    assert told == [200, 200, 200]
    assert [one.headers["authorization"] for one in source.asked] == [
        "Bearer first",
        "Bearer first",
        "Bearer first",
        "Bearer second",
    ]
    wanted = {"grant_type": ["client_credentials"], "scope": ["read write"]}
    assert source.token_asked == [wanted, wanted]


def test_credentials_that_are_refused_again_are_the_platform_s_trouble(hub: Hub) -> None:
    with answering((401, {}, b""), tokens=("a", "b")) as source:
        credentials = {
            "kind": "oauth2",
            "token_url": f"{source.url}/token",
            "client_id": "x",
            "client_secret": "y",
        }
        told = hub.external(source.url, credentials=credentials).get("/types")
    assert told.status_code == 502
    assert len(source.asked) == 2


def test_rotated_credentials_are_shown_at_once(hub: Hub) -> None:
    with answering(EMPTY) as source:
        key: JsonObject = {"kind": "api_key", "header": "X-Api-Key", "value": "old"}
        client = hub.external(source.url, credentials=key)
        client.get("/types")
        path = f"/admin/tenants/{client.tenant}/endpoint"
        asked: JsonObject = {"url": source.url, "credentials": {**key, "value": "new"}}
        shown = hub.admin("PUT", path, asked)
        assert shown.json()["version"] == 2
        assert "new" not in re.sub(r"changed_at.*", "", shown.text)
        for _ in range(200):
            client.get("/types")
            if source.asked[-1].headers["x-api-key"] == "new":
                return
    raise AssertionError("the old key is shown still")
