"""Two profiles side by side: what differs, and what must change before joining or linking.

Joining (共同利用) is using one platform together: theirs takes us in. Linking (つなぐ) leaves two
platforms, which exchange data and let each other's residents in.

Spec: データ連携基盤の共同利用ガイドブック, 属性 and 前後の状態
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from joint_use.terms.profile import (
    ATTRIBUTES,
    Attribute,
    Keeping,
    Linked,
    PlatformScheme,
    Profile,
    Reach,
    ServiceScheme,
)
from joint_use.terms.profile_document import document_of
from kit.json import JsonValue


class Need(Enum):
    """What one attribute asks for before a step."""

    NOTHING = "nothing"
    AGREEMENT = "agreement"  # to be settled between the two; nothing has to change
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one attribute asks for, and why."""

    need: Need
    ja: str = ""
    en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One attribute of both platforms."""

    attribute: Attribute
    ours: JsonValue
    theirs: JsonValue
    joining: Verdict
    linking: Verdict

    @property
    def differs(self) -> bool:
        """Whether the two say something different."""
        return self.ours != self.theirs


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two profiles, attribute by attribute, in the guidebook's order."""

    rows: tuple[Compared, ...]

    @property
    def can_join(self) -> bool:
        """Whether nothing has to change before theirs takes us in."""
        return all(row.joining.need is not Need.CHANGE for row in self.rows)

    @property
    def can_link(self) -> bool:
        """Whether nothing has to change before the two are linked."""
        return all(row.linking.need is not Need.CHANGE for row in self.rows)


_Judge = Callable[[Profile, Profile], Verdict]
_FINE = Verdict(Need.NOTHING)


def compare(ours: Profile, theirs: Profile) -> Comparison:
    """Compare our profile with that of the platform that we would join or link with."""
    left, right = document_of(ours), document_of(theirs)
    return Comparison(
        rows=tuple(
            Compared(
                attribute=one,
                ours=left.get(one.member),
                theirs=right.get(one.member),
                joining=_JOINING.get(one.member, _fine)(ours, theirs),
                linking=_LINKING.get(one.member, _fine)(ours, theirs),
            )
            for one in ATTRIBUTES
        )
    )


def _fine(_ours: Profile, _theirs: Profile) -> Verdict:
    return _FINE


def _services_have_room(ours: Profile, theirs: Profile) -> Verdict:
    if _providers(ours) <= _providers(theirs):
        return _FINE
    return Verdict(
        Need.CHANGE,
        "相手の基盤は、こちらのサービス提供者を受け入れていません。"
        "サービス提供スキームを広げる必要があります。",
        "Their platform does not admit those who provide our services; its scheme must widen.",
    )


def _providers(profile: Profile) -> frozenset[str]:
    return {
        ServiceScheme.NONE: frozenset[str](),
        ServiceScheme.MUNICIPALITIES: frozenset({"municipality"}),
        ServiceScheme.PRIVATE: frozenset({"private"}),
        ServiceScheme.BOTH: frozenset({"municipality", "private"}),
        ServiceScheme.BODY: frozenset({"municipality", "private"}),
    }[profile.service_scheme]


def _residents_are_reached(_ours: Profile, theirs: Profile) -> Verdict:
    if theirs.reach is Reach.PREFECTURE:
        return _FINE
    return Verdict(
        Need.CHANGE,
        "相手の基盤の利用者は一つの基礎自治体内に限られています。"
        "「都道府県内」に広げる必要があります。",
        "Their services reach the residents of one municipality only; they must reach the "
        "prefecture's.",
    )


def _there_is_a_platform(_ours: Profile, theirs: Profile) -> Verdict:
    if theirs.platform_scheme is not PlatformScheme.NONE:
        return _FINE
    return Verdict(
        Need.CHANGE,
        "相手には基盤がありません。先に用意する必要があります。",
        "They have no platform; one must be there first.",
    )


def _terms_cover_us(ours: Profile, theirs: Profile) -> Verdict:
    if ours.resident_terms == theirs.resident_terms:
        return _FINE
    if theirs.resident_terms is None and ours.personal is not Keeping.NONE:
        return Verdict(
            Need.CHANGE,
            "相手に住民向け規約がありません。パーソナルデータの共同利用の前に定める必要があります。",
            "They have no terms for residents, which personal data need before joining.",
        )
    return Verdict(
        Need.AGREEMENT,
        "規約の記載事項が異なります。住民への説明をそろえてください。",
        "The terms say different things; residents should be told the same.",
    )


