"""Attacks of group 3: a hostile entity that is fetched from does not reach past the guard."""

import time

import pytest

from kit.json import JsonObject, JsonValue
from tests.integration.idp_federation.federation.members import WELL_KNOWN, Member
from tests.integration.idp_federation.federation.strangers import STATEMENT, Stranger
from tests.integration.idp_federation.people import ClientKey


def refused(member: Member, entity: str) -> str:
    """Let a platform look for a chain that it must not find; answers with why not."""
    answer = member.admin("GET", "/chain", entity=entity)
    assert answer.status_code == 400, answer.text
    detail: str = answer.json()["detail"]
    return detail


@pytest.mark.parametrize(
    "address",
    [
        "https://10.0.0.1",
        "https://169.254.169.254",
        "https://[::1]:9",
        "https://[fd00::1]",
        "https://[::ffff:10.0.0.1]",
        "https://0.0.0.0:9",
    ],
)
def test_attack_3_private_and_link_local_addresses_are_not_reached(
    sapporo: Member, stranger: Stranger, address: str
) -> None:
    stranger.says(address)
    began = time.monotonic()
    assert "cannot be had" in refused(sapporo, stranger.url)
    assert time.monotonic() - began < 4, "refused before a connection, not timed out"


def test_attack_3_a_redirect_is_not_followed(
    sapporo: Member, prefecture: Member, stranger: Stranger, other_stranger: Stranger
) -> None:
    other_stranger.publish(WELL_KNOWN, stranger.configuration(prefecture.url).encode())
    to = (("location", f"{other_stranger.url}{WELL_KNOWN}"),)
    stranger.publish(WELL_KNOWN, b"", status=302, headers=to)
    assert "cannot be had" in refused(sapporo, stranger.url)
    assert other_stranger.asked == []


def test_attack_3_ten_megabytes_are_not_read(sapporo: Member, stranger: Stranger) -> None:
    stranger.publish(WELL_KNOWN, b"a" * 10_000_000)
    assert "cannot be had" in refused(sapporo, stranger.url)


def test_attack_3_a_slow_body_is_given_up(sapporo: Member, stranger: Stranger) -> None:
    stranger.publish(WELL_KNOWN, b"a" * 131_000, slowly_s=1)
    began = time.monotonic()
    assert "cannot be had" in refused(sapporo, stranger.url)
    assert time.monotonic() - began < 20, "bounded, however long the body drips"


def test_attack_3_of_five_hundred_hints_few_are_followed(
    sapporo: Member, stranger: Stranger, other_stranger: Stranger
) -> None:
    hints = [f"{other_stranger.url}/{number}" for number in range(500)]
    stranger.says(*hints)
    refused(sapporo, stranger.url)
    assert len(other_stranger.asked) <= 8
    assert len(set(other_stranger.asked)) == len(other_stranger.asked), "nothing twice"


def test_attack_3_another_media_type_is_no_statement(
    sapporo: Member, prefecture: Member, stranger: Stranger
) -> None:
    token = stranger.configuration(prefecture.url)
    stranger.publish(WELL_KNOWN, token.encode(), kind="text/html")
    assert "cannot be had" in refused(sapporo, stranger.url)


def test_attack_3_substituted_keys_of_the_anchor_are_not_believed(
    sapporo: Member, ebetsu: Member, prefecture: Member, stranger: Stranger
) -> None:
    """Whoever can answer in the anchor's place has not its pinned key."""
    stranger.says(prefecture.url)
    evil = ClientKey.new()
    now = int(time.time())
    claims: JsonObject = {
        "iss": prefecture.url,
        "sub": stranger.url,
        "iat": now,
        "exp": now + 3600,
        "jwks": stranger.key.jwks,
    }
    own: JsonObject = {**claims, "sub": prefecture.url, "jwks": evil.jwks}
    chain: list[JsonValue] = [
        stranger.configuration(
            prefecture.url, metadata={"openid_relying_party": stranger.relying_party()}
        ),
        evil.sign(claims, typ=STATEMENT),
        evil.sign(own, typ=STATEMENT),
    ]
    request = stranger.protocol.sign(
        {"iss": stranger.url, "aud": sapporo.url}, typ="oauth-authz-req+jwt", trust_chain=chain
    )
    for city in (sapporo, ebetsu):
        answer = city.get("/identity/v1/authorize", client_id=stranger.url, request=request)
        assert answer.status_code == 400
        assert "location" not in answer.headers
        assert "invalid_trust_chain" in answer.text


def test_attack_3_a_poisoned_jwks_uri_is_not_fetched(
    sapporo: Member, prefecture: Member, stranger: Stranger, other_stranger: Stranger
) -> None:
    """A service's keys lie where the guard lets nobody go: its assertion is worth nothing."""
    stranger.as_service(prefecture, jwks=None, jwks_uri="https://169.254.169.254/keys")
    sapporo.run("peer", "allow", stranger.url, "--tenant", "default", "--scope", "openid")
    now = int(time.time())
    claims: JsonObject = {
        "iss": stranger.url, "sub": stranger.url, "aud": sapporo.url, "jti": "j", "iat": now,
        "exp": now + 60,
    }  # fmt: skip
    answer = sapporo.http.post(
        f"{sapporo.url}/identity/v1/par",
        data={
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": stranger.protocol.sign(claims, typ="JWT"),
        },
    )
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert "may not be reached" in answer.json()["error_description"]


def test_a_refusal_is_repeated_without_asking_again(sapporo: Member, stranger: Stranger) -> None:
    """Anybody can name an entity: she shall not make us ask somebody again and again."""
    for _ in range(5):
        answer = sapporo.get("/identity/v1/authorize", client_id=stranger.url)
        assert answer.status_code == 400
    assert len(stranger.asked) <= 2
