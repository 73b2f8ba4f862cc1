"""Attacks of groups 5 and 6: a peer's words are worth what its attested map makes of them."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from joint_use import Levels
from kit.json import JsonObject, JsonValue
from tests.integration.idp_federation.federation.impostors import MAP_TYPE, Impostor, exchanged
from tests.integration.idp_federation.federation.members import FRAMEWORK, MAP, Member
from tests.integration.idp_federation.federation.strangers import strange
from tests.integration.idp_federation.federation.travellers import (
    Service,
    last_decision,
    signed_by,
    told,
    verified,
)


@pytest.fixture(scope="module")
def city(authority: Path, prefecture: Member, ebetsu: Member) -> Iterator[Impostor]:
    """A city that 江別市 accepts, with a map attested by the prefecture."""
    with strange(authority) as stranger:
        made = Impostor(itself=stranger, top=prefecture, marks=[])
        made.stand()
        made.attested()
        ebetsu.run("peer", "allow", stranger.url, "--tenant", "default")
        yield made


@pytest.fixture
def at_ebetsu(linked: tuple[Service, Service], city: Impostor, ebetsu: Member) -> Service:
    """The library at 江別市, after the city's map is as it was."""
    city.accepts = True
    city.attested()
    ebetsu.run("peer", "check", city.url)
    return linked[1]


def test_what_the_city_says_counts_as_the_map_has_it(city: Impostor, at_ebetsu: Service) -> None:
    assert exchanged(at_ebetsu, city.id_token(at_ebetsu.stranger.url)) == "ial3/aal3"


