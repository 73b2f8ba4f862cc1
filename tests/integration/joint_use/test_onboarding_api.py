"""Organisations and applications over HTTP."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from joint_use import (
    ApplicationStore,
    JointUse,
    Onboarding,
    Pace,
    QuotaStore,
    TermsStore,
    applicant_router,
    application_router,
    municipality_router,
    organisation_router,
    tenant_router,
    terms_router,
)
from kit.db import Database, Databases
from kit.pages.signed import Signer
from tests.integration.joint_use.onboarding import filled

TOKEN = "operator-token"
OPERATOR = {"authorization": f"Bearer {TOKEN}"}
APPLY = "/joint-use/v1/applications"
ORGANISATION = {
    "name": "kosodate",
    "municipality_code": "012173",
    "kind": "department",
    "name_ja": "子ども育成課",
    "contact": {"email": "hanako@city.example.jp"},
}


@pytest.fixture
async def client(
    joint_use: JointUse, databases: Databases, control: Database
) -> AsyncIterator[httpx2.AsyncClient]:
    onboarding = Onboarding(
        joint_use=joint_use,
        applications=ApplicationStore(databases, control),
        terms=TermsStore(databases, control),
        quotas=QuotaStore(databases, control),
        clients=None,
        pace=Pace(per_sender=3),
    )
    app, token = FastAPI(), SecretStr(TOKEN)
    for router in (
        applicant_router(onboarding, Signer(b"0123456789abcdef")),
        application_router(onboarding, token),
        terms_router(onboarding, token),
        municipality_router(joint_use, token),
        organisation_router(joint_use, token),
        tenant_router(joint_use, token),
    ):
        app.include_router(router)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://renkei") as opened:
        yield opened


async def applied(client: httpx2.AsyncClient, **changed: str) -> dict[str, str]:
    answer = await client.post(APPLY, json={**filled(**changed), "agreed": "1"})
    assert answer.status_code == 201, answer.text
    told: dict[str, str] = answer.json()
    return told


async def test_an_application_goes_its_way_over_http(client: httpx2.AsyncClient) -> None:
    receipt = await applied(client)
    assert receipt["link"].endswith(f"/applications/{receipt['receipt']}/{receipt['secret']}")
    own, admin = f"{APPLY}/{receipt['receipt']}", f"/admin/applications/{receipt['receipt']}"
    secret = {"authorization": f"Bearer {receipt['secret']}"}
    asked = await client.post(admin + "/ask", json={"text": "件数は？"}, headers=OPERATOR)
    assert asked.json()["status"] == "asked_back"
    seen = await client.get(own, headers=secret)
    assert seen.json()["events"][-1]["text"] == "件数は？"
    answered = await client.post(own + "/answer", json={"text": "12件"}, headers=secret)
    assert answered.json()["status"] == "submitted"
    approved = await client.post(admin + "/approve", headers=OPERATOR)
    assert approved.status_code == 200, approved.text
    assert approved.json()["ready_at"] is not None
    assert approved.json()["approval"]["tenant"] == "ebetsu_kosodate"
    assert approved.json()["approval"]["quota"]["entities"] == 10_000
    tenant = (await client.get("/admin/tenants/ebetsu_kosodate", headers=OPERATOR)).json()
    assert tenant["organisation"] == "ebetsu_kosodate"
    again = await client.post(admin + "/approve", headers=OPERATOR)
    assert again.status_code == 409
    assert (await client.post(admin + "/proceed", headers=OPERATOR)).status_code == 200


async def test_the_operator_decides_on_other_names_and_limits(client: httpx2.AsyncClient) -> None:
    receipt = await applied(client)
    decision = {"tenant": "e_1", "organisation": "kosodate", "quota": {"requests_per_s": 5}}
    admin = f"/admin/applications/{receipt['receipt']}"
    approved = await client.post(admin + "/approve", json=decision, headers=OPERATOR)
    approval = approved.json()["approval"]
    assert (approval["tenant"], approval["organisation"]) == ("e_1", "kosodate")
    assert (approval["quota"]["requests_per_s"], approval["quota"]["entities"]) == (5, None)


async def test_what_is_refused_is_told_as_a_problem(client: httpx2.AsyncClient) -> None:
    wrong = {**filled(municipality_code="12173", size="1"), "agreed": "1"}
    refused = await client.post(APPLY, json=wrong)
    assert refused.status_code == 400
    assert refused.json()["type"] == "urn:renkei:problem:invalid-application"
    assert refused.json()["where"] == "municipality_code"
    assert "size" in refused.json()["detail"]
    assert (await client.post(APPLY, json={**filled(), "agreed": "0"})).status_code == 400
    assert (await client.post(APPLY, json={**filled(), "agreed": "1", "x": ""})).status_code == 400
    huge = {**filled(purpose="x" * 10_000), "agreed": "1"}
    assert (await client.post(APPLY, json=huge)).status_code == 400
    for _ in range(3):
        await applied(client)
    often = await client.post(APPLY, json={**filled(), "agreed": "1"})
    assert often.status_code == 429


async def test_only_its_secret_opens_an_application(client: httpx2.AsyncClient) -> None:
    receipt = await applied(client)
    own = f"{APPLY}/{receipt['receipt']}"
    for headers in ({}, {"authorization": "Bearer wrong"}, OPERATOR):
        assert (await client.get(own, headers=headers)).status_code == 404
        assert (await client.post(own + "/withdraw", headers=headers)).status_code == 404
    secret = {"authorization": f"Bearer {receipt['secret']}"}
    assert (await client.post(own + "/withdraw", headers=secret)).json()["status"] == "withdrawn"
    renewed = await client.post(f"/admin/applications/{receipt['receipt']}/link", headers=OPERATOR)
    assert renewed.json()["secret"] != receipt["secret"]
    assert (await client.get(own, headers=secret)).status_code == 404


async def test_nobody_reviews_without_the_token(client: httpx2.AsyncClient) -> None:
    receipt = await applied(client)
    one = f"/admin/applications/{receipt['receipt']}"
    for method, path in (
        ("GET", "/admin/applications"),
        ("GET", one),
        *(("POST", f"{one}/{step}") for step in ("approve", "proceed", "ask", "refuse", "link")),
        ("POST", "/admin/terms"),
        ("GET", "/admin/organisations"),
        ("POST", "/admin/organisations/kosodate/suspend"),
        ("GET", "/admin/municipalities"),
        ("PUT", "/admin/municipalities/012173"),
        ("POST", "/admin/municipalities/012173/suspend"),
    ):
        refused = await client.request(method, path, json={"text": "x"})
        assert refused.status_code == 401, (method, path)


@pytest.mark.parametrize("name", ["江別市", "Kosodate", "\U000d0307", ""])
async def test_an_organisations_name_is_canonical(client: httpx2.AsyncClient, name: str) -> None:
    names = {"name_ja": "江別市", "name_en": "Ebetsu"}
    await client.put("/admin/municipalities/012173", json=names, headers=OPERATOR)
    asked = {**ORGANISATION, "name": name}
    refused = await client.post("/admin/organisations", json=asked, headers=OPERATOR)
    assert (refused.status_code, refused.json()["where"]) == (400, "name")
    assert "location" not in refused.headers


async def test_organisations_live_over_http(client: httpx2.AsyncClient) -> None:
    unknown = await client.post("/admin/organisations", json=ORGANISATION, headers=OPERATOR)
    assert unknown.status_code == 404
    names = {"name_ja": "江別市", "name_en": "Ebetsu"}
    put = await client.put("/admin/municipalities/012173", json=names, headers=OPERATOR)
    assert put.json() == {"code": "012173", **names}
    made = await client.post("/admin/organisations", json=ORGANISATION, headers=OPERATOR)
    assert made.status_code == 201
    assert made.headers["location"] == "/admin/organisations/kosodate"
    changed = {**ORGANISATION, "name_ja": "保育課"}
    del changed["name"]
    await client.put("/admin/organisations/kosodate", json=changed, headers=OPERATOR)
    shown = await client.get("/admin/organisations/kosodate", headers=OPERATOR)
    assert shown.json()["name_ja"] == "保育課"
    tenant = {"name": "e_1", "organisation": "kosodate"}
    await client.post("/admin/tenants", json=tenant, headers=OPERATOR)
    other = {"name": "e_2", "organisation": "kosodate", "municipality_code": "011002"}
    refused = await client.post("/admin/tenants", json=other, headers=OPERATOR)
    assert (refused.status_code, refused.json()["where"]) == (400, "organisation")
    listed = await client.get("/admin/tenants?municipality=012173", headers=OPERATOR)
    assert [one["name"] for one in listed.json()] == ["e_1"]
    suspended = await client.post("/admin/organisations/kosodate/suspend", headers=OPERATOR)
    assert [one["status"] for one in suspended.json()] == ["suspended"]
    resumed = await client.post("/admin/municipalities/012173/resume", headers=OPERATOR)
    assert [one["status"] for one in resumed.json()] == ["active"]
    events = await client.get("/admin/organisations/kosodate/events", headers=OPERATOR)
    steps = [one["step"] for one in events.json()]
    assert steps == ["created", "changed", "suspended", "resumed"]
    whole = (await client.get("/admin/municipalities/012173", headers=OPERATOR)).json()
    assert [one["name"] for one in whole["tenants"]] == ["e_1"]
    assert [one["name"] for one in whole["organisations"]] == ["kosodate"]


async def test_terms_are_published_over_http(client: httpx2.AsyncClient) -> None:
    terms = {"version": "2026-04", "ja": "規約", "en": "Terms"}
    assert (await client.post("/admin/terms", json=terms, headers=OPERATOR)).status_code == 201
    assert (await client.post("/admin/terms", json=terms, headers=OPERATOR)).status_code == 400
    late = await client.post(APPLY, json={**filled(), "agreed": "1"})
    assert late.json()["where"] == "agreed"
