"""What must hold between the attributes of one profile, and what is worth saying.

Spec: データ連携基盤の共同利用ガイドブック, 属性
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from joint_use.terms.profile import (
    Keeping,
    Linked,
    Number,
    PlatformScheme,
    Profile,
    ServiceScheme,
)


class Weight(Enum):
    """Whether a finding forbids the profile, or only advises."""

    CONTRADICTION = "contradiction"
    ADVICE = "advice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a rule found.

    Args:
        member: the attribute that would have to change.
    """

    weight: Weight
    member: str
    ja: str
    en: str


_Rule = Callable[[Profile], Iterator[Finding]]


def check(profile: Profile) -> list[Finding]:
    """Hold a profile against all rules; contradictions first."""
    found = [finding for rule in _RULES for finding in rule(profile)]
    return sorted(found, key=lambda finding: finding.weight is not Weight.CONTRADICTION)


def _personal_link_needs_authentication(profile: Profile) -> Iterator[Finding]:
    linked = profile.data_link is Linked.YES and profile.personal is not Keeping.NONE
    if linked and profile.authentication_link is Linked.NO:
        yield _contradiction(
            "authenticationLink",
            "パーソナルブローカーのデータ連携には、認証連携「あり」が必要です。",
            "Personal brokers are linked only where authentication is linked as well.",
        )


def _what_is_linked_exists(profile: Profile) -> Iterator[Finding]:
    brokers = {profile.personal, profile.non_personal}
    if profile.data_link is Linked.YES and brokers == {Keeping.NONE}:
        yield _contradiction(
            "dataLink",
            "ブローカーがないため、データ連携「あり」にはできません。",
            "There is no broker whose data could be linked.",
        )
    counts = profile.counts
    if counts is None or counts.authentication is not Number.NONE:
        return
    if profile.authentication_link is Linked.YES:
        yield _contradiction(
            "authenticationLink",
            "認証の数が0のため、認証連携「あり」にはできません。",
            "There is no authentication that could be linked.",
        )
    if (profile.proofing, profile.authentication) != (1, 1):
        yield _contradiction(
            "proofingLevel",
            "認証の数が0のため、身元確認・当人認証のレベルは1です。",
            "Without authentication both levels are 1.",
        )
    if profile.personal is not Keeping.NONE:
        yield _contradiction(
            "personalBroker",
            "認証の数が0のため、パーソナルブローカーは提供できません。",
            "A personal broker needs authentication.",
        )


def _no_platform_no_parts(profile: Profile) -> Iterator[Finding]:
    if profile.platform_scheme is not PlatformScheme.NONE:
        return
    parts = {"nonPersonalBroker": profile.non_personal, "personalBroker": profile.personal}
    for member, keeping in parts.items():
        if keeping is not Keeping.NONE:
            yield _contradiction(
                member,
                "基盤提供スキームが「なし」のため、ブローカーは「なし」です。",
                "Nobody provides a platform, so there is no broker.",
            )


def _counts_agree(profile: Profile) -> Iterator[Finding]:
    counts = profile.counts
    if counts is None:
        return
    pairs = ((profile.non_personal, counts.non_personal), (profile.personal, counts.personal))
    if any((keeping is Keeping.NONE) != (number is Number.NONE) for keeping, number in pairs):
        yield _contradiction(
            "counts",
            "ブローカーの数とデータ管理方式が合いません（0は「なし」のときだけです）。",
            "A broker's number is 0 exactly where there is none.",
        )


def _terms_fit_the_services(profile: Profile) -> Iterator[Finding]:
    terms = profile.resident_terms
    if profile.personal is not Keeping.NONE and terms is None:
        yield _advice(
            "residentTerms",
            "パーソナルデータを扱う基盤には、住民向け規約を定めてください。",
            "A platform of personal data should have terms for residents.",
        )
    private = profile.service_scheme in {ServiceScheme.PRIVATE, ServiceScheme.BOTH}
    if private and terms is not None and not terms.certification:
        yield _advice(
            "residentTerms",
            "民間がサービスを提供するため、認定と監査を規約に記載してください。",
            "Firms provide services: the terms should tell of certification and audit.",
        )


def _personal_levels_are_enough(profile: Profile) -> Iterator[Finding]:
    low = min(profile.proofing, profile.authentication) < 2
    if profile.personal is not Keeping.NONE and low:
        yield _advice(
            "proofingLevel",
            "パーソナルデータには、身元確認・当人認証ともレベル2以上を検討してください。",
            "For personal data both levels should be at least 2.",
        )


def _contradiction(member: str, ja: str, en: str) -> Finding:
    return Finding(weight=Weight.CONTRADICTION, member=member, ja=ja, en=en)


def _advice(member: str, ja: str, en: str) -> Finding:
    return Finding(weight=Weight.ADVICE, member=member, ja=ja, en=en)


_RULES: tuple[_Rule, ...] = (
    _personal_link_needs_authentication,
    _what_is_linked_exists,
    _no_platform_no_parts,
    _counts_agree,
    _terms_fit_the_services,
    _personal_levels_are_enough,
)
