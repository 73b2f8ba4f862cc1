"""What operators ask of the broker over HTTP: indexes and plans."""

import time

import httpx2
import pytest

from kit.json import JsonValue
from renkei.instance import Instance
from renkei.settings import Settings
from tests.platforms import Client

INDEXES = "/broker/v1/indexes"


class Operator:
    """Calls the operators' API for the tenant of a client."""

    def __init__(self, client: Client, settings: Settings) -> None:
        token = Instance(settings.data).operator_token()
        self._client = client
        self.headers = {"Authorization": f"Bearer {token}", "NGSILD-Tenant": client.tenant}

    def call(
        self, method: str, place: str, body: JsonValue = None, **params: str
    ) -> httpx2.Response:
        return self._client.http.request(
            method, self._client.url + place, params=params, json=body, headers=self.headers
        )

    def declare(self, path: str) -> httpx2.Response:
        return self.call("POST", INDEXES, {"path": path})


@pytest.fixture(params=["shared", "separated"])
def operator(request: pytest.FixtureRequest, platform_settings: Settings) -> Operator:
    name = "client" if request.param == "shared" else "separated_client"
    client: Client = request.getfixturevalue(name)
    for number in range(30):
        client.create(
            {
                "id": f"urn:ngsi-ld:Shelter:{number:03d}",
                "type": "Shelter",
                "capacity": {"type": "Property", "value": number},
            }
        )
    return Operator(client, platform_settings)


def test_an_index_lives_over_http(operator: Operator) -> None:
    declared = operator.declare("capacity")
    assert declared.status_code == 202, declared.text
    assert declared.json()["path"] == "capacity"
    assert declared.json()["key"].endswith("/default-context/capacity")
    while (index := operator.call("GET", INDEXES).json()[0])["stage"] == "filling":
        time.sleep(0.02)
    assert index["stage"] == "complete"
    query = {"type": "Shelter", "q": "capacity==7", "limit": "5"}
    plan: list[str] = []
    while "entity_index_by_number" not in "\n".join(plan):  # known within two seconds
        time.sleep(0.05)
        plan = operator.call("GET", "/broker/v1/explain", **query).json()["plan"]
    assert plan[0] == "Candidates are found by one indexed value, in order of id."
    withdrawn = operator.call("DELETE", INDEXES, path="capacity")
    assert (withdrawn.status_code, withdrawn.json()["stage"]) == (202, "withdrawn")
    assert operator.declare("capacity").status_code == 409


def test_names_are_those_of_the_context(client: Client, platform_settings: Settings) -> None:
    operator = Operator(client, platform_settings)
    iri = "https://a.example/capacity"
    added = client.send("POST", "/jsonldContexts", {"@context": {"収容人数": iri}})
    link = f'<{client.url}{added.headers["location"]}>; rel="http://www.w3.org/ns/json-ld#context"'
    operator.headers["Link"] = link
    assert operator.declare("収容人数.observedAt").json()["path"] == "収容人数.observedAt"
    assert operator.declare(iri).json()["path"] == "収容人数"
    del operator.headers["Link"]
    assert operator.call("GET", INDEXES).json()[1]["path"] == iri


@pytest.mark.parametrize(
    ("method", "path", "body", "params", "status"),
    [
        ("POST", INDEXES, {"path": "9"}, {}, 400),
        ("POST", INDEXES, {"path": ""}, {}, 400),
        ("POST", INDEXES, {"path": "a", "type": "Shelter"}, {}, 400),
        ("POST", INDEXES, {}, {}, 400),
        ("DELETE", INDEXES, None, {}, 400),
        ("DELETE", INDEXES, None, {"path": "capacity"}, 404),
        ("GET", "/broker/v1/explain", None, {"q": "=="}, 400),
        ("GET", "/broker/v1/explain", None, {"type": "A", "colour": "red"}, 400),
        ("GET", "/broker/v1/explain", None, {}, 400),
    ],
)
def test_what_cannot_be_right_is_refused(
    client: Client,
    platform_settings: Settings,
    method: str,
    path: str,
    body: JsonValue,
    params: dict[str, str],
    status: int,
) -> None:
    answer = Operator(client, platform_settings).call(method, path, body, **params)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status


@pytest.mark.parametrize("path", [INDEXES, "/broker/v1/explain?type=Shelter"])
def test_nobody_enters_without_the_token(client: Client, path: str) -> None:
    answer = client.http.get(client.url + path, headers={"NGSILD-Tenant": client.tenant})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


def test_an_unknown_tenant_is_not_found(client: Client, platform_settings: Settings) -> None:
    operator = Operator(client, platform_settings)
    operator.headers["NGSILD-Tenant"] = "nobody_here"
    assert operator.call("GET", INDEXES).status_code == 404


def test_the_openapi_document_tells_of_it(client: Client) -> None:
    paths = client.http.get(f"{client.url}/openapi.json").json()["paths"]
    assert {INDEXES, "/broker/v1/explain"} <= paths.keys()