def _joined_levels(member: str) -> _Judge:
    def judge(ours: Profile, theirs: Profile) -> Verdict:
        mine, other = _level(ours, member), _level(theirs, member)
        if other >= mine:
            return _FINE
        return Verdict(
            Need.CHANGE,
            f"相手のレベル{other}では、レベル{mine}を要するサービスを移せません。"
            "相手側の引き上げが必要です。",
            f"Their level {other} does not carry services that need level {mine}; it must rise.",
        )

    return judge


def _linked_levels(member: str) -> _Judge:
    def judge(ours: Profile, theirs: Profile) -> Verdict:
        mine, other = _level(ours, member), _level(theirs, member)
        if mine == other:
            return _FINE
        return Verdict(
            Need.AGREEMENT,
            f"レベルが異なるため、整合の対応表を定めてください。{min(mine, other)}を超える"
            "サービスでは、低い側の利用者に引き上げ（追加の確認）を求めます。",
            f"Levels are to be reconciled by a map; above {min(mine, other)} users of the weaker "
            "side step up.",
        )

    return judge


def _level(profile: Profile, member: str) -> int:
    return profile.proofing if member == "proofingLevel" else profile.authentication


def _room_for(member: str) -> _Judge:
    def judge(ours: Profile, theirs: Profile) -> Verdict:
        mine, other = _keeping(ours, member), _keeping(theirs, member)
        if mine is other or mine is Keeping.NONE:
            return _FINE
        if other is Keeping.NONE:
            return Verdict(
                Need.CHANGE,
                "相手にこのブローカーがありません。データの置き場所を用意する必要があります。",
                "They have no such broker; our data need a place.",
            )
        if mine is Keeping.SEPARATED:
            return Verdict(
                Need.CHANGE,
                "こちらは接続組織ごとにデータベースを分離しています。"
                "相手でも分離するか、分離しないことを組織が承諾する必要があります。",
                "Our organisations have databases of their own; theirs must offer that, or the "
                "organisations must agree to do without.",
            )
        return Verdict(
            Need.AGREEMENT,
            "データの置き場所が変わります。移行の手順と時期を取り決めてください。",
            "Data will be kept elsewhere; agree how and when they move.",
        )

    return judge


def _keeping(profile: Profile, member: str) -> Keeping:
    return profile.personal if member == "personalBroker" else profile.non_personal


def _data_links(ours: Profile, theirs: Profile) -> Verdict:
    closed = [
        who for who, one in (("こちら", ours), ("相手", theirs)) if one.data_link is not Linked.YES
    ]
    if not closed:
        return _FINE
    return Verdict(
        Need.CHANGE,
        f"{'と'.join(closed)}のデータ連携を「あり」にする必要があります。",
        "Both sides must offer the link of data.",
    )


def _authentication_links(ours: Profile, theirs: Profile) -> Verdict:
    both = ours.authentication_link is theirs.authentication_link is Linked.YES
    if both:
        return _FINE
    if Keeping.NONE not in {ours.personal, theirs.personal}:
        return Verdict(
            Need.CHANGE,
            "パーソナルデータの連携には、双方の認証連携「あり」が必要です。",
            "Personal data are linked only where both sides link authentication.",
        )
    return Verdict(
        Need.AGREEMENT,
        "認証連携がないため、住民は基盤ごとにサインインします。",
        "Without the link of authentication residents sign in at each platform.",
    )


def _terms_of_both(ours: Profile, theirs: Profile) -> Verdict:
    terms = (ours.resident_terms, theirs.resident_terms)
    personal = Keeping.NONE not in {ours.personal, theirs.personal}
    if personal and None in terms:
        return Verdict(
            Need.CHANGE,
            "パーソナルデータの連携には、双方の住民向け規約が必要です。",
            "Personal data are linked only where both sides have terms for residents.",
        )
    apart = all(one is not None and one.platform_apart for one in terms)
    if apart or terms == (None, None):
        return _FINE
    return Verdict(
        Need.AGREEMENT,
        "障害や漏えいの際にどちらの基盤の責任かを、規約で区別してください。",
        "The terms should tell which platform answers for what.",
    )


_JOINING: dict[str, _Judge] = {
    "serviceScheme": _services_have_room,
    "reach": _residents_are_reached,
    "platformScheme": _there_is_a_platform,
    "residentTerms": _terms_cover_us,
    "proofingLevel": _joined_levels("proofingLevel"),
    "authenticationLevel": _joined_levels("authenticationLevel"),
    "nonPersonalBroker": _room_for("nonPersonalBroker"),
    "personalBroker": _room_for("personalBroker"),
}
_LINKING: dict[str, _Judge] = {
    "platformScheme": _there_is_a_platform,
    "residentTerms": _terms_of_both,
    "proofingLevel": _linked_levels("proofingLevel"),
    "authenticationLevel": _linked_levels("authenticationLevel"),
    "authenticationLink": _authentication_links,
    "dataLink": _data_links,
}
