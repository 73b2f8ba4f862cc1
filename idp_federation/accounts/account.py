"""An account as its operator sees it, and as its owner does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from idp_federation.accounts.errors import InvalidAccount
from idp_federation.oidc.claims_request import CLAIMS
from idp_federation.oidc.session import Account
from kit.json import JsonObject, JsonValue

_MOST_TEXT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRecord:
    """An account and its life.

    Args:
        account: what clients may learn of it.
        login: the name that she signs in by; None: she signs in elsewhere.
        created_at: since when.
        closed_at: until when; None: it is open.
    """

    account: Account
    login: str | None
    created_at: datetime
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountEvent:
    """One thing that was done to an account."""

    what: str
    by: str
    at: datetime
    detail: JsonObject = field(default_factory=dict)


def checked_claims(claims: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """See that what is to be known of a person are claims that can be told.

    Spec: OpenID Connect Core 1.0 §5.1
    Raises:
        InvalidAccount: one is unknown, or no text where it has to be one.
    """
    for name, value in claims.items():
        if name not in CLAIMS:
            raise InvalidAccount(
                f"Claim {name[:50]!r} is unknown; right are those of OpenID Connect Core §5.1",
                detail_ja=f"項目 {name[:50]} はOpenID Connectの標準項目にありません。",
                where=name[:50],
            )
        if not _is_kind(name, value):
            raise InvalidAccount(
                f"Claim {name} is not of its kind: a text of at most {_MOST_TEXT} characters, "
                "or an object for address",
                detail_ja=f"項目 {name} の値の形が正しくありません。",
                where=name,
            )
    return dict(claims)


def _is_kind(name: str, value: JsonValue) -> bool:
    if name.endswith("_verified"):
        return isinstance(value, bool)
    if name == "updated_at":
        return isinstance(value, int) and not isinstance(value, bool)
    if name == "address":
        return isinstance(value, dict) and all(
            isinstance(part, str) and len(part) <= _MOST_TEXT for part in value.values()
        )
    return isinstance(value, str) and 0 < len(value) <= _MOST_TEXT
