"""Attacks of groups 2 and 7: what one city gave counts neither at another nor as another kind."""

import secrets
import time
from collections.abc import Mapping
from typing import TypeAlias

import pytest

from joint_use import Levels
from kit.json import JsonObject
from tests.integration.idp_federation.federation.members import WELL_KNOWN, Member
from tests.integration.idp_federation.federation.strangers import STATEMENT, Stranger
from tests.integration.idp_federation.federation.travellers import (
    Service,
    consent,
    cookie_of,
    op_of,
    resident,
    signed_by,
)
from tests.integration.idp_federation.people import answered, claims_in

Linked: TypeAlias = tuple[Service, Service]


@pytest.fixture(scope="module")
def given(linked: Linked, sapporo: Member) -> Mapping[str, str]:
    """What 札幌市 gave to the library about a resident: code, tokens, cookie."""
    at_sapporo, _ = linked
    hanako = resident(sapporo, Levels(2, 2))
    consent(sapporo, hanako, at_sapporo.stranger)
    cookies = cookie_of(sapporo, hanako)
    code = answered(at_sapporo.authorize(cookies, at_sapporo.request_object()))["code"]
    answer = answered(at_sapporo.authorize(cookies, at_sapporo.request_object(scope="openid read")))
    tokens = at_sapporo.party.redeem(answer["code"]).json()
    [(name, cookie)] = cookies.items()
    return {
        "code": code,
        "cookie name": name,
        "cookie": cookie,
        "access_token": tokens["access_token"],
        "refresh_token": tokens["refresh_token"],
        "id_token": tokens["id_token"],
    }


def test_attack_7_a_token_of_one_city_opens_nothing_at_another(
    given: Mapping[str, str], ebetsu: Member
) -> None:
    for scheme, token in (("Bearer", "access_token"), ("Bearer", "id_token")):
        headers = {"Authorization": f"{scheme} {given[token]}"}
        for path in ("/ngsi-ld/v1/types", "/identity/v1/userinfo"):
            answer = ebetsu.http.get(ebetsu.url + path, headers=headers)
            assert answer.status_code == 401, path


def test_attack_7_a_cookie_of_one_city_is_none_at_another(
    given: Mapping[str, str], linked: Linked
) -> None:
    _, at_ebetsu = linked
    cookies = {given["cookie name"]: given["cookie"]}
    request = at_ebetsu.request_object(prompt="none")
    assert answered(at_ebetsu.authorize(cookies, request))["error"] == "login_required"


def test_attack_7_a_code_and_a_refresh_token_of_one_city_are_none_at_another(
    given: Mapping[str, str], linked: Linked
) -> None:
    party = linked[1].party
    for answer in (party.redeem(given["code"]), party.refresh(given["refresh_token"])):
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_attack_7_an_access_token_of_one_city_is_exchanged_for_none_of_another(
    given: Mapping[str, str], linked: Linked
) -> None:
    for kind in ("access_token", "jwt", "id_token"):
        answer = linked[1].exchange(
            given["access_token"],
            subject_token_type=f"urn:ietf:params:oauth:token-type:{kind}",
        )
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_attack_7_an_id_token_of_another_service_is_exchanged_for_nothing(
    given: Mapping[str, str], ebetsu: Member, prefecture: Member, stranger: Stranger
) -> None:
    stranger.as_service(prefecture)
    ebetsu.run("peer", "allow", stranger.url, "--tenant", "default", "--scope", "openid")
    thief = Service(stranger=stranger, member=ebetsu)
    answer = thief.exchange(given["id_token"])
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert "is not for" in answer.json()["error_description"]


@pytest.mark.parametrize("spoof", ["/", ".evil.example", "@evil.example", "/..", "%2F"])
def test_attack_7_an_issuer_that_only_looks_like_a_peer(
    linked: Linked, sapporo: Member, stranger: Stranger, spoof: str
) -> None:
    at_ebetsu = linked[1]
    now = int(time.time())
    claims: JsonObject = {
        "iss": sapporo.url + spoof,
        "sub": "hanako",
        "aud": at_ebetsu.stranger.url,
        "iat": now,
        "exp": now + 60,
        "auth_time": now,
        "acr": "https://localhost/acr/ial3/aal3",
    }
    answer = at_ebetsu.exchange(stranger.protocol.sign(claims, typ="JWT"))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_attack_7_the_same_name_at_two_cities_is_two_people(
    given: Mapping[str, str], linked: Linked
) -> None:
    """Names are of a sector and an account, each with its length: none is another's by chance."""
    token = linked[1].exchange(given["id_token"]).json()["access_token"]
    assert claims_in(token)["sub"] != claims_in(given["id_token"])["sub"]


def a_receipt(sender: str, recipient: str) -> JsonObject:
    return {
        "id": f"r-{secrets.token_hex(4)}",
        "sender": sender,
        "recipient": recipient,
        "subject": "hanako",
        "known_as": "hanako there",
        "purpose": "図書館の利用",
        "items": ["read"],
        "decision": "none of ours",
        "at": "2026-04-01T00:00:00+00:00",
    }


