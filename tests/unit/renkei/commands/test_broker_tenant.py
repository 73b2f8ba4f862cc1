from collections.abc import Callable

import httpx2
import orjson
import pytest

from datamodels import SinkRefused, model_named
from kit.json import JsonObject
from renkei.commands.broker_tenant import BrokerTenant, broker_client
from renkei.commands.platform import Platform

AED = model_named("AED")
Answer = Callable[[httpx2.Request], httpx2.Response]
URL = "http://127.0.0.1:1026"
ENTITY: JsonObject = {
    "id": "urn:ngsi-ld:AED:372013:1",
    "type": "AED",
    "serviceDay": {"type": "Property", "value": "月火"},
}
WRITTEN: JsonObject = {
    "id": "urn:ngsi-ld:AED:372013:1",
    "type": "urn:renkei:datamodels:AED",
    "urn:renkei:datamodels:serviceDay": {"type": "Property", "value": "月火"},
}


class Wire:
    """What goes over the wire to a platform that answers as it is told."""

    def __init__(self, *answers: httpx2.Response) -> None:
        self.requests: list[httpx2.Request] = []
        self._answers = list(answers)

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        return self._answers.pop(0)

    def tenant(self, name: str = "takamatsu") -> BrokerTenant:
        headers = broker_client(Platform(url=URL, operator_token="t"), name).headers
        client = httpx2.AsyncClient(
            base_url=f"{URL}/ngsi-ld/v1/", headers=headers, transport=httpx2.MockTransport(self)
        )
        return BrokerTenant(client, name, AED)


def problem(status: int, kind: str, detail: str) -> httpx2.Response:
    body = {"type": f"https://uri.etsi.org/ngsi-ld/errors/{kind}", "detail": detail}
    return httpx2.Response(status, json=body)


async def test_entities_travel_with_iris_and_the_tenant_in_its_header() -> None:
    wire = Wire(httpx2.Response(204))
    assert await wire.tenant().upsert([ENTITY]) == {}
    (request,) = wire.requests
    assert request.url.path == "/ngsi-ld/v1/entityOperations/upsert"
    assert request.url.params["options"] == "update"
    assert request.headers["NGSILD-Tenant"] == "takamatsu"
    assert request.headers["Authorization"] == "Bearer t"
    assert request.headers["Content-Type"] == "application/json"
    assert orjson.loads(request.content) == [WRITTEN]


async def test_the_default_tenant_goes_without_a_header() -> None:
    wire = Wire(httpx2.Response(201, json=[]))
    await wire.tenant("default").upsert([ENTITY])
    assert "NGSILD-Tenant" not in wire.requests[0].headers


async def test_refused_entities_of_a_batch_are_told_one_by_one() -> None:
    error = {"entityId": ENTITY["id"], "error": {"title": "Bad", "detail": "too long"}}
    wire = Wire(httpx2.Response(207, json={"success": [], "errors": [error]}))
    assert await wire.tenant().upsert([ENTITY]) == {"urn:ngsi-ld:AED:372013:1": "too long"}


async def test_existing_entities_are_asked_for_in_urls_of_bounded_length() -> None:
    ids = [f"urn:ngsi-ld:AED:372013:{n}" for n in range(250)]
    pages = [httpx2.Response(200, json=[WRITTEN]), *[httpx2.Response(200, json=[])] * 2]
    wire = Wire(*pages)
    assert await wire.tenant().existing(ids) == {"urn:ngsi-ld:AED:372013:1": ENTITY}
    asked = [request.url.params["id"].split(",") for request in wire.requests]
    assert [len(some) for some in asked] == [100, 100, 50]
    assert [id_ for some in asked for id_ in some] == ids
    assert all(len(str(request.url)) < 8_000 for request in wire.requests)


async def test_an_export_follows_the_links_to_the_last_page() -> None:
    following = '</ngsi-ld/v1/entities?offset=1>; rel="next"; type="application/json"'
    first = httpx2.Response(200, json=[WRITTEN], headers={"Link": following})
    wire = Wire(first, httpx2.Response(200, json=[{**WRITTEN, "id": "urn:x:2"}]))
    found = [entity["id"] async for entity in wire.tenant().every()]
    assert found == ["urn:ngsi-ld:AED:372013:1", "urn:x:2"]
    assert wire.requests[1].url.params["offset"] == "1"


async def test_a_busy_platform_is_asked_again() -> None:
    busy = httpx2.Response(503, headers={"Retry-After": "0"})
    wire = Wire(busy, busy, httpx2.Response(204))
    assert await wire.tenant().upsert([ENTITY]) == {}
    assert len(wire.requests) == 3


async def test_an_unknown_tenant_is_told_with_how_to_create_it() -> None:
    wire = Wire(problem(404, "NonexistentTenant", "Tenant takamatsu does not exist"))
    with pytest.raises(SinkRefused, match="renkei tenant create takamatsu"):
        await wire.tenant().existing(["urn:x:1"])


async def test_removing_an_attribute_that_is_not_there_is_no_error() -> None:
    wire = Wire(httpx2.Response(204), problem(404, "ResourceNotFound", "no such attribute"))
    await wire.tenant().remove("urn:ngsi-ld:AED:372013:1", ["serviceDay", "name"])
    paths = [request.url.raw_path.decode() for request in wire.requests]
    assert paths[0].endswith(
        "/entities/urn%3Angsi-ld%3AAED%3A372013%3A1/attrs/urn%3Arenkei%3Adatamodels%3AserviceDay"
    )
    assert paths[1].endswith("/attrs/https%3A%2F%2Fsmartdatamodels.org%2Fname")


async def test_an_unknown_tenant_is_an_error_when_removing_too() -> None:
    wire = Wire(problem(404, "NonexistentTenant", "Tenant takamatsu does not exist"))
    with pytest.raises(SinkRefused):
        await wire.tenant().remove("urn:x:1", ["name"])


async def test_a_refusal_repeats_what_the_platform_says() -> None:
    wire = Wire(problem(403, "BadRequestData", "Tenant takamatsu is suspended"))
    with pytest.raises(SinkRefused, match="403 Tenant takamatsu is suspended"):
        await wire.tenant().upsert([ENTITY])


async def test_a_platform_that_is_not_there_is_told_with_how_to_start_it(free_port: int) -> None:
    url = f"http://127.0.0.1:{free_port}"
    async with broker_client(Platform(url=url), "takamatsu") as client:
        with pytest.raises(SinkRefused, match="renkei up"):
            await BrokerTenant(client, "takamatsu", AED).existing(["urn:x:1"])
