"""Exchanged tokens and personal data: what she has agreed to, to the service that asks."""

import secrets
from dataclasses import replace

import httpx2
import pytest

from joint_use import Levels
from kit.json import JsonObject
from tests.integration.idp_federation.people import RelyingParty
from tests.integration.renkei.enforcing import RESIDENT, City, Resident, V, resident

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
RECORDS = f"/entities?type={RESIDENT}"


def behind(city: City) -> RelyingParty:
    """A service behind another one, to which people come by exchange alone."""
    api = f"{city.op.url}/ngsi-ld/v1"
    return city.op.register(
        tenants=[city.name],
        grant_types=[EXCHANGE],
        redirect_uris=[],
        scope="read",
        serves=[api],
        resources=[api],
    )


def exchanged(service: RelyingParty, token: str) -> httpx2.Response:
    """Exchange a person's token for one of another service."""
    form = {"grant_type": EXCHANGE, "subject_token": token, "subject_token_type": ACCESS_TOKEN}
    return service.post("token", form)


def through(service: RelyingParty, her: Resident) -> Resident:
    """The same person, as a service behind knows her, with a record under that name."""
    answer = exchanged(service, her.token)
    assert answer.status_code == 200, answer.text
    token = str(answer.json()["access_token"])
    subject = str(service.introspect(token)["sub"])
    record: JsonObject = {
        "id": f"urn:e:{secrets.token_hex(6)}",
        "type": RESIDENT,
        V + "residentId": {"type": "Property", "value": subject},
    }
    assert her.city.ask("POST", "/entities", her.city.service, record).status_code == 201
    return replace(her, app=service, token=token, subject=subject)


@pytest.fixture
def hanako(city: City) -> Resident:
    return resident(city, Levels(2, 2))


def test_an_exchanged_token_reads_what_she_agreed_to_with_the_service_that_reads(
    city: City, hanako: Resident
) -> None:
    there = through(behind(city), hanako)
    number = there.consent()
    answer = city.ask("GET", RECORDS, there.token)
    assert answer.status_code == 200, answer.text
    [record] = answer.json()
    assert record[V + "residentId"]["value"] == there.subject
    withdrawn = city.op.http.post(
        f"{city.op.url}/consents/{city.name}/{number}/withdrawal",
        headers={"Authorization": f"Bearer {there.token}"},
    )
    assert withdrawn.status_code == 200, withdrawn.text
    assert city.ask("GET", RECORDS, there.token).status_code == 403


def test_a_consent_to_the_service_in_front_is_none_to_the_one_behind(
    city: City, hanako: Resident
) -> None:
    hanako.consent()
    assert city.ask("GET", RECORDS, hanako.token).status_code == 200
    there = through(behind(city), hanako)
    refused = city.ask("GET", RECORDS, there.token)
    assert refused.status_code == 403
    told = refused.json()["detail"]
    assert f"No consent in force allows {there.app.id}" in told
    assert "consents on this platform's pages" in told


def test_an_exchanged_token_is_at_no_higher_level_than_the_sign_in(city: City) -> None:
    there = through(behind(city), resident(city, Levels(2, 1)))
    there.consent()
    refused = city.ask("GET", RECORDS, there.token)
    assert refused.status_code == 401
    assert "insufficient_user_authentication" in refused.headers["www-authenticate"]
