"""An approved application's client, at the OpenID Provider itself."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import urlsplit

import httpx2
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from joint_use import OPERATOR, Onboarding, Quota, onboarding_pages
from joint_use.operations.onboarding import approve, proceed, renew_client_secret
from joint_use.terms.application import Approval
from renkei.client_issuing import TenantClients
from renkei.onboarding import onboarding_of
from renkei.platform import assemble, opened
from renkei.settings import Settings
from renkei.site import site_of
from tests.integration.joint_use.onboarding import submitted


@pytest.fixture
async def onboarding(broker_url: str, platform_settings: Settings) -> AsyncIterator[Onboarding]:
    """Onboarding as it is where requests need a token, on the session's platform."""
    platform = assemble(platform_settings)
    async with opened(platform):
        clients = TenantClients(platform.identity.provider)
        yield replace(onboarding_of(platform), clients=clients)


async def asked(broker_url: str, client: str, secret: str, path: str) -> httpx2.Response:
    async with httpx2.AsyncClient(base_url=broker_url, timeout=30) as http:
        form = {"grant_type": "client_credentials"}
        return await http.post(path, data=form, auth=(client, secret))


async def test_an_applicant_s_client_gets_tokens_with_the_secret_told_last(
    onboarding: Onboarding, broker_url: str
) -> None:
    tenant = f"t_{secrets.token_hex(6)}"
    receipt = await submitted(onboarding, tenant=tenant)
    approval = Approval(tenant=tenant, organisation=tenant, quota=Quota())
    application = await approve(onboarding, OPERATOR, receipt.number, approval)
    assert application.client == f"application-{receipt.number.lower()}"
    assert (await proceed(onboarding, OPERATOR, receipt.number)).client == application.client
    first = await renew_client_secret(onboarding, receipt)
    path = urlsplit(first.token_url).path
    answer = await asked(broker_url, first.client, first.secret, path)
    assert answer.status_code == 200, answer.text
    assert answer.json()["access_token"]
    second = await renew_client_secret(onboarding, receipt)
    assert (await asked(broker_url, first.client, first.secret, path)).status_code == 401
    assert (await asked(broker_url, second.client, second.secret, path)).status_code == 200


async def test_the_first_steps_show_the_secret_once_and_use_the_token(
    onboarding: Onboarding, platform_settings: Settings
) -> None:
    tenant = f"t_{secrets.token_hex(6)}"
    receipt = await submitted(onboarding, tenant=tenant)
    approval = Approval(tenant=tenant, organisation=tenant, quota=Quota())
    await approve(onboarding, OPERATOR, receipt.number, approval)
    site, token = site_of(platform_settings), SecretStr("operator-token")
    settings = platform_settings.joint_use.onboarding
    app = Starlette(routes=onboarding_pages(onboarding, site, token, settings))
    start = f"/applications/{receipt.number}/{receipt.secret}/start"
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://renkei") as reader:
        before = (await reader.get(start)).text
        assert f"application-{receipt.number.lower()}" in before
        assert "Bearer $TOKEN" in before
        assert "TOKEN=$(curl" not in before
        csrf = before.partition('name="csrf" value="')[2].partition('"')[0]
        told = (await reader.post(start, data={"csrf": csrf})).text
        assert "grant_type=client_credentials" in told
        assert "シークレットを表示するのは今回だけです" in told
        again = (await reader.get(start)).text
        assert "grant_type=client_credentials" not in again
