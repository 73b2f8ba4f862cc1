"""The reasons that a decision is explained by, in Japanese and English."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from idp_federation.assurance.words import Language, Words
from kit.json import JsonObject


class Reason(Enum):
    """Why something was counted, lowered or refused; named as records name it."""

    LOCAL_SIGN_IN = "local_sign_in"
    UPSTREAM_ACCEPTED = "upstream_accepted"
    PEER_ACCEPTED = "peer_accepted"
    PEER_NOT_LISTED = "peer_not_listed"
    NO_TRUST_CHAIN = "no_trust_chain"
    FOREIGN_CHAIN = "foreign_chain"
    CHAIN_EXPIRED = "chain_expired"
    NO_PROVIDER = "no_provider"
    MAP_ACCEPTED = "map_accepted"
    NO_MAP = "no_map"
    FOREIGN_MAP = "foreign_map"
    MAP_NOT_ACCREDITED = "map_not_accredited"
    MAP_EXPIRED = "map_expired"
    MARK_NOT_ACTIVE = "mark_not_active"
    STATUS_AGEING = "status_ageing"
    STATUS_LOST = "status_lost"
    ACR_MAPPED = "acr_mapped"
    ACR_UNKNOWN = "acr_unknown"
    METHODS_MAPPED = "methods_mapped"
    ACR_PROVES = "acr_proves"
    AMR_CONTRADICTS = "amr_contradicts"
    SIGN_IN_STALE = "sign_in_stale"
    CLAIMS_ABSENT = "claims_absent"
    CLAIMS_FOREIGN = "claims_foreign"
    CLAIMS_UNKNOWN = "claims_unknown"
    CLAIMS_MAPPED = "claims_mapped"
    ACR_LIMITS_PROOFING = "acr_limits_proofing"
    CAPPED_BY_MAP = "capped_by_map"
    CAPPED_BY_AGREEMENT = "capped_by_agreement"
    CAPPED_BY_SOURCE = "capped_by_source"
    LINK_USED = "link_used"
    ENOUGH = "enough"
    LACKS_PROOFING = "lacks_proofing"
    LACKS_AUTHENTICATION = "lacks_authentication"
    LACKS_KYC = "lacks_kyc"
    LACKS_JPKI_SIGNATURE = "lacks_jpki_signature"
    OUT_OF_REACH = "out_of_reach"


UNTRUSTED = frozenset(
    {
        Reason.PEER_NOT_LISTED,
        Reason.NO_TRUST_CHAIN,
        Reason.FOREIGN_CHAIN,
        Reason.CHAIN_EXPIRED,
        Reason.NO_PROVIDER,
    }
)
"""The reasons for which a peer is not accepted at all."""

TEXTS: Mapping[Reason, Words] = {
    Reason.LOCAL_SIGN_IN: Words(
        "この基盤でのログインです。", "The sign-in took place at this platform."
    ),
    Reason.UPSTREAM_ACCEPTED: Words(
        "{issuer} はこの基盤に登録された認証事業者です（レベル表 第{version}版）。",
        "{issuer} is a provider registered here; its table of levels, version {version}, applies.",
    ),
    Reason.PEER_ACCEPTED: Words(
        "{issuer} は信頼の起点 {anchor} の下にある、許可された連携先です。",
        "{issuer} is an allowed peer under the trust anchor {anchor}.",
    ),
    Reason.PEER_NOT_LISTED: Words(
        "{issuer} は連携先として許可されていません。", "{issuer} is not among the allowed peers."
    ),
    Reason.NO_TRUST_CHAIN: Words(
        "{issuer} から信頼の起点に至る経路がありません。",
        "No trust chain leads from {issuer} to a pinned trust anchor.",
    ),
    Reason.FOREIGN_CHAIN: Words(
        "示された信頼の経路は {issuer} のものではありません。",
        "The trust chain is not one of {issuer}.",
    ),
    Reason.CHAIN_EXPIRED: Words(
        "{issuer} の信頼の経路は {at} に期限が切れました。",
        "The trust chain of {issuer} expired at {at}.",
    ),
    Reason.NO_PROVIDER: Words(
        "{issuer} はIDプロバイダーとして登録されていません。",
        "{issuer} is not an OpenID Provider in the federation.",
    ),
    Reason.MAP_ACCEPTED: Words(
        "{accreditor} が認めたレベル対応表（第{version}版）を使いました。",
        "The assurance map attested by {accreditor}, version {version}, applies.",
    ),
    Reason.NO_MAP: Words(
        "{issuer} のレベル対応表がないため、レベルは1です。",
        "{issuer} has no assurance map, so its levels are 1.",
    ),
    Reason.FOREIGN_MAP: Words(
        "レベル対応表は {issuer} のものではありません。",
        "The assurance map is not one of {issuer}.",
    ),
    Reason.MAP_NOT_ACCREDITED: Words(
        "レベル対応表の発行者 {accreditor} は認定機関ではありません。",
        "{accreditor}, who issued the assurance map, is no accreditor.",
    ),
    Reason.MAP_EXPIRED: Words(
        "レベル対応表は {at} に期限が切れました。", "The assurance map expired at {at}."
    ),
    Reason.MARK_NOT_ACTIVE: Words(
        "レベル対応表は無効です（状態: {status}）。",
        "The assurance map is not active: its status is {status}.",
    ),
    Reason.STATUS_AGEING: Words(
        "レベル対応表の状態を {seconds} 秒間確認できていません。",
        "The status of the assurance map was last confirmed {seconds} s ago.",
    ),
    Reason.STATUS_LOST: Words(
        "レベル対応表の状態を確認できないため、連携先のレベルは1です。",
        "The status of the assurance map is not known, so the peer's levels are 1.",
    ),
    Reason.ACR_MAPPED: Words(
        "acr {acr} は当人認証{level}に当たります。",
        "The acr {acr} stands for authentication {level}.",
    ),
    Reason.ACR_UNKNOWN: Words(
        "acr {acr} は対応表にないため、当人認証は1です。",
        "The acr {acr} is not in the map, so authentication is 1.",
    ),
    Reason.METHODS_MAPPED: Words(
        "認証手段 {amr} は当人認証{level}に当たります。",
        "The methods {amr} stand for authentication {level}.",
    ),
    Reason.ACR_PROVES: Words(
        "この事業者の acr {acr} は身元確認{level}に当たります。",
        "The acr {acr} of this provider stands for proofing {level}.",
    ),
    Reason.AMR_CONTRADICTS: Words(
        "認証手段 {amr} では当人認証{level}までです。",
        "The methods {amr} allow authentication {level} at most.",
    ),
    Reason.SIGN_IN_STALE: Words(
        "ログインが古いか、時刻が不明なため、当人認証は1です。",
        "The sign-in is too old or not dated, so authentication is 1.",
    ),
    Reason.CLAIMS_ABSENT: Words(
        "確認済みの本人情報がないため、身元確認は1です。",
        "There are no verified claims, so proofing is 1.",
    ),
    Reason.CLAIMS_FOREIGN: Words(
        "別の発行者または別人の確認情報を除きました。",
        "Verified claims of another issuer or person are left out.",
    ),
    Reason.CLAIMS_UNKNOWN: Words(
        "確認情報（{framework}）は対応表の条件（枠組み・証拠・時期）を満たしません。",
        "Verified claims by {framework} fit no rule of the map (framework, evidence, age).",
    ),
    Reason.CLAIMS_MAPPED: Words(
        "確認情報（{framework}）は身元確認{level}に当たります。",
        "Verified claims by {framework} stand for proofing {level}.",
    ),
    Reason.ACR_LIMITS_PROOFING: Words(
        "acr 自体が身元確認{level}までとしています。",
        "The acr itself claims proofing {level} at most.",
    ),
    Reason.CAPPED_BY_MAP: Words(
        "対応表の上限 {cap} が適用されました。", "The cap {cap} of the assurance map applies."
    ),
    Reason.CAPPED_BY_AGREEMENT: Words(
        "協定の上限 {cap} が適用されました。", "The cap {cap} of the agreement applies."
    ),
    Reason.CAPPED_BY_SOURCE: Words(
        "本人情報の取得元（{source}）の上限 {cap} が適用されました。",
        "The cap {cap} of the source {source} applies.",
    ),
    Reason.LINK_USED: Words(
        "連携したアカウントの身元確認を用い、{levels} となりました。",
        "With the proofing of the linked account the levels are {levels}.",
    ),
    Reason.ENOUGH: Words(
        "保有レベル {held} は要求レベル {required} を満たします。",
        "The levels held, {held}, reach what is required, {required}.",
    ),
    Reason.LACKS_PROOFING: Words(
        "身元確認が{held}で、{required}が必要です。",
        "Proofing is {held}; {required} is required.",
    ),
    Reason.LACKS_AUTHENTICATION: Words(
        "当人認証が{held}で、{required}が必要です。",
        "Authentication is {held}; {required} is required.",
    ),
    Reason.LACKS_KYC: Words(
        "犯収法に基づく本人確認（有効な日付のあるもの）が必要です。",
        "KYC by the law against transfer of criminal proceeds, recent and dated, is required.",
    ),
    Reason.LACKS_JPKI_SIGNATURE: Words(
        "マイナンバーカードによる電子署名が必要です。",
        "An electronic signature made with the My Number Card is required.",
    ),
    Reason.OUT_OF_REACH: Words(
        "上限 {ceiling} のため、この方法では引き上げられません。",
        "Stepping up does not help here: no more than {ceiling} can be reached.",
    ),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One step of a decision: why, and with which values."""

    reason: Reason
    details: Mapping[str, str] = field(default_factory=dict)

    def text(self, language: Language) -> str:
        """Tell it to a person."""
        return TEXTS[self.reason].in_(language, **self.details)


def explained(record: JsonObject, language: Language) -> Sequence[str]:
    """Tell the steps of a decision that was kept; what nobody knows any more is named as it is."""
    steps = record.get("reasons")
    told: list[str] = []
    for step in steps if isinstance(steps, list) else []:
        if not isinstance(step, dict):
            continue
        details = {name: str(value) for name, value in step.items() if name != "reason"}
        word = str(step.get("reason"))
        known = word in {reason.value for reason in Reason}
        told.append(Finding(Reason(word), details).text(language) if known else word)
    return told
