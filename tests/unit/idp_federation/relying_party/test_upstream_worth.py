"""What a sign-in at a provider is worth: by its table, under its cap and its source's."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from idp_federation.assurance.decision import Decision
from idp_federation.assurance.reasons import Reason
from idp_federation.assurance.service_class import Requirement
from idp_federation.relying_party.account_link import ShownSignIn, worth_upstream
from idp_federation.relying_party.errors import InvalidUpstream
from idp_federation.relying_party.person import contradiction, verifications_of
from idp_federation.relying_party.presets import DigitalAuth, with_presets
from idp_federation.relying_party.upstream import Upstream, upstream_as_json, upstream_from_json
from joint_use import Levels
from kit.json import JsonObject, JsonValue

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
ANCHOR = "trust.example"
APP = DigitalAuth(issuer="https://app.example", sandbox_issuer="https://sandbox.example")


def a_provider(kind: str, **more: JsonValue) -> Upstream:
    given: JsonObject = {"id": "p", "kind": kind, "name": "事業者", "client_id": "c", **more}
    if kind != "digital_auth":
        given = {"issuer": "https://op.example", **given}
    return upstream_from_json(with_presets(given, APP), anchor=ANCHOR)


def a_table(**more: JsonValue) -> JsonObject:
    return {"version": 2, "acr": {}, "proofing": [], "max_ial": 3, "max_aal": 3, **more}


def worth(
    upstream: Upstream,
    acr: str | None = None,
    amr: frozenset[str] | None = None,
    verified: tuple[JsonObject, ...] = (),
    now: datetime = NOW,
) -> Decision:
    shown = ShownSignIn(
        acr=acr,
        amr=amr,
        auth_time=NOW,
        verifications=verifications_of(verified, issuer=upstream.issuer, subject="s"),
        at=NOW,
    )
    return worth_upstream(
        upstream,
        "s",
        shown,
        requirement=Requirement(),
        anchor=ANCHOR,
        ends_at=now + timedelta(hours=8),
        now=now,
    )


def kyc(at: datetime = NOW, **more: JsonValue) -> JsonObject:
    verification: JsonObject = {
        "trust_framework": "jp_aml",
        "time": at.isoformat(),
        "evidence": [{"type": "document"}],
        **more,
    }
    return {"verification": verification, "claims": {"name": "札幌 花子"}}


def test_the_digital_agencys_app_reaches_both_levels_by_its_card() -> None:
    app = a_provider("digital_auth")
    assert (app.issuer, app.algorithms) == ("https://app.example", ("ES256",))
    assert worth(app, "aal3").held == Levels(3, 3)
    assert worth(app, None).held == Levels(1, 1)
    assert a_provider("digital_auth", sandbox=True).issuer == "https://sandbox.example"


def test_attack_5_methods_that_deny_the_card_take_both_levels_away() -> None:
    decision = worth(a_provider("digital_auth"), "aal3", frozenset({"pwd"}))
    assert decision.held == Levels(1, 1)
    assert Reason.AMR_CONTRADICTS in {one.reason for one in decision.findings}


def test_attack_5_an_acr_that_is_not_in_the_table_is_worth_nothing() -> None:
    app = a_provider("digital_auth")
    for unknown in ("aal4", "AAL3", "https://evil.example/aal3", f"https://{ANCHOR}/acr/ial3/aal3"):
        assert worth(app, unknown).held == Levels(1, 1), unknown


def test_a_social_network_proves_nobody_whatever_its_table_promises() -> None:
    generous = a_table(acr={"x": 2}, acr_ial={"x": 3})
    network = a_provider("sns", table=generous)
    decision = worth(network, "x", None, (kyc(),))
    assert decision.held == Levels(1, 2)
    assert network.ceiling == Levels(1, 3)
    with pytest.raises(InvalidUpstream, match="proves nobody"):
        a_provider("sns", source="my_number_card")


def test_methods_count_where_a_provider_tells_no_acr() -> None:
    rules: JsonValue = [{"methods": ["pwd", "otp"], "aal": 2}, {"methods": ["pwd"], "aal": 1}]
    provider = a_provider("generic", table=a_table(amr=rules))
    assert worth(provider, None, frozenset({"otp", "pwd", "geo"})).held == Levels(1, 2)
    assert worth(provider, None, frozenset({"pwd"})).held == Levels(1, 1)
    forged = a_provider("generic", table=a_table(amr=[{"methods": ["pwd"], "aal": 3}]))
    assert worth(forged, None, frozenset({"pwd"})).held == Levels(1, 1)


def test_proofing_online_counts_with_its_evidence_and_until_it_is_too_old() -> None:
    provider = a_provider("ekyc")
    decision = worth(provider, verified=(kyc(),))
    assert decision.held == Levels(2, 1)
    years = timedelta(days=3 * 365)
    assert decision.valid_until <= NOW + timedelta(hours=8)
    assert worth(provider, verified=(kyc(NOW - years),)).held == Levels(1, 1)
    almost = worth(provider, verified=(kyc(NOW - years + timedelta(hours=1)),))
    assert (almost.held, almost.valid_until) == (Levels(2, 1), NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    "wrong",
    [
        kyc(trust_framework="jp_someone"),
        kyc(evidence=[]),
        kyc(evidence=[{"type": "vouch"}]),
        kyc(time=None),
        kyc(time="2026-06-01T12:00:00"),
        kyc(NOW + timedelta(minutes=1)),
        {"verification": {"trust_framework": "jp_aml"}},
        {"claims": {"name": "x"}},
    ],
)
def test_attack_6_verified_claims_of_another_form_prove_nothing(wrong: JsonObject) -> None:
    assert worth(a_provider("ekyc"), verified=(wrong,)).held == Levels(1, 1)


def test_a_table_may_not_read_this_platforms_own_classes_as_more_than_they_say() -> None:
    own = f"https://{ANCHOR}/acr/ial1/aal1"
    with pytest.raises(InvalidUpstream, match="raises"):
        a_provider("generic", table=a_table(acr={own: 2}))
    with pytest.raises(InvalidUpstream, match="takes proofing"):
        a_provider("generic", table=a_table(acr_ial={own: 1}))


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"id": "Not An Id"}, "id"),
        ({"id": "../x"}, "id"),
        ({"name": ""}, "name"),
        ({"issuer": "http://op.example"}, "issuer"),
        ({"issuer": "https://op.example?x=1"}, "issuer"),
        ({"client_id": ""}, "client_id"),
        ({"token_endpoint_auth_method": "none"}, "token_endpoint_auth_method"),
        ({"scope": "profile"}, "scope"),
        ({"id_token_signing_algs": []}, "id_token_signing_algs"),
        ({"source": "nowhere"}, "source"),
        ({"tenants": "all"}, "tenants"),
        ({"endpoints": {"token_endpoint": "https://op.example/t"}}, "endpoints"),
        ({"endpoints": {"other": "x"}}, "endpoints"),
        ({"table": {"version": 0}}, "table.version"),
        ({"table": {"version": 1, "acr": [], "max_ial": 1, "max_aal": 1}}, "table.acr"),
        ({"table": {"version": 1, "amr": [{}], "max_ial": 1, "max_aal": 1}}, "table.amr"),
        ({"kind": "unheard-of"}, None),
    ],
)
def test_a_provider_that_cannot_be_right_is_refused_and_it_is_told_where(
    wrong: JsonObject, where: str | None
) -> None:
    given = {**upstream_as_json(a_provider("generic")), **wrong}
    with pytest.raises(InvalidUpstream) as refused:
        upstream_from_json(given, anchor=ANCHOR)
    assert refused.value.where == where


def test_a_registration_is_read_as_it_was_written() -> None:
    for kind in ("generic", "digital_auth", "ekyc", "sns"):
        provider = a_provider(kind, tenants=["sapporo"], opens_accounts=True)
        assert upstream_from_json(upstream_as_json(provider), anchor=ANCHOR) == provider
    assert not replace(a_provider("sns"), disabled=True).is_offered_at("sapporo")


def test_two_accounts_with_another_birthdate_are_not_of_one_person() -> None:
    hanako: JsonObject = {"name": "札幌　花子", "birthdate": "1990-04-01"}
    assert contradiction(hanako, {"name": "札幌 花子", "birthdate": "1990-04-01"}) is None
    assert contradiction(hanako, {"name": "札幌 太郎", "birthdate": "1990-04-01"}) == "name"
    assert contradiction({}, hanako) is None
