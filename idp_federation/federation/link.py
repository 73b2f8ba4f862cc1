"""Links between two platforms: each says, signed, whether it accepts the other; and receipts.

Both are agreed between installations of this product, over what the standard gives: they are signed
with federation keys, which a trust chain attests.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from idp_federation.federation.claims import Claims
from idp_federation.federation.errors import InvalidRequest
from idp_federation.federation.identifiers import EntityId
from idp_federation.federation.jwt import JwkSet, Verify, check_signature, read_jwt
from kit.json import JsonObject

LINK = "peer-link+jwt"
RECEIPT = "exchange-receipt+jwt"
LINK_ENDPOINT = "renkei_link_endpoint"
RECEIPT_ENDPOINT = "renkei_receipt_endpoint"
LASTS = timedelta(seconds=60)
"""So long somebody's word on a link counts, and so long a receipt may be on its way."""
_TEXTS = ("id", "subject", "known_as", "purpose", "decision", "at")
"""What a receipt tells beside who gave and took what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """Who speaks to whom."""

    issuer: EntityId
    audience: EntityId


def link_claims(parties: Parties, *, is_accepted: bool, now: datetime) -> JsonObject:
    """Write whether one platform accepts another."""
    return {**_told(parties, now), "accepted": is_accepted}


def receipt_claims(parties: Parties, receipt: JsonObject, *, now: datetime) -> JsonObject:
    """Write a receipt as it is handed over."""
    return {**_told(parties, now), "receipt": receipt}


def read_link(token: str, *, parties: Parties, keys: JwkSet, now: datetime, verify: Verify) -> bool:
    """Read whether another platform accepts this one.

    Raises:
        InvalidJwt: it is no such answer, or not signed by the other.
        InvalidRequest: it is between others, or an old one.
    """
    claims = _believed(token, LINK, "Answer about a link", parties, keys, now, verify)
    return claims.members.get("accepted") is True


def read_receipt(
    token: str, *, parties: Parties, keys: JwkSet, now: datetime, verify: Verify
) -> JsonObject:
    """Read a receipt that another platform hands over.

    Raises:
        InvalidJwt: it is none, or not signed by the other.
        InvalidRequest: it is between others, an old one, tells of another exchange, or not all
            that a receipt tells.
    """
    claims = _believed(token, RECEIPT, "Receipt", parties, keys, now, verify)
    receipt = claims.members_of("receipt")
    if (receipt.get("sender"), receipt.get("recipient")) != (parties.issuer, parties.audience):
        raise claims.refusal("tells of an exchange between others")
    told = Claims(receipt, "Receipt", InvalidRequest)
    for name in _TEXTS:
        told.text(name)
    told.texts_in(receipt.get("items"), "items")
    return receipt


def _told(parties: Parties, now: datetime) -> JsonObject:
    return {
        "iss": parties.issuer,
        "sub": parties.audience,
        "aud": parties.audience,
        "iat": int(now.timestamp()),
        "exp": int((now + LASTS).timestamp()),
    }


def _believed(
    token: str,
    typ: str,
    what: str,
    parties: Parties,
    keys: JwkSet,
    now: datetime,
    verify: Verify,
) -> Claims:
    jwt = read_jwt(token, typ={typ})
    claims = Claims(jwt.claims, what, InvalidRequest)
    told = (claims.entity("iss"), claims.entity("sub"), claims.only_audience())
    if told != (parties.issuer, parties.audience, parties.audience):
        raise claims.refusal(f"is not one of {parties.issuer} to {parties.audience}")
    claims.require_current(claims.instant("iat"), claims.instant("exp"), now)
    check_signature(jwt, keys, verify, what=what)
    return claims
