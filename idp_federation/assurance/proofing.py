"""How an operator can establish who somebody is, and what that is worth: data, not code.

Spec: OpenID Connect for Identity Assurance 1.0 §5.1
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from idp_federation.assurance.acr import acr_of
from idp_federation.assurance.evidence import JP_AML
from idp_federation.assurance.levels import EVERY
from idp_federation.assurance.mapping import LevelMapping, ProofingRule
from idp_federation.assurance.words import Words

VERSION = 1
"""The version of the tables below; it goes up with every change."""

DOCUMENT = "document"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofingWay:
    """One way to establish who somebody is.

    Args:
        words: for people.
        level: 身元確認 that it leads to.
        check_method: what it is called in evidence.
    """

    words: Words
    level: int
    check_method: str


WAYS: Mapping[str, ProofingWay] = {
    "face_to_face": ProofingWay(
        words=Words("窓口などで対面し、原本を確認", "original seen face to face"),
        level=3,
        check_method="vpip",
    ),
    "documents": ProofingWay(
        words=Words("郵送・オンラインで写しを確認", "copy seen by post or online"),
        level=2,
        check_method="vri",
    ),
}
DOCUMENTS: Mapping[str, Words] = {
    "idcard": Words("マイナンバーカード（券面）", "My Number Card (its face)"),
    "driving_permit": Words("運転免許証", "driving licence"),
    "passport": Words("旅券", "passport"),
    "residence_permit": Words("在留カード", "residence card"),
    "health_insurance": Words("資格確認書（健康保険）", "health insurance certificate"),
}


def framework_of(anchor: str) -> str:
    """Name the trust framework by whose rules this platform's operators check people."""
    return f"https://{anchor}/tf/area-data"


def local_mapping(anchor: str, *, lasts: timedelta) -> LevelMapping:
    """Make the table by which this platform reads what it has itself seen and checked.

    Args:
        anchor: the domain of the trust framework.
        lasts: how long ago people may have been proofed.
    """
    own = framework_of(anchor)
    return LevelMapping(
        version=VERSION,
        authentication={acr_of(levels, anchor): levels.authentication for levels in EVERY},
        proofing=(
            *(
                ProofingRule(
                    trust_framework=own,
                    assurance_level=f"ial{level}",
                    evidence=frozenset({DOCUMENT}),
                    proofing=level,
                    max_age=lasts,
                )
                for level in sorted({way.level for way in WAYS.values()})
            ),
            ProofingRule(
                trust_framework=JP_AML,
                evidence=frozenset({DOCUMENT}),
                proofing=2,
                max_age=lasts,
            ),
        ),
    )
