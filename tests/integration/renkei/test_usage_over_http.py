"""What tenants use and may use, as an operator and a client see it."""

import csv
import io
from collections import Counter
from collections.abc import Callable

import httpx2
import pytest

from kit.json import JsonObject, JsonValue
from renkei.instance import Instance
from renkei.settings import Settings
from tests.platforms import Client

Admin = Callable[..., httpx2.Response]


@pytest.fixture
def admin(http: httpx2.Client, broker_url: str, platform_settings: Settings) -> Admin:
    token = Instance(platform_settings.data).operator_token()

    def call(method: str, path: str, **more: object) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return http.request(method, f"{broker_url}/admin{path}", headers=headers, **more)  # type: ignore[arg-type]  # json and params as they are

    return call


def an_entity(number: int, text: str = "あ") -> JsonObject:
    name: JsonObject = {"type": "Property", "value": text}
    return {"id": f"urn:ngsi-ld:Shelter:{number}", "type": "Shelter", "name": name}


def usage_of(admin: Admin, client: Client, *by: str) -> list[dict[str, JsonValue]]:
    admin("POST", "/usage/count", params={"tenant": client.tenant}).raise_for_status()
    params = [("tenant", client.tenant), *(("by", one) for one in by)]
    found: list[dict[str, JsonValue]] = admin("GET", "/usage", params=params).json()
    return found


def a_quota(admin: Admin, client: Client, **limits: float) -> None:
    admin("PUT", f"/tenants/{client.tenant}/quota", json=limits).raise_for_status()


def test_requests_and_what_they_left_are_counted(admin: Admin, client: Client) -> None:
    for number in range(5):
        client.create(an_entity(number))
    client.send("DELETE", "/entities/urn:ngsi-ld:Shelter:0")
    for _ in range(3):
        client.get("/entities/urn:ngsi-ld:Shelter:1")
    client.get("/entities/urn:ngsi-ld:Shelter:99")
    [usage] = usage_of(admin, client)
    assert usage["requests"] == 10
    assert usage["refused"] == 1
    assert (usage["changes"], usage["entities"], usage["attributes"]) == (6, 4, 4)
    by_operation = usage_of(admin, client, "operation", "status")
    assert {(one["operation"], one["status"]): one["requests"] for one in by_operation} == {
        ("write", "2xx"): 6,
        ("retrieve", "2xx"): 3,
        ("retrieve", "4xx"): 1,
    }


def test_bytes_are_those_of_bodies(admin: Admin, client: Client) -> None:
    sent = client.send("POST", "/entities", an_entity(1)).request
    answer = client.get("/entities/urn:ngsi-ld:Shelter:1")
    [usage] = usage_of(admin, client)
    assert usage["bytes_in"] == len(sent.content)
    assert usage["bytes_out"] == len(answer.content)


def test_a_spreadsheet_opens_the_csv(admin: Admin, client: Client) -> None:
    client.create(an_entity(1))
    usage_of(admin, client)
    answer = admin("GET", "/usage/csv", params=[("by", "day"), ("tenant", client.tenant)])
    assert answer.content.startswith(b"\xef\xbb\xbf")
    [header, row] = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert header[:2] == ["日付", "リクエスト数"]
    assert row[1] == "1"


@pytest.mark.parametrize(
    "params",
    [
        {"first": "2026-02-01", "last": "2026-01-01"},
        {"first": "yesterday"},
        {"by": "colour"},
    ],
)
def test_what_cannot_be_asked_for_is_refused(admin: Admin, params: dict[str, str]) -> None:
    assert admin("GET", "/usage", params=params).status_code == 400


def test_nobody_sees_usage_or_sets_quotas_without_the_token(client: Client) -> None:
    for method, path in (
        ("GET", "/admin/usage"),
        ("GET", "/admin/usage/csv"),
        ("POST", "/admin/usage/count"),
        ("PUT", f"/admin/tenants/{client.tenant}/quota"),
    ):
        assert client.http.request(method, client.url + path, json={}).status_code == 401


