"""What is asked for when levels are too low, and what counts as an answer."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from idp_federation.assurance.acr import (
    acr_of,
    acr_values_reaching,
    essential_acr,
    is_met,
    levels_by_acr,
    levels_of,
)
from idp_federation.assurance.amr import highest_authentication
from idp_federation.assurance.evidence import Proof
from idp_federation.assurance.levels import EVERY, HIGHEST, LOWEST
from idp_federation.assurance.service_class import DEFAULTS, Requirement, ServiceClass
from idp_federation.assurance.step_up import (
    AuthorizationError,
    authorization_error,
    challenge,
    upstream_parameters,
)
from joint_use import Levels
from tests.unit.idp_federation.peers import DOMAIN, decided, sign_in, terms

METADATA = "https://city.example/.well-known/oauth-protected-resource"


def parameters(header: str) -> dict[str, str]:
    assert header.isascii()
    return dict(re.findall(r'(\w+)="([^"\\]*)"', header))


@pytest.mark.parametrize("required", EVERY)
def test_every_acr_that_reaches_is_asked_for_and_no_other(required: Levels) -> None:
    asked = acr_values_reaching(required, DOMAIN)
    reaching = {acr for acr, held in levels_by_acr(DOMAIN).items() if held.satisfies(required)}
    assert set(asked) == reaching
    assert len(asked) == (4 - required.proofing) * (4 - required.authentication)
    assert asked[0] == acr_of(required, DOMAIN)
    assert essential_acr(required, DOMAIN) == {"acr": {"essential": True, "values": list(asked)}}


def test_an_acr_is_looked_up_and_never_taken_apart() -> None:
    assert levels_of(f"https://{DOMAIN}/acr/ial2/aal3", DOMAIN) == Levels(2, 3)
    for text in (
        None,
        "",
        f"https://{DOMAIN}/acr/ial4/aal4",
        f"https://{DOMAIN}/acr/ial03/aal3",
        f"https://{DOMAIN}/acr/ial３/aal３",
        f"https://x.{DOMAIN}/acr/ial3/aal3",
        f" https://{DOMAIN}/acr/ial3/aal3",
        "ial3/aal3",
    ):
        assert levels_of(text, DOMAIN) is None


@pytest.mark.parametrize("returned", [None, "aal3", acr_of(Levels(3, 1), DOMAIN)])
def test_a_client_checks_the_acr_that_came_back(returned: str | None) -> None:
    assert not is_met(Levels(2, 2), returned, DOMAIN)
    assert is_met(Levels(2, 2), acr_of(Levels(2, 3), DOMAIN), DOMAIN)


@pytest.mark.parametrize(
    ("amr", "level"),
    [
        ("", 1),
        ("pwd", 1),
        ("pwd pin kba", 1),
        ("face fpt", 1),
        ("otp sms", 1),
        ("geo rba wia user", 1),
        ("unheard-of mfa2", 1),
        ("hwk", 1),
        ("pwd mca", 2),
        ("pwd fpt", 2),
        ("mfa", 2),
        ("swk pin", 2),
        ("sc pin", 3),
        ("hwk face", 3),
        ("mfa hwk", 3),
    ],
)
def test_methods_stand_for_this_level_at_most(amr: str, level: int) -> None:
    assert highest_authentication(frozenset(amr.split())) == level


def test_a_challenge_names_every_acr_the_age_and_the_metadata() -> None:
    requirement = Requirement(levels=Levels(3, 2), max_age=timedelta(minutes=5))
    header = challenge(requirement, anchor=DOMAIN, resource_metadata=METADATA)
    assert header.startswith("Bearer ")
    assert parameters(header) == {
        "error": "insufficient_user_authentication",
        "error_description": "A higher level of assurance is required",
        "acr_values": f"https://{DOMAIN}/acr/ial3/aal2 https://{DOMAIN}/acr/ial3/aal3",
        "max_age": "300",
        "resource_metadata": METADATA,
    }
    without = challenge(
        Requirement(levels=HIGHEST), anchor=DOMAIN, resource_metadata=METADATA, scheme="DPoP"
    )
    assert without.startswith("DPoP ")
    assert "max_age" not in parameters(without)


@pytest.mark.parametrize("text", ['a", scope="admin', "a\r\nSet-Cookie: x=1", "身元確認", "a\\"])
def test_nothing_breaks_out_of_a_challenge(text: str) -> None:
    header = challenge(Requirement(), anchor=DOMAIN, resource_metadata=METADATA, description=text)
    assert set(parameters(header)) == {
        "error",
        "error_description",
        "acr_values",
        "resource_metadata",
    }
    assert header.count('"') == 8
    assert header.isprintable()


def test_upstream_is_asked_with_an_essential_acr_an_age_and_the_evidence() -> None:
    plain = upstream_parameters(
        Requirement(levels=Levels(2, 2), max_age=timedelta(seconds=90)), anchor=DOMAIN
    )
    assert plain["max_age"] == "90"
    assert json.loads(plain["claims"]) == {"id_token": essential_acr(Levels(2, 2), DOMAIN)}
    aml = upstream_parameters(DEFAULTS[ServiceClass.CRIMINAL_PROCEEDS], anchor=DOMAIN)
    asked = json.loads(aml["claims"])["id_token"]["verified_claims"]
    assert asked[0]["verification"]["trust_framework"] == {"value": "jp_aml"}
    assert asked[0]["verification"]["time"] == {"max_age": 365 * 86400}
    both = Requirement(proofs=frozenset(Proof))
    asked = json.loads(upstream_parameters(both, anchor=DOMAIN)["claims"])["id_token"]
    assert [sorted(one) for one in asked["verified_claims"]] == [["claims", "verification"]] * 2
    signature = asked["verified_claims"][1]["verification"]["evidence"][0]
    assert signature["type"] == {"value": "electronic_signature"}
    assert signature["signature_type"] == {"values": ["jpki"]}
    assert "max_age" not in aml


def test_prompt_none_at_a_low_level_asks_for_a_login_and_never_lets_in() -> None:
    low = decided(sign_in(LOWEST), required=Levels(2, 2))
    assert authorization_error(low, prompt_none=True) is AuthorizationError.LOGIN_REQUIRED
    assert authorization_error(low, prompt_none=False) is None
    enough = decided(sign_in(Levels(2, 2)), required=Levels(2, 2))
    assert authorization_error(enough, prompt_none=True) is None


@pytest.mark.parametrize("prompt_none", [True, False])
def test_an_essential_acr_out_of_reach_is_an_unmet_requirement(*, prompt_none: bool) -> None:
    agreed = replace(terms(cap=Levels(1, 3)), local_ceiling=LOWEST)
    decision = decided(sign_in(HIGHEST), required=Levels(2, 2), agreed=agreed)
    assert authorization_error(decision, prompt_none=prompt_none) is AuthorizationError.UNMET
