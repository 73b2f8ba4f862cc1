"""Sign-ins at another platform, and what stands behind it, for tests of reconciliation."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

from idp_federation.assurance.acr import acr_of, levels_by_acr
from idp_federation.assurance.assurance_map import AssuranceMap, CheckedStatus, assurance_map_of
from idp_federation.assurance.decision import Decision
from idp_federation.assurance.evidence import ELECTRONIC_SIGNATURE, Evidence, VerifiedClaims
from idp_federation.assurance.levels import HIGHEST
from idp_federation.assurance.mapping import LevelMapping, ProofingRule
from idp_federation.assurance.reconcile import reconcile
from idp_federation.assurance.service_class import Requirement
from idp_federation.assurance.sign_in import LinkedAccount, PeerTrust, SignIn, Terms, Trust
from idp_federation.federation.identifiers import EntityId
from idp_federation.federation.trust_chain import TrustChain, validate_chain
from idp_federation.federation.trust_mark import Status, TrustMark, validate_trust_mark
from joint_use import Levels
from kit.json import JsonObject, JsonValue
from tests.unit.idp_federation.signed import ANCHOR, CITY, NOW, PREF, Entity, chain_of, verify

DOMAIN = "anchor.example"
FRAMEWORK = f"https://{DOMAIN}/tf/area-data"
MAP_TYPE = f"https://{DOMAIN}/trust-marks/assurance-map"
SESSION_ENDS = NOW + timedelta(hours=8)
PERSON = "pairwise-7f"

MAPPING = LevelMapping(
    version=3,
    authentication={acr: levels.authentication for acr, levels in levels_by_acr(DOMAIN).items()},
    proofing=(
        ProofingRule(trust_framework=FRAMEWORK, assurance_level="ial1", proofing=1),
        ProofingRule(
            trust_framework=FRAMEWORK,
            assurance_level="ial2",
            evidence=frozenset({"document"}),
            proofing=2,
            max_age=timedelta(days=3650),
        ),
        ProofingRule(
            trust_framework=FRAMEWORK,
            assurance_level="ial3",
            evidence=frozenset({ELECTRONIC_SIGNATURE}),
            proofing=3,
        ),
        ProofingRule(
            trust_framework="jp_aml",
            evidence=frozenset({"document"}),
            proofing=2,
            max_age=timedelta(days=1095),
        ),
    ),
)
AMR = {1: frozenset({"pwd"}), 2: frozenset({"pwd", "otp"}), 3: frozenset({"hwk", "pin"})}
DOCUMENT = Evidence(kind="document")
JPKI = Evidence(kind=ELECTRONIC_SIGNATURE, signature_type="jpki", issuer="JPKI", serial_number="01")
SIGNATURE = replace(JPKI, signature_type="other")


def map_claims(**changes: JsonValue) -> JsonObject:
    """The table as a trust mark carries it."""
    rule: JsonObject = {
        "trust_framework": FRAMEWORK,
        "assurance_level": "ial2",
        "evidence": ["document"],
        "ial": 2,
        "max_age": 31_536_000,
    }
    claims: dict[str, JsonValue] = {
        "version": 3,
        "acr": {acr: levels.authentication for acr, levels in levels_by_acr(DOMAIN).items()},
        "proofing": [rule],
        "max_ial": 3,
        "max_aal": 3,
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not None}


def accreditors_chain(accreditor: Entity = PREF, **anchor: JsonValue) -> TrustChain:
    claims: JsonObject = {"trust_mark_issuers": {MAP_TYPE: [PREF.id]}, **anchor}
    return chain_of(accreditor, anchor=ANCHOR.configuration(**claims))


def map_mark(*, subject: Entity = CITY, **changes: JsonValue) -> TrustMark:
    claims: JsonObject = {"assurance_map": map_claims(), **changes}
    return validate_trust_mark(
        PREF.mark(subject, MAP_TYPE, **claims),
        subject=subject.id,
        issuer_chain=accreditors_chain(),
        now=NOW,
        verify=verify,
    )


@cache
def city_chain() -> TrustChain:
    return chain_of(CITY)


@cache
def attested_map() -> AssuranceMap:
    """A map read out of a real mark, its table replaced by the one of these tests."""
    return replace(assurance_map_of(map_mark(), trust_mark_type=MAP_TYPE), mapping=MAPPING)


def peer_trust(
    *,
    mapping: LevelMapping = MAPPING,
    status: Status = Status.ACTIVE,
    checked_s_ago: float = 5,
    chain: TrustChain | None = None,
) -> PeerTrust:
    return PeerTrust(
        chain=chain or city_chain(),
        assurance_map=replace(attested_map(), mapping=mapping),
        status=CheckedStatus(status=status, checked_at=NOW - timedelta(seconds=checked_s_ago)),
    )


def terms(
    *, cap: Levels = HIGHEST, local: Levels = HIGHEST, peers: tuple[Entity, ...] = (CITY,)
) -> Terms:
    return Terms(
        anchor=DOMAIN,
        accreditors=frozenset({PREF.id}),
        caps={peer.id: cap for peer in peers},
        local_ceiling=local,
    )


def verified(
    proofing: int = 2,
    *,
    evidence: tuple[Evidence, ...] | None = None,
    framework: str = FRAMEWORK,
    at: datetime | None = NOW - timedelta(days=30),
    issuer: str = CITY.id,
    subject: str = PERSON,
) -> VerifiedClaims:
    usual = {1: (), 2: (DOCUMENT,), 3: (SIGNATURE,)}
    return VerifiedClaims(
        issuer=issuer,
        subject=subject,
        trust_framework=framework,
        assurance_level=f"ial{proofing}" if framework == FRAMEWORK else None,
        time=at,
        evidence=usual[proofing] if evidence is None else evidence,
    )


KYC = verified(2, framework="jp_aml")


def sign_in(levels: Levels = HIGHEST, *more: VerifiedClaims) -> SignIn:
    """A sign-in at the city whose levels, read rightly, are these."""
    return SignIn(
        issuer=CITY.id,
        subject=PERSON,
        session_expires_at=SESSION_ENDS,
        auth_time=NOW - timedelta(minutes=1),
        acr=acr_of(levels, DOMAIN),
        amr=AMR[levels.authentication],
        verified_claims=(verified(levels.proofing), *more),
    )


def decided(
    who: SignIn | None = None,
    *,
    required: Levels | Requirement = HIGHEST,
    trust: Trust | None = None,
    agreed: Terms | None = None,
    now: datetime = NOW,
    linked: LinkedAccount | None = None,
) -> Decision:
    return reconcile(
        who or sign_in(),
        trust=trust or peer_trust(),
        terms=agreed or terms(),
        requirement=required if isinstance(required, Requirement) else Requirement(levels=required),
        now=now,
        linked=linked,
    )


def other_anchors_chain(entity: Entity) -> TrustChain:
    """A chain of the same entity under another anchor."""
    other = Entity("other-anchor")
    return validate_chain(
        [entity.configuration(other), other.about(entity), other.configuration()],
        anchors={other.id: other.keys},
        now=NOW,
        verify=verify,
    )


STRANGER = EntityId("https://stranger.example")