def test_more_entities_than_the_quota_are_refused_with_how_many_there_are(
    admin: Admin, client: Client
) -> None:
    a_quota(admin, client, entities=2)
    statuses = [client.send("POST", "/entities", an_entity(n)).status_code for n in range(3)]
    assert statuses == [201, 201, 403]
    problem = client.send("POST", "/entities", an_entity(9)).json()
    assert problem["type"] == "urn:renkei:problem:quota-exceeded"
    assert "上限は 2" in problem["detail"]
    assert "is 2" in problem["detail"]
    client.send("DELETE", "/entities/urn:ngsi-ld:Shelter:0")
    assert client.send("POST", "/entities", an_entity(9)).status_code == 201


def test_of_a_batch_what_fits_the_quota_is_stored(admin: Admin, client: Client) -> None:
    a_quota(admin, client, entities=2)
    answer = client.send("POST", "/entityOperations/create", [an_entity(n) for n in range(3)])
    assert answer.status_code == 207
    body = answer.json()
    assert (len(body["success"]), len(body["errors"])) == (2, 1)


def test_requests_beyond_the_rate_are_told_when_to_come_back(admin: Admin, client: Client) -> None:
    a_quota(admin, client, requests_per_s=1)  # a slow machine asks no faster than a few a second
    answers = [client.get("/entities/urn:ngsi-ld:Shelter:1") for _ in range(60)]
    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) == {404, 429}
    assert statuses[404] >= 2  # what two seconds saved
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert int(refused.headers["retry-after"]) >= 1
    a_quota(admin, client)
    assert client.get("/entities/urn:ngsi-ld:Shelter:1").status_code == 404


def test_downloads_spend_of_the_quota_and_are_counted_with_their_bytes(
    admin: Admin, client: Client
) -> None:
    base = f"{client.url}/datamodels/tenants/{client.tenant}"
    whole = client.http.get(f"{base}/export/AED.csv")
    listed = client.http.get(f"{base}/open-data-list.csv")
    assert client.http.get(f"{base}/export/User.csv").status_code == 403  # no file at all
    [usage] = usage_of(admin, client, "operation")
    assert (usage["operation"], usage["requests"]) == ("query", 2)
    assert usage["bytes_out"] == len(whole.content) + len(listed.content)
    a_quota(admin, client, requests_per_s=1)
    answers = [client.http.get(f"{base}/export/AED.csv") for _ in range(30)]
    assert {answer.status_code for answer in answers} == {200, 429}
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.json()["status"] == 429


def test_a_body_that_is_too_large_is_refused(admin: Admin, client: Client) -> None:
    a_quota(admin, client, request_bytes=500)
    assert client.send("POST", "/entities", an_entity(1)).status_code == 201
    assert client.send("POST", "/entities", an_entity(2, "x" * 500)).status_code == 413


def test_subscriptions_are_limited(admin: Admin, client: Client) -> None:
    a_quota(admin, client, subscriptions=1)
    endpoint: JsonObject = {"uri": "http://127.0.0.1:9/"}
    wanted: JsonObject = {
        "type": "Subscription",
        "entities": [{"type": "Shelter"}],
        "notification": {"endpoint": endpoint},
    }
    statuses = [client.send("POST", "/subscriptions", wanted).status_code for _ in range(2)]
    assert statuses == [201, 403]


def test_a_quota_shows_what_holds_and_how_much_is_used(admin: Admin, client: Client) -> None:
    client.create(an_entity(1))
    a_quota(admin, client, entities=7)
    state = admin("GET", f"/tenants/{client.tenant}/quota").json()
    assert (state["own"]["entities"], state["holds"]["entities"]) == (7, 7)
    assert state["own"]["bytes"] is None
    assert state["stored"]["entities"] == 1


def test_a_limit_that_makes_no_sense_is_refused(admin: Admin, client: Client) -> None:
    path = f"/tenants/{client.tenant}/quota"
    assert admin("PUT", path, json={"entities": -1}).status_code == 400
    assert admin("PUT", path, json={"entitys": 1}).status_code == 400
    assert admin("GET", "/tenants/nobody/quota").status_code == 404
