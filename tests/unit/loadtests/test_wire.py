import pytest

from loadtests.wire import Target, link, query
from tests.unit.loadtests.parsed import Parsed

URL = "http://broker.example:1026/ngsi-ld/v1"


def test_a_request_carries_what_the_target_says() -> None:
    context = "https://schema.example/a%20context.jsonld"
    target = Target(url=URL, tenant="takamatsu", context=context, headers=("X-Trace: 1",))
    request = Parsed(target.request("POST", "/entities", 2) + b"{}")
    assert request.is_complete
    assert (request.method, request.path) == ("POST", "/ngsi-ld/v1/entities")
    assert request.headers["host"] == "broker.example:1026"
    assert request.headers["ngsild-tenant"] == "takamatsu"
    assert request.headers["link"] == link(context)
    assert request.headers["content-type"] == "application/json"
    assert request.headers["x-trace"] == "1"
    assert request.body == b"{}"


def test_the_default_tenant_and_the_core_context_are_not_named() -> None:
    request = Parsed(Target(url=URL).request("GET", query(type="A", limit=20)))
    assert request.is_complete
    assert request.path == "/ngsi-ld/v1/entities?type=A&limit=20"
    assert not {"ngsild-tenant", "link", "content-type"} & set(request.headers)


def test_a_target_knows_its_host_and_port() -> None:
    assert (Target(url=URL).host, Target(url=URL).port) == ("broker.example", 1026)
    assert Target(url="http://[::1]/ngsi-ld/v1").host == "::1"
    assert Target(url="http://broker.example/").port == 80


@pytest.mark.parametrize("url", ["https://broker.example/", "broker.example:1026", "http://"])
def test_a_url_that_cannot_be_asked_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="does not start with http://"):
        Target(url=url)
