"""Verified claims: told where they meet what is asked for, left out otherwise."""

from datetime import UTC, datetime

import pytest

from idp_federation.oidc.identity_assurance import verified_claims_for
from kit.json import JsonObject, JsonValue

NOW = datetime(2026, 9, 1, tzinfo=UTC)
HELD: JsonObject = {
    "verification": {
        "trust_framework": "jp_aml",
        "assurance_level": "ial2",
        "time": "2026-08-01T00:00:00Z",
        "evidence": [
            {"type": "document", "document_details": {"type": "idcard", "number": "123"}},
            {"type": "electronic_record", "record": {"type": "population_register"}},
        ],
    },
    "claims": {"name": "札幌 花子", "birthdate": "1990-04-01"},
}


def ask(verification: JsonValue, claims: JsonValue = None) -> JsonValue:
    wanted: JsonValue = {"name": None} if claims is None else claims
    return verified_claims_for([HELD], {"verification": verification, "claims": wanted}, NOW)


def test_what_is_asked_for_is_told_and_nothing_more() -> None:
    assert ask({"trust_framework": None}) == {
        "verification": {"trust_framework": "jp_aml"},
        "claims": {"name": "札幌 花子"},
    }


@pytest.mark.parametrize(
    "met",
    [
        {"trust_framework": {"value": "jp_aml"}},
        {"trust_framework": {"values": ["x", "jp_aml"]}, "assurance_level": {"value": "ial2"}},
        {"trust_framework": None, "time": {"max_age": 32 * 86400}},
        {"trust_framework": None, "evidence": [{"type": {"value": "document"}}]},
        {"trust_framework": None, "evidence": [{"type": None}]},
        {"trust_framework": None, "verification_process": None},
        {"trust_framework": None, "time": None},
    ],
)
def test_constraints_that_are_met_are_told(met: JsonObject) -> None:
    assert ask(met) is not None


@pytest.mark.parametrize(
    "unmet",
    [
        {},
        {"assurance_level": {"value": "ial2"}},
        {"trust_framework": {"value": "eidas"}},
        {"trust_framework": {"values": ["x", "y"]}},
        {"trust_framework": None, "assurance_level": {"value": "ial3"}},
        {"trust_framework": None, "time": {"max_age": 30 * 86400}},
        {"trust_framework": None, "time": {"max_age": "30"}},
        {"trust_framework": None, "time": {"max_age": 1e300}},
        {"trust_framework": None, "evidence": [{"type": {"value": "vouch"}}]},
        {"trust_framework": None, "evidence": [{"type": None, "check_id": {"value": "1"}}]},
        {"trust_framework": None, "verification_process": {"value": "x"}},
    ],
)
def test_attack_6_what_is_not_met_leaves_all_of_it_out(unmet: JsonObject) -> None:
    assert ask(unmet) is None


def test_claims_that_are_unknown_are_left_out_and_alone_are_none() -> None:
    told = ask({"trust_framework": None}, {"name": None, "email": None})
    assert isinstance(told, dict)
    assert told["claims"] == {"name": "札幌 花子"}
    assert ask({"trust_framework": None}, {"email": None}) is None
    assert ask({"trust_framework": None}, {"name": {"value": "Hanako"}}) is None


def test_of_evidence_those_pieces_are_told_that_are_asked_for() -> None:
    told = ask({"trust_framework": None, "evidence": [{"type": {"value": "document"}}]})
    assert isinstance(told, dict)
    assert isinstance(told["verification"], dict)
    assert told["verification"]["evidence"] == [{"type": "document"}]


@pytest.mark.parametrize("asked", [None, [], "x", {"verification": None}, {"claims": {}}, [None]])
def test_a_malformed_wish_is_none(asked: JsonValue) -> None:
    assert verified_claims_for([HELD], asked, NOW) is None


def test_several_wishes_are_told_apart() -> None:
    wishes: list[JsonValue] = [
        {"verification": {"trust_framework": {"value": "jp_aml"}}, "claims": {"name": None}},
        {"verification": {"trust_framework": {"value": "eidas"}}, "claims": {"name": None}},
        {"verification": {"trust_framework": None}, "claims": {"birthdate": None}},
    ]
    told = verified_claims_for([HELD], wishes, NOW)
    assert isinstance(told, list)
    assert len(told) == 2
