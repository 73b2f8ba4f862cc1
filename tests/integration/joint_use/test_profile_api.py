from collections.abc import AsyncIterator
from dataclasses import replace

import httpx2
import jsonschema_rs
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from joint_use import Profiles, ProfileStore, profile_router
from joint_use.terms.profile import Keeping, Linked, ResidentTerms
from joint_use.terms.profile_document import document_of
from kit.clock import utc_now
from kit.db import Database, Databases
from tests.profiles import A_PROFILE

TOKEN = {"authorization": "Bearer operator-token"}


@pytest.fixture
async def client(databases: Databases, control: Database) -> AsyncIterator[httpx2.AsyncClient]:
    app = FastAPI()
    profiles = Profiles(shelf=ProfileStore(databases, control), clock=utc_now)
    app.include_router(profile_router(profiles, SecretStr("operator-token")))
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://renkei") as opened:
        yield opened


async def test_before_it_is_entered_there_is_no_profile(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/profile")
    assert answer.status_code == 404
    assert "登録されていません" in answer.json()["detail"]
    compared = await client.post("/profile/comparison", json=document_of(A_PROFILE))
    assert compared.status_code == 404


async def test_a_profile_is_entered_published_and_described(client: httpx2.AsyncClient) -> None:
    document = document_of(A_PROFILE)
    entered = await client.put("/admin/profile", json=document, headers=TOKEN)
    assert entered.json() == {"version": 1, "findings": []}
    shown = await client.get("/profile")
    assert shown.json() == document
    assert shown.headers["etag"] == '"1"'
    described = await client.get(shown.links["describedby"]["url"])
    assert described.headers["content-type"] == "application/schema+json"
    assert described.json()["$id"] == "http://renkei/profile/schema"
    assert jsonschema_rs.validator_for(described.json()).is_valid(document)


async def test_the_next_one_holds_and_the_rules_advice_is_told(client: httpx2.AsyncClient) -> None:
    await client.put("/admin/profile", json=document_of(A_PROFILE), headers=TOKEN)
    without_terms = document_of(replace(A_PROFILE, resident_terms=None))
    entered = await client.put("/admin/profile", json=without_terms, headers=TOKEN)
    assert entered.json()["version"] == 2
    assert [one["attribute"] for one in entered.json()["findings"]] == ["residentTerms"]
    assert (await client.get("/profile")).json()["residentTerms"] is None


async def test_a_contradiction_is_refused_and_nothing_is_stored(client: httpx2.AsyncClient) -> None:
    broken = document_of(replace(A_PROFILE, authentication_link=Linked.NO))
    refused = await client.put("/admin/profile", json=broken, headers=TOKEN)
    assert refused.status_code == 400
    assert refused.json()["where"] == "authenticationLink"
    assert (await client.get("/profile")).status_code == 404
    checked = await client.post("/profile/check", json=broken)
    assert checked.json()["findings"][0]["weight"] == "contradiction"


@pytest.mark.parametrize("body", [b"", b"{", b"null", b'{"name": 1}', b'"\\u0000"', b"[[[["])
async def test_what_is_no_profile_is_a_bad_request(client: httpx2.AsyncClient, body: bytes) -> None:
    headers = {**TOKEN, "content-type": "application/json"}
    for method, path in (("PUT", "/admin/profile"), ("POST", "/profile/check")):
        refused = await client.request(method, path, content=body, headers=headers)
        assert refused.status_code == 400


async def test_only_the_operator_enters_one(client: httpx2.AsyncClient) -> None:
    refused = await client.put("/admin/profile", json=document_of(A_PROFILE))
    assert refused.status_code == 401


async def test_two_profiles_are_compared(client: httpx2.AsyncClient) -> None:
    await client.put("/admin/profile", json=document_of(A_PROFILE), headers=TOKEN)
    theirs = replace(A_PROFILE, personal=Keeping.SEPARATED, resident_terms=ResidentTerms())
    told = (await client.post("/profile/comparison", json=document_of(theirs))).json()
    differing = [row["attribute"] for row in told["attributes"] if row["differs"]]
    assert differing == ["residentTerms", "personalBroker"]
    assert told["canLink"]
    assert told["canJoin"]
