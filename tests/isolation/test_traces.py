"""Beside the API: administration, pages, streams, logs, files and names show nothing of B's."""

import threading
import zipfile
from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import product
from typing import cast
from urllib.parse import quote

import httpx2
import orjson
import pytest
import structlog
from starlette.routing import Route

from kit.json import JsonObject
from renkei.app import create_app
from renkei.settings import Settings
from tests import asking
from tests.integration.broker.sources.answering import answering, json_answer
from tests.isolation.neighbours import Names, Neighbours, make_neighbours, operate, seen
from tests.isolation.probes import changes, reads, wildcards

_METHODS = ("get", "post", "put", "patch", "delete")
_PARAMETER = "{"
_PUBLISHED = {
    "/datamodels/tenants/{tenant}/open-data-list.csv",
    "/tenants/{name}",
    "/tenants/{tenant}/openapi.json",
    "/tenants/{tenant}/asyncapi.json",
}
"""What is published for everybody; they say that a tenant is there."""

_CATALOG = ("/catalog/", "/tenants", "/search", "/models", "/api/3/", "/.well-known/api-catalog")
"""Where the catalog lists the types of data that anybody may read: with --auth off all of them."""


@pytest.fixture(scope="module")
def mode() -> str:
    return "mixed"


@pytest.fixture(scope="module")
def shared(broker_url: str, platform_settings: Settings, http: httpx2.Client) -> Neighbours:
    """Both in the shared database."""
    return make_neighbours(broker_url, platform_settings, http, "shared")


def operations(settings: Settings) -> Iterator[tuple[str, str]]:
    """Every path beside the NGSI-LD API with its methods, of the routing tree."""
    app = create_app(settings).rest
    for path, methods in app.openapi()["paths"].items():
        if not path.startswith("/ngsi-ld/"):
            yield from ((method.upper(), path) for method in methods if method in _METHODS)
    for route in app.router.routes:
        if isinstance(route, Route):
            for method in (route.methods or {"POST"}) - {"HEAD"}:
                yield method, route.path


def filled(path: str, name: str) -> str:
    """A path whose variable parts are all the name."""
    parts = [quote(name, safe="") if _PARAMETER in part else part for part in path.split("/")]
    return "/".join(parts)


def test_nobody_without_the_operators_token_learns_who_there_is(neighbours: Neighbours) -> None:
    before = neighbours.truth()
    url, b = neighbours.a.client.url, neighbours.b
    absent = "t_" + "".join(reversed(b.name[2:]))
    found = sorted(set(operations(neighbours.settings)))
    assert len(found) > 60
    with asking.client(timeout=30) as stranger:
        for (method, path), token in product(found, (None, "Bearer guess")):
            headers = {} if token is None else {"Authorization": token}
            told = []
            for name in (b.name, absent):
                answer = stranger.request(method, url + filled(path, name), headers=headers)
                is_listed = path == "/" or path.startswith(_CATALOG)
                assert b.names.mark not in answer.text, path
                assert is_listed or b.names.token not in answer.text, path
                told.append([part.replace(name, "X") for part in map(str, seen(answer, b.names))])
                if path.startswith("/admin/"):
                    assert answer.status_code in (401, 403), (method, path, answer.status_code)
            if _PARAMETER in path and path not in _PUBLISHED and not is_listed:
                assert told[0] == told[1], (method, path)
    assert neighbours.truth() == before


def states(names: Names) -> Sequence[tuple[str, str]]:
    """What is asked about a subscription's deliveries."""
    one = f"/broker/v1/subscriptions/{names.subscription}"
    return (
        ("GET", one),
        ("GET", f"{one}/deadLetters"),
        ("POST", f"{one}/replay"),
        ("POST", f"{one}/pause"),
        ("POST", f"{one}/resume"),
        ("GET", f"{one}/notifications"),
    )


def test_the_state_of_bs_deliveries_is_nobodys(neighbours: Neighbours) -> None:
    before = neighbours.truth()
    a, b, nobody = neighbours.a, neighbours.b, Names.made_up()
    for theirs, nobodys in zip(states(b.names), states(nobody), strict=True):
        told = []
        for (method, path), names in ((theirs, b.names), (nobodys, nobody)):
            headers = {"NGSILD-Tenant": a.name}
            answer = a.client.http.request(method, a.client.url + path, headers=headers)
            assert answer.status_code == 404, path
            told.append(seen(answer, names))
        assert told[0] == told[1]
    for path in ("/broker/v1/subscriptions", "/broker/v1/deliveries"):
        answer = a.client.http.get(a.client.url + path, headers={"NGSILD-Tenant": a.name})
        assert answer.status_code == 200
        assert a.names.subscription in answer.text
        assert b.names.token not in answer.text
        assert b.names.mark not in answer.text
    assert neighbours.truth() == before


def test_a_tenant_named_twice_has_no_deliveries(neighbours: Neighbours) -> None:
    a, b = neighbours.a, neighbours.b
    for first, second in ((a.name, b.name), (b.name, a.name)):
        headers = [(b"NGSILD-Tenant", first.encode()), (b"NGSILD-Tenant", second.encode())]
        for path in ("/broker/v1/subscriptions", "/broker/v1/deliveries"):
            answer = a.client.http.get(a.client.url + path, headers=headers)
            assert answer.status_code == 404, answer.text


