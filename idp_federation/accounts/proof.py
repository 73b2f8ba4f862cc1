"""Proofing by an operator (身元確認): who was seen or what was read, when, by which organisation.

Spec: OpenID Connect for Identity Assurance 1.0 §5.1
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from idp_federation.accounts.account import checked_claims
from idp_federation.accounts.errors import InvalidAccount
from idp_federation.assurance.evidence import JP_AML
from idp_federation.assurance.proofing import DOCUMENT, DOCUMENTS, WAYS, framework_of
from kit.json import JsonObject, JsonValue

_MOST_TEXT = 200
_ALWAYS = ("name", "birthdate")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProof:
    """What an operator has established.

    Args:
        way: how (`WAYS`).
        document: what was read (`DOCUMENTS`).
        organisation: who checked it.
        claims: what the document says of her.
        checked_at: when; None: now.
        number: the document's own; None: it is not kept.
        criminal_proceeds: whether the check was one that the law against the transfer of criminal
            proceeds asks for (犯収法).
    """

    way: str
    document: str
    organisation: str
    claims: Mapping[str, JsonValue] = field(default_factory=dict)
    checked_at: datetime | None = None
    number: str | None = None
    criminal_proceeds: bool = False


def verified_by(proof: NewProof, *, anchor: str, now: datetime) -> tuple[JsonObject, ...]:
    """Write a proofing as verified claims: by our own rules, and by 犯収法 where it was asked for.

    Raises:
        InvalidAccount: it is incomplete, or cannot be right.
    """
    way = WAYS.get(proof.way)
    if way is None:
        raise _wrong("way", f"Way is {proof.way!r}; right are {', '.join(WAYS)}", "確認方法")
    if proof.document not in DOCUMENTS:
        known = ", ".join(DOCUMENTS)
        raise _wrong("document", f"Document is {proof.document!r}; right are {known}", "書類")
    if not 0 < len(proof.organisation.strip()) <= _MOST_TEXT:
        raise _wrong("organisation", "Organisation is missing or too long", "確認した組織")
    claims = checked_claims(proof.claims)
    missing = [name for name in _ALWAYS if name not in claims]
    if missing:
        raise _wrong(
            "claims", f"Claims lack {missing[0]}, which every document says", "氏名・生年月日"
        )
    _require_date(claims["birthdate"])
    checked_at = proof.checked_at or now
    if checked_at.tzinfo is None or checked_at > now + timedelta(seconds=60):
        raise _wrong("checked_at", "Instant of the check is to come, or has no zone", "確認日時")
    frameworks = (framework_of(anchor), *((JP_AML,) if proof.criminal_proceeds else ()))
    verification: JsonObject = {
        "assurance_level": f"ial{way.level}",
        "time": checked_at.isoformat(),
        "evidence": [_evidence(proof, way.check_method, checked_at)],
    }
    return tuple(
        {"verification": {"trust_framework": one, **verification}, "claims": claims}
        for one in frameworks
    )


def _evidence(proof: NewProof, check_method: str, checked_at: datetime) -> JsonObject:
    details: JsonObject = {"type": proof.document}
    if proof.number is not None:
        details["document_number"] = proof.number
    return {
        "type": DOCUMENT,
        "check_details": [
            {
                "check_method": check_method,
                "organization": proof.organisation.strip(),
                "time": checked_at.isoformat(),
            }
        ],
        "document_details": details,
    }


def _require_date(value: JsonValue) -> None:
    try:
        date.fromisoformat(str(value))
    except ValueError:
        raise _wrong("birthdate", "Birthdate is no date; right is 1990-04-01", "生年月日") from None


def _wrong(where: str, detail: str, what_ja: str) -> InvalidAccount:
    return InvalidAccount(detail, detail_ja=f"{what_ja}を確認してください。", where=where)
