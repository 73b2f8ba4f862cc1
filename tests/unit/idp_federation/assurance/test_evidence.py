"""Verified claims read from tokens, and the predicates over them."""

from datetime import timedelta

import pytest

from idp_federation.assurance.evidence import is_jpki_signed, is_kyc, read_verified_claims
from kit.json import JsonObject, JsonValue
from tests.unit.idp_federation.peers import DOCUMENT, FRAMEWORK, JPKI, KYC, SIGNATURE, verified
from tests.unit.idp_federation.signed import CITY, NOW

SIGNED: JsonObject = {
    "type": "electronic_signature",
    "signature_type": "jpki",
    "issuer": "JPKI",
    "serial_number": "01",
}


def item(**verification: JsonValue) -> JsonObject:
    full: dict[str, JsonValue] = {
        "trust_framework": FRAMEWORK,
        "assurance_level": "ial2",
        "time": "2026-08-02T12:00:00+09:00",
        "evidence": [{"type": "document", "check_details": [{"check_method": "vpip"}]}],
        **verification,
    }
    kept: JsonObject = {name: value for name, value in full.items() if value is not None}
    return {"verification": kept, "claims": {"name": "山田 花子"}}


def token(value: JsonValue) -> JsonObject:
    return {"iss": CITY.id, "sub": "7f", "verified_claims": value}


def test_verified_claims_are_read_from_an_object_or_an_array() -> None:
    one = read_verified_claims(token(item()), signed=True)
    assert [(found.trust_framework, found.assurance_level) for found in one] == [
        (FRAMEWORK, "ial2")
    ]
    assert one[0].time is not None
    assert one[0].time.isoformat() == "2026-08-02T03:00:00+00:00"
    assert (one[0].issuer, one[0].subject) == (CITY.id, "7f")
    assert one[0].kinds == {"document"}
    two = read_verified_claims(token([item(), item(evidence=[SIGNED])]), signed=True)
    assert [found.kinds for found in two] == [{"document"}, {"electronic_signature"}]


def test_unsigned_verified_claims_are_no_claims() -> None:
    assert read_verified_claims(token(item()), signed=False) == ()


@pytest.mark.parametrize("missing", ["iss", "sub"])
def test_claims_of_nobody_are_no_claims(missing: str) -> None:
    claims = token(item())
    del claims[missing]
    assert read_verified_claims(claims, signed=True) == ()


@pytest.mark.parametrize(
    "value",
    [
        None,
        "ial3",
        [],
        [7],
        {},
        {"verification": {"trust_framework": FRAMEWORK}},
        {"claims": {}},
        {"verification": {}, "claims": {}},
        {"verification": [], "claims": {}},
        item(trust_framework=None),
        item(trust_framework=""),
        item(trust_framework=7),
        item(assurance_level=3),
        item(evidence="document"),
        item(evidence=["document"]),
        item(evidence=[{"type": ""}]),
        item(evidence=[{**SIGNED, "serial_number": ""}]),
        item(evidence=[{**SIGNED, "issuer": None}]),
        item(evidence=[{"type": "document"}, {}]),
    ],
)
def test_broken_verified_claims_count_as_unproven(value: JsonValue) -> None:
    assert read_verified_claims(token(value), signed=True) == ()


@pytest.mark.parametrize(
    "time", [None, "yesterday", "2026-08-02", "2026-08-02T03:00:00", 1785639600, ["2026"]]
)
def test_a_time_without_zone_is_no_time(time: JsonValue) -> None:
    (found,) = read_verified_claims(token(item(time=time)), signed=True)
    assert found.time is None


def test_kyc_is_by_its_framework_on_evidence_and_recent() -> None:
    year = timedelta(days=365)
    assert is_kyc(KYC, max_age=year, now=NOW)
    assert not is_kyc(verified(2), max_age=year, now=NOW)
    assert not is_kyc(verified(2, framework="jp_aml", evidence=()), max_age=year, now=NOW)
    assert not is_kyc(verified(2, framework="jp_aml", at=None), max_age=year, now=NOW)
    assert not is_kyc(KYC, max_age=timedelta(days=30), now=NOW)
    assert is_kyc(KYC, max_age=timedelta(days=30, seconds=1), now=NOW)


def test_a_jpki_signature_is_one_made_with_the_card() -> None:
    assert is_jpki_signed(verified(3, evidence=(DOCUMENT, JPKI)))
    assert not is_jpki_signed(verified(3, evidence=(SIGNATURE,)))
    assert not is_jpki_signed(verified(3, evidence=(DOCUMENT,)))