def test_a_stream_shows_ones_own_notifications_alone(shared: Neighbours) -> None:
    same = "urn:ngsi-ld:Subscription:same"
    with answering(json_answer(204, "")) as receiver:
        for tenant in (shared.a, shared.b):
            body: JsonObject = {
                "id": same,
                "type": "Subscription",
                "entities": [{"type": "Streamed"}],
                "notification": {
                    "endpoint": {"uri": receiver.url.replace("localhost", "127.0.0.1")}
                },
            }
            made = tenant.client.send("POST", "/subscriptions", body)
            assert made.status_code == 201, made.text
        headers = {"NGSILD-Tenant": shared.a.name}
        url = f"{shared.a.client.url}/broker/v1/subscriptions/{same}/notifications"
        with (
            asking.client(timeout=60) as http,
            http.stream("GET", url, headers=headers) as stream,
        ):
            lines = stream.iter_lines()
            assert next(lines) == ": open"
            writer = threading.Thread(target=_write_in_turn, args=(shared,))
            writer.start()
            told = [_next_notification(lines) for _ in range(3)]
            writer.join()
    ids = [entity["id"] for one in told for entity in cast(list[JsonObject], one["data"])]
    assert ids == ["urn:x:a:0", "urn:x:a:1", "urn:x:a:2"]
    assert shared.b.names.mark not in orjson.dumps(told).decode()


def _write_in_turn(shared: Neighbours) -> None:
    for number in range(3):
        for tenant, who in ((shared.b, "b"), (shared.a, "a")):
            value: JsonObject = {"type": "Property", "value": tenant.names.mark}
            tenant.client.create({"id": f"urn:x:{who}:{number}", "type": "Streamed", "n": value})


def _next_notification(lines: Iterator[str]) -> JsonObject:
    for line in lines:
        if line.startswith("data: "):
            notification: JsonObject = orjson.loads(line.removeprefix("data: "))
            return notification
    raise AssertionError("the stream has ended")


def test_logs_tell_of_no_value_and_no_entity(neighbours: Neighbours) -> None:
    a, b = neighbours.a, neighbours.b
    with structlog.testing.capture_logs() as told:
        for probe in (*reads(b.names), *wildcards(), *changes(b.names)):
            a.client.send(
                probe.method,
                probe.path,
                probe.body,
                params=dict(probe.params) or None,
                headers=dict(probe.headers),
            )
        structlog.get_logger().info("heard")
    assert told
    for line in told:
        for names in (a.names, b.names):
            assert names.mark not in str(line), line
            assert names.entity not in str(line), line


def test_usage_is_counted_of_whom_it_is(shared: Neighbours) -> None:
    url, settings = shared.a.client.url, shared.settings

    def used(name: str) -> list[JsonObject]:
        for one in (shared.a.name, shared.b.name):
            counted = operate(url, settings, "POST", f"/admin/usage/count?tenant={one}")
            assert counted.status_code == 204, counted.text
        found: list[JsonObject] = operate(
            url, settings, "GET", f"/admin/usage?tenant={name}"
        ).json()
        return found

    before = used(shared.b.name)
    assert before
    for number in range(5):
        shared.a.client.create({"id": f"urn:x:used:{number}", "type": "Used"})
    shared.a.client.get(f"/entities/{shared.b.names.entity}")
    assert used(shared.b.name) == before
    listed = operate(url, settings, "GET", f"/admin/usage?tenant={shared.a.name}").text
    assert shared.b.name not in listed
    as_csv = operate(url, settings, "GET", f"/admin/usage/csv?tenant={shared.a.name}").text
    assert shared.b.name not in as_csv


def test_an_archive_holds_ones_own_alone(neighbours: Neighbours) -> None:
    before = neighbours.truth()
    a, b, url = neighbours.a, neighbours.b, neighbours.a.client.url
    told = operate(url, neighbours.settings, "GET", f"/admin/tenants/{a.name}/archive")
    assert told.status_code == 200, told.text
    with zipfile.ZipFile(BytesIO(told.content)) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist())
    assert a.names.entity.encode() in content
    for hidden in (b.name, b.names.mark, b.names.context):
        assert hidden.encode() not in content
    assert neighbours.truth() == before


def test_files_and_databases_bear_no_names_of_tenants(neighbours: Neighbours) -> None:
    a, b, url = neighbours.a, neighbours.b, neighbours.a.client.url
    for tenant in (a, b):
        told = operate(url, neighbours.settings, "GET", f"/admin/tenants/{tenant.home}").json()
        assert tenant.home not in told["database"]
        assert tenant.names.token not in told["database"]
    for path in neighbours.settings.data.rglob("*"):
        for tenant in (a, b):
            assert tenant.name not in path.name
            assert tenant.names.mark not in path.name
            if path.is_file():
                content = path.read_bytes()
                assert tenant.names.mark.encode() not in content, path
                assert tenant.names.token.encode() not in content, path
