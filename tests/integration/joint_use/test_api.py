from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from joint_use import JointUse, TenantStore, tenant_router
from kit.db import Database, Databases, Server
from tests.integration.joint_use.conftest import Rooms

TOKEN = "operator-token"


def client_of(joint_use: JointUse, token: str | None = TOKEN) -> httpx2.AsyncClient:
    app = FastAPI()
    app.include_router(tenant_router(joint_use, SecretStr(TOKEN)))
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    transport = httpx2.ASGITransport(app=app)
    return httpx2.AsyncClient(transport=transport, base_url="http://renkei", headers=headers)


@pytest.fixture
async def client(joint_use: JointUse) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(joint_use) as opened:
        yield opened


async def test_a_tenant_lives_over_http(client: httpx2.AsyncClient) -> None:
    asked = {
        "name": "ebetsu",
        "storage": "separated",
        "municipality_code": "012173",
        "name_ja": "江別市",
        "name_en": "Ebetsu",
    }
    created = await client.post("/admin/tenants", json=asked)
    assert created.status_code == 201
    assert created.json().items() >= {**asked, "status": "active", "epoch": 1}.items()
    listed = await client.get("/admin/tenants")
    assert listed.json() == [created.json()]
    steps = [
        (await client.post(f"/admin/tenants/ebetsu/{step}")).json()["status"]
        for step in ("suspend", "resume", "retire")
    ]
    assert steps == ["suspended", "active", "retired"]
    assert (await client.get("/admin/tenants/ebetsu")).json()["status"] == "retired"
    events = (await client.get("/admin/tenants/ebetsu/events")).json()
    assert [event["by"] for event in events] == ["operator"] * 5


@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN + "x", TOKEN[:-1], "トークン"])
async def test_nobody_enters_without_the_token(joint_use: JointUse, token: str | None) -> None:
    async with client_of(joint_use, None) as client:
        header = {} if token is None else {b"authorization": f"Bearer {token}".encode()}
        for method, path in (
            ("GET", "/admin/tenants"),
            ("POST", "/admin/tenants"),
            ("GET", "/admin/tenants/ebetsu"),
            ("GET", "/admin/tenants/ebetsu/events"),
            ("POST", "/admin/tenants/ebetsu/retire"),
        ):
            refused = await client.request(method, path, headers=header, json={"name": "x"})
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"] == "Bearer"
            assert refused.headers["content-type"] == "application/problem+json"


def test_an_empty_token_is_refused_at_the_start(joint_use: JointUse) -> None:
    with pytest.raises(ValueError, match="empty"):
        tenant_router(joint_use, SecretStr(""))


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ({"name": "Not Canonical"}, "name"),
        ({"name": "x", "municipality_code": "012174"}, "municipality_code"),
        ({"name": "x", "storage": "elsewhere"}, "storage"),
        ({"name": "x", "colour": "red"}, "colour"),
        ({"name": "x", "server": "absent"}, "server"),
        ({}, "name"),
        ([], "body"),
    ],
)
async def test_wrong_input_is_told_with_its_place_in_both_languages(
    client: httpx2.AsyncClient, asked: object, where: str
) -> None:
    refused = await client.post("/admin/tenants", json=asked)
    assert refused.status_code == 400
    assert refused.headers["content-type"] == "application/problem+json"
    problem = refused.json()
    assert problem["where"] == where
    assert problem["title"] == "入力の誤り / Invalid input"
    assert " / " in problem["detail"]


async def test_broken_json_is_a_400(client: httpx2.AsyncClient) -> None:
    refused = await client.post(
        "/admin/tenants", content=b'{"name": ', headers={"content-type": "application/json"}
    )
    assert refused.status_code == 400


async def test_what_cannot_be_done_is_told_by_status(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/admin/tenants/absent")).status_code == 404
    await client.post("/admin/tenants", json={"name": "ebetsu"})
    again = await client.post("/admin/tenants", json={"name": "ebetsu"})
    assert again.status_code == 409
    assert again.json()["type"] == "urn:renkei:problem:tenant-exists"
    await client.post("/admin/tenants/ebetsu/retire")
    late = await client.post("/admin/tenants/ebetsu/resume")
    assert late.status_code == 409
    assert "廃止済み" in late.json()["detail"]


async def test_a_database_that_is_away_is_a_503_with_retry_after(
    joint_use: JointUse, rooms: Rooms
) -> None:
    dsn = "postgresql://nobody@/x?host=/nonexistent"
    away = Databases([Server(name="main", admin_dsn=dsn, application_dsn=dsn)])
    store = TenantStore(away, Database("main", "renkei"))
    async with client_of(
        JointUse(
            tenants=store,
            organisations=joint_use.organisations,
            directory=joint_use.directory,
            endpoints=joint_use.endpoints,
            entrance=joint_use.entrance,
            provisioner=rooms,
            placing=joint_use.placing,
            clock=joint_use.clock,
        )
    ) as client:
        for response in (
            await client.get("/admin/tenants"),
            await client.post("/admin/tenants", json={"name": "ebetsu"}),
        ):
            assert response.status_code == 503
            assert response.headers["retry-after"] == "1"
    await away.close()


async def test_every_route_is_described_in_japanese_first(joint_use: JointUse) -> None:
    app = FastAPI()
    app.include_router(tenant_router(joint_use, SecretStr(TOKEN)))
    paths = app.openapi()["paths"]
    summaries = [one["summary"] for path in paths.values() for one in path.values()]
    assert len(summaries) == 7
    assert all(" / " in summary and not summary[0].isascii() for summary in summaries)