SAID: dict[str, tuple[JsonObject, str, str]] = {
    "a lower acr": ({"acr": "https://localhost/acr/ial3/aal1"}, "ial3/aal1", "acr_mapped"),
    "an unknown acr": ({"acr": "https://localhost/acr/ial9/aal9"}, "ial3/aal1", "acr_unknown"),
    "an acr of another anchor": (
        {"acr": "https://localhost.evil.example/acr/ial3/aal3"}, "ial3/aal1", "acr_unknown",
    ),
    "no acr": ({"acr": None}, "ial3/aal1", "acr_unknown"),
    "methods that contradict": ({"amr": ["pwd"]}, "ial3/aal1", "amr_contradicts"),
    "no hardware": ({"amr": ["pwd", "otp"]}, "ial3/aal2", "amr_contradicts"),
    "a sign-in of the future": (
        {"auth_time": 4_000_000_000}, "unmet_authentication_requirements", "sign_in_stale",
    ),
    "no verified claims": ({"verified_claims": None}, "ial1/aal3", "claims_absent"),
    "an unknown framework": (
        {"verified_claims": {"verification": {"trust_framework": "mine"}, "claims": {"name": "x"}}},
        "ial1/aal3", "claims_unknown",
    ),
    "no evidence": (
        {"verified_claims": {"verification": {"trust_framework": FRAMEWORK,
                                              "assurance_level": "ial3"},
                             "claims": {"name": "x"}}},
        "ial1/aal3", "claims_unknown",
    ),
    "an acr that claims less proofing": (
        {"acr": "https://localhost/acr/ial1/aal3"}, "ial1/aal3", "acr_limits_proofing",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_attack_5_and_6_levels_are_not_talked_up(
    city: Impostor, at_ebetsu: Service, ebetsu: Member, name: str
) -> None:
    claims, held, reason = SAID[name]
    assert exchanged(at_ebetsu, city.id_token(at_ebetsu.stranger.url, claims)) == held
    assert reason in told(last_decision(ebetsu))


def test_attack_6_verified_claims_that_are_too_old(
    city: Impostor, at_ebetsu: Service, ebetsu: Member
) -> None:
    rule: JsonObject = {
        "trust_framework": FRAMEWORK, "assurance_level": "ial3", "ial": 3, "max_age": 3600,
    }  # fmt: skip
    city.attested(proofing=[rule], version=2)
    ebetsu.run("peer", "check", city.url)
    for dated, held in (("2020-01-01T00:00:00Z", "ial1/aal3"), ("2099-01-01T00:00Z", "ial1/aal3")):
        [one] = verified(3)
        verification = one["verification"]
        assert isinstance(verification, dict)
        claims: JsonObject = {**one, "verification": {**verification, "time": dated}}
        token = city.id_token(at_ebetsu.stranger.url, {"verified_claims": claims})
        assert exchanged(at_ebetsu, token) == held


def test_attack_5_a_map_that_the_city_attests_itself(
    city: Impostor, at_ebetsu: Service, ebetsu: Member
) -> None:
    now = int(time.time())
    claims: JsonObject = {
        "iss": city.url,
        "sub": city.url,
        "trust_mark_type": MAP_TYPE,
        "iat": now,
        "exp": now + 3600,
        "assurance_map": MAP,
    }
    city.marks = [city.itself.key.sign(claims, typ="trust-mark+jwt")]
    city.publish()
    ebetsu.run("peer", "check", city.url)
    assert exchanged(at_ebetsu, city.id_token(at_ebetsu.stranger.url)) == "ial1/aal1"
    assert "no_map" in told(last_decision(ebetsu))


def test_attack_5_a_map_of_somebody_else(
    city: Impostor, at_ebetsu: Service, ebetsu: Member, prefecture: Member, sapporo: Member
) -> None:
    asked = {"trust_mark_type": MAP_TYPE, "sub": sapporo.url}
    city.marks = [prefecture.get("/federation/v1/trust-mark", **asked).text]
    city.publish()
    ebetsu.run("peer", "check", city.url)
    assert exchanged(at_ebetsu, city.id_token(at_ebetsu.stranger.url)) == "ial1/aal1"


def test_attack_5_a_map_that_has_expired(
    city: Impostor, at_ebetsu: Service, ebetsu: Member, prefecture: Member
) -> None:
    now = int(time.time())
    claims: JsonObject = {
        "iss": prefecture.url, "sub": city.url, "trust_mark_type": MAP_TYPE, "iat": now - 7200,
        "exp": now - 3600, "assurance_map": MAP,
    }  # fmt: skip
    city.marks = [signed_by(prefecture, claims, "trust-mark+jwt")]
    city.publish()
    ebetsu.run("peer", "check", city.url)
    assert exchanged(at_ebetsu, city.id_token(at_ebetsu.stranger.url)) == "ial1/aal1"


def test_attack_5_a_map_that_was_revoked_and_what_was_given_by_it(
    city: Impostor, at_ebetsu: Service, ebetsu: Member, prefecture: Member
) -> None:
    """A revoked map lowers tokens that were given already, as soon as it is known (group 8)."""
    number = city.attested()["number"]
    time.sleep(1.1)  # of a loss's own second all tokens are meant
    ebetsu.run("peer", "check", city.url)
    given = at_ebetsu.exchange(city.id_token(at_ebetsu.stranger.url))
    token = given.json()["access_token"]
    assert at_ebetsu.party.introspect(token)["acr"] == "https://localhost/acr/ial3/aal3"
    prefecture.run("mark", "revoke", str(number))
    assert "revoked" in ebetsu.run("peer", "check", city.url)
    assert at_ebetsu.party.introspect(token)["acr"] == "https://localhost/acr/ial1/aal1"
    assert exchanged(at_ebetsu, city.id_token(at_ebetsu.stranger.url)) == "ial1/aal1"
    assert "mark_not_active" in told(last_decision(ebetsu))


@pytest.mark.parametrize(
    ("caps", "held"),
    [({"max_ial": 2, "max_aal": 1}, "ial2/aal1"), ({"max_ial": 1, "max_aal": 3}, "ial1/aal3")],
)
def test_attack_5_no_more_than_the_map_allows(
    city: Impostor, at_ebetsu: Service, ebetsu: Member, caps: JsonObject, held: str
) -> None:
    changes: JsonObject = {**caps, "version": 3}
    city.attested(**changes)
    ebetsu.run("peer", "check", city.url)
    assert exchanged(at_ebetsu, city.id_token(at_ebetsu.stranger.url)) == held
    assert "capped_by_map" in told(last_decision(ebetsu))


def test_attack_5_no_more_than_was_agreed(
    city: Impostor, at_ebetsu: Service, ebetsu: Member
) -> None:
    caps = ("--max-proofing", "2", "--max-authentication", "2")
    ebetsu.run("peer", "allow", city.url, "--tenant", "default", *caps)
    try:
        assert exchanged(at_ebetsu, city.id_token(at_ebetsu.stranger.url)) == "ial2/aal2"
        assert "capped_by_agreement" in told(last_decision(ebetsu))
    finally:
        ebetsu.run("peer", "allow", city.url, "--tenant", "default")


def test_attack_5_a_link_that_the_other_end_does_not_confirm(
    city: Impostor, at_ebetsu: Service, ebetsu: Member
) -> None:
    city.accepts = False
    assert "相手の許可 Accepts us" in ebetsu.run("peer", "check", city.url)
    given = at_ebetsu.exchange(city.id_token(at_ebetsu.stranger.url))
    assert (given.status_code, given.json()["error"]) == (400, "invalid_grant")
    assert "has not confirmed" in given.json()["error_description"]


def test_attack_5_a_service_that_requires_more_is_told_what_would_do(
    city: Impostor, at_ebetsu: Service, ebetsu: Member, linked: tuple[Service, Service]
) -> None:
    op = at_ebetsu.party.op
    app = op.register(
        service_class="existence",
        tenants=["default"],
        grant_types=["urn:ietf:params:oauth:grant-type:token-exchange"],
        redirect_uris=[],
    )
    token = city.id_token(app.id, levels=Levels(2, 1))
    given = app.post(
        "token",
        {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "subject_token": token,
            "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
        },
    )
    assert given.status_code == 400
    told_: JsonValue = given.json()
    assert isinstance(told_, dict)
    assert told_["error"] == "unmet_authentication_requirements"
    assert "https://localhost/acr/ial2/aal2" in str(told_["error_description"])
