"""The OpenAPI document tells of the protocol's endpoints, as they are and as they answer."""

from typing import cast
from urllib.parse import urlsplit

import httpx2
import jsonschema_rs
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.routing import Route

from idp_federation import identity_routes
from idp_federation.oidc.profile import DISCOVERY, METADATA, PATH
from kit.json import JsonObject
from tests.integration.idp_federation.people import Op

FORM = {"content-type": "application/x-www-form-urlencoded"}
ASKED: list[tuple[str, str, str | None, int]] = [
    ("GET", DISCOVERY, None, 200),
    ("GET", METADATA, None, 200),
    ("GET", f"{PATH}/jwks", None, 200),
    ("POST", f"{PATH}/token", "grant_type=client_credentials", 401),
    ("POST", f"{PATH}/token", "client_id=a&client_id=b", 400),
    ("POST", f"{PATH}/par", "client_id=nobody&response_type=code", 401),
    ("POST", f"{PATH}/introspect", "token=x", 401),
    ("POST", f"{PATH}/revoke", "token=x&client_id=nobody", 401),
    ("GET", f"{PATH}/userinfo", None, 401),
    ("POST", f"{PATH}/userinfo", "", 401),
    ("GET", f"{PATH}/authorize?client_id=nobody", None, 400),
    ("POST", f"{PATH}/authorize", "client_id=nobody", 400),
    ("GET", f"{PATH}/logout", None, 200),
    ("GET", f"{PATH}/logout?post_logout_redirect_uri=https://a.example/", None, 400),
]


@pytest.fixture(scope="module")
def document(op: Op) -> JsonObject:
    told: JsonObject = op.http.get(f"{op.url}/openapi/identity.json").json()
    return told


def paths(document: JsonObject) -> dict[str, JsonObject]:
    return cast("dict[str, JsonObject]", document["paths"])


def fields(document: JsonObject, path: str) -> set[str]:
    operation = cast(JsonObject, paths(document)[path]["post"])
    body = cast("dict[str, dict[str, dict[str, JsonObject]]]", operation["requestBody"])
    schema = body["content"][FORM["content-type"]]["schema"]
    return set(cast(JsonObject, schema["properties"]))


def test_the_document_is_right_by_its_own_validator(document: JsonObject) -> None:
    OpenAPIV31SpecValidator(document).validate()


def test_what_discovery_names_is_described(op: Op, document: JsonObject) -> None:
    metadata = op.http.get(op.url + DISCOVERY).json()
    named = {name: url for name, url in metadata.items() if name.endswith(("endpoint", "_uri"))}
    assert len(named) == 8
    assert {urlsplit(url).path for url in named.values()} <= paths(document).keys()


def test_each_route_of_clients_is_described_with_its_methods(document: JsonObject) -> None:
    class Nothing:
        """Stands for ports that making routes does not ask."""

        def __getattr__(self, name: str) -> "Nothing":
            return self

        def __call__(self, *_: object) -> str:
            return ""

    nothing = Nothing()
    routes = identity_routes(nothing, nothing)  # type: ignore[arg-type]  # nothing is asked
    assert len(routes) == 8
    for route in routes:
        assert isinstance(route, Route)
        methods = {one.lower() for one in route.methods or () if one != "HEAD"}
        assert methods == paths(document)[route.path].keys()


def test_a_token_request_is_described_with_all_that_grants_take(document: JsonObject) -> None:
    told = fields(document, f"{PATH}/token")
    assert {"code", "code_verifier", "refresh_token", "subject_token", "client_assertion"} <= told
    pushed, asked = fields(document, f"{PATH}/par"), fields(document, f"{PATH}/authorize")
    assert asked - pushed == {"request_uri"}  # what is pushed refers to nothing else


@pytest.mark.parametrize(("method", "path", "body", "status"), ASKED)
def test_answers_are_as_described(
    op: Op, document: JsonObject, method: str, path: str, body: str | None, status: int
) -> None:
    headers = {} if body is None else FORM
    answer = op.http.request(method, op.url + path, content=body, headers=headers)
    assert answer.status_code == status, answer.text
    described(document, answer, method, urlsplit(path).path)


def described(document: JsonObject, answer: httpx2.Response, method: str, path: str) -> None:
    """Hold an answer against what the document says of its status."""
    operation = cast("dict[str, dict[str, JsonObject]]", paths(document)[path][method.lower()])
    told = operation["responses"][str(answer.status_code)]
    content = cast("dict[str, dict[str, JsonObject]]", told.get("content", {}))
    kind = answer.headers["content-type"].partition(";")[0]
    assert kind in content
    if kind != "text/html":
        schema = {**content[kind]["schema"], "components": document["components"]}
        jsonschema_rs.validate(schema, answer.json())


def test_a_client_gets_tokens_as_described(op: Op, document: JsonObject) -> None:
    app = op.register(grant_types=["client_credentials"], redirect_uris=[], scope="read")
    answer = app.post("token", {"grant_type": "client_credentials"})
    assert answer.status_code == 200, answer.text
    described(document, answer, "POST", f"{PATH}/token")
    token = {"token": str(answer.json()["access_token"])}
    told = app.post("introspect", token)
    assert told.json()["active"] is True
    described(document, told, "POST", f"{PATH}/introspect")
    assert app.post("revoke", token).status_code == 200