@pytest.fixture(scope="module")
def kinds(
    given: Mapping[str, str], linked: Linked, prefecture: Member, sapporo: Member
) -> Mapping[str, str]:
    """A genuine JWT of each kind, of those that can be had."""
    asked = {"trust_mark_type": "https://localhost/trust-marks/assurance-map", "sub": sapporo.url}
    mark = prefecture.get("/federation/v1/trust-mark", **asked).text
    status = prefecture.http.post(
        f"{prefecture.url}/federation/v1/trust-mark-status", data={"trust_mark": mark}
    ).text
    now = int(time.time())
    receipt: JsonObject = {
        "iss": sapporo.url, "sub": linked[1].member.url, "aud": linked[1].member.url,
        "iat": now, "exp": now + 60,
        "receipt": a_receipt(sapporo.url, linked[1].member.url),
    }  # fmt: skip
    resolved = {"sub": sapporo.url, "trust_anchor": prefecture.url}
    return {
        "entity statement": sapporo.get(WELL_KNOWN).text,
        "subordinate statement": prefecture.get("/federation/v1/fetch", sub=sapporo.url).text,
        "trust mark": mark,
        "status": status,
        "resolve response": sapporo.get("/federation/v1/resolve", **resolved).text,
        "historical keys": sapporo.get("/federation/v1/historical-keys").text,
        "link": sapporo.get("/federation/v1/link", peer=linked[1].member.url).text,
        "receipt": signed_by(sapporo, receipt, "exchange-receipt+jwt"),
        "access token": given["access_token"],
        "ID token": given["id_token"],
        "request object": linked[1].request_object(),
        "client assertion": linked[1].party.assertion(),
    }


RIGHT = {
    "exchange": {"ID token"},
    "receipts": {"receipt"},
    "register": set[str](),
    "enrol": {"entity statement"},
    "assertion": {"client assertion"},
    "request": {"request object"},
    "api": set[str](),
}


@pytest.mark.parametrize("place", RIGHT)
def test_attack_2_a_jwt_of_another_kind_counts_in_no_place(
    place: str, kinds: Mapping[str, str], linked: Linked, ebetsu: Member, prefecture: Member
) -> None:
    at_ebetsu, post = linked[1], ebetsu.http.post
    assertion = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

    def shown(token: str) -> int:
        if place == "exchange":
            return at_ebetsu.exchange(token).status_code
        if place == "receipts":
            return post(f"{ebetsu.url}/federation/v1/receipts", data={"receipt": token}).status_code
        if place == "register":
            headers = {"content-type": f"application/{STATEMENT}"}
            url = f"{ebetsu.url}/federation/v1/register"
            return post(url, content=token, headers=headers).status_code
        if place == "enrol":
            return prefecture.admin("POST", "/subordinates", {"configuration": token}).status_code
        if place == "assertion":
            form = {"client_assertion_type": assertion, "client_assertion": token, "token": "x"}
            return post(f"{ebetsu.url}/identity/v1/introspect", data=form).status_code
        if place == "request":
            return at_ebetsu.authorize({}, token).status_code
        headers = {"Authorization": f"Bearer {token}"}
        return ebetsu.http.get(f"{ebetsu.url}/ngsi-ld/v1/types", headers=headers).status_code

    taken = {name for name, token in kinds.items() if shown(token) < 400}
    assert taken == RIGHT[place]


def test_a_receipt_stays_at_both_ends(
    given: Mapping[str, str], linked: Linked, sapporo: Member, ebetsu: Member
) -> None:
    linked[1].exchange(given["id_token"], scope="read")
    [kept] = ebetsu.admin("GET", "/receipts", limit="1").json()
    assert (kept["sender"], kept["recipient"]) == (ebetsu.url, sapporo.url)
    assert (kept["items"], kept["purpose"]) == (["read"], "江別市図書館")
    assert kept["known_as"] == claims_in(given["id_token"])["sub"]
    for _ in range(100):
        found = sapporo.admin("GET", "/receipts", limit="50").json()
        if any(one["id"] == kept["id"] for one in found):
            break
        time.sleep(0.1)
    else:
        raise AssertionError("The receipt does not arrive")
    assert sapporo.run("receipts").count(ebetsu.url)


@pytest.mark.parametrize("lacking", ["id", "subject", "purpose", "items", "decision", "at"])
def test_a_receipt_that_does_not_tell_all_is_not_taken(
    lacking: str, linked: Linked, sapporo: Member, ebetsu: Member
) -> None:
    now = int(time.time())
    receipt = a_receipt(sapporo.url, ebetsu.url)
    del receipt[lacking]
    claims: JsonObject = {
        "iss": sapporo.url, "sub": ebetsu.url, "aud": ebetsu.url, "iat": now, "exp": now + 60,
        "receipt": receipt,
    }  # fmt: skip
    answer = ebetsu.http.post(
        f"{linked[1].member.url}/federation/v1/receipts",
        data={"receipt": signed_by(sapporo, claims, "exchange-receipt+jwt")},
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert lacking in answer.json()["error_description"]


def test_a_receipt_of_a_stranger_is_not_taken(ebetsu: Member, stranger: Stranger) -> None:
    now = int(time.time())
    claims: JsonObject = {
        "iss": stranger.url, "sub": ebetsu.url, "aud": ebetsu.url, "iat": now, "exp": now + 60,
        "receipt": a_receipt(stranger.url, ebetsu.url),
    }  # fmt: skip
    answer = ebetsu.http.post(
        f"{ebetsu.url}/federation/v1/receipts",
        data={"receipt": stranger.key.sign(claims, typ="exchange-receipt+jwt")},
    )
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


def test_who_is_no_peer_is_told_that_it_is_none(sapporo: Member) -> None:
    told = sapporo.get("/federation/v1/link", peer="https://nobody.example")
    assert claims_in(told.text)["accepted"] is False
    assert op_of(sapporo).url == sapporo.url
