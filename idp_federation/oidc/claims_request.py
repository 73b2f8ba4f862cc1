"""Which claims a client asks for: by scope, and one by one.

Spec: OpenID Connect Core 1.0 §5.4, §5.5
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from idp_federation.oidc.errors import InvalidRequest
from idp_federation.oidc.jwt import texts
from kit.json import JsonObject, JsonValue

OPENID = "openid"
OFFLINE_ACCESS = "offline_access"
VERIFIED_CLAIMS = "verified_claims"
_MAX_TEXT = 16_384

SCOPE_CLAIMS: Mapping[str, tuple[str, ...]] = {
    "profile": (
        "name",
        "family_name",
        "given_name",
        "middle_name",
        "nickname",
        "preferred_username",
        "profile",
        "picture",
        "website",
        "gender",
        "birthdate",
        "zoneinfo",
        "locale",
        "updated_at",
    ),
    "email": ("email", "email_verified"),
    "address": ("address",),
    "phone": ("phone_number", "phone_number_verified"),
}
CLAIMS = tuple(dict.fromkeys(name for names in SCOPE_CLAIMS.values() for name in names))
"""The claims about people that can be told (§5.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimsRequest:
    """The `claims` parameter.

    Args:
        userinfo: what is asked for at the UserInfo endpoint.
        id_token: what is asked for in the ID token.
    """

    userinfo: JsonObject = field(default_factory=dict)
    id_token: JsonObject = field(default_factory=dict)

    def as_json(self) -> JsonObject:
        """Write it as the parameter."""
        return {"userinfo": self.userinfo, "id_token": self.id_token}

    @property
    def essential_acr(self) -> tuple[str, ...] | None:
        """The acr values of which one has to be reached; None where none has to be (§5.5.1.1)."""
        asked = self.id_token.get("acr")
        if not isinstance(asked, dict) or asked.get("essential") is not True:
            return None
        values = texts(asked.get("values", asked.get("value")))
        return values or None

    @property
    def voluntary_acr(self) -> tuple[str, ...]:
        """The acr values that would be welcome."""
        asked = self.id_token.get("acr")
        if not isinstance(asked, dict) or asked.get("essential") is True:
            return ()
        return texts(asked.get("values", asked.get("value")))

    @property
    def about_person(self) -> frozenset[str]:
        """The names of claims about the person, verified ones too, wherever they are asked for."""
        asked = {name for part in (self.userinfo, self.id_token) for name in part}
        verified = {
            name
            for part in (self.userinfo, self.id_token)
            for item in as_list(part.get(VERIFIED_CLAIMS))
            if isinstance(item, dict) and isinstance(item.get("claims"), dict)
            for name in _members(item["claims"])
        }
        return frozenset((asked & {*CLAIMS}) | {f"{VERIFIED_CLAIMS}.{one}" for one in verified})


def read_claims_request(parameter: str | None) -> ClaimsRequest:
    """Read the `claims` parameter; unknown members are left out.

    Raises:
        InvalidRequest: it is no JSON object of objects.
    """
    if parameter is None:
        return ClaimsRequest()
    try:
        given = json.loads(parameter) if len(parameter) <= _MAX_TEXT else None
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise InvalidRequest("Parameter claims is not a JSON object", where="claims")
    return ClaimsRequest(
        userinfo=_part(given.get("userinfo"), "userinfo"),
        id_token=_part(given.get("id_token"), "id_token"),
    )


def claims_by_scope(scope: frozenset[str]) -> frozenset[str]:
    """List the claims that scopes stand for.

    >>> sorted(claims_by_scope(frozenset({"openid", "email"})))
    ['email', 'email_verified']
    """
    return frozenset(name for one in scope for name in SCOPE_CLAIMS.get(one, ()))


def is_wanted(value: JsonValue, asked: JsonValue) -> bool:
    """Tell whether a claim has a value that is asked for (§5.5.1)."""
    if not isinstance(asked, dict):
        return True
    if "value" in asked and value != asked["value"]:
        return False
    values = asked.get("values")
    return not isinstance(values, list) or value in values


def as_list(value: JsonValue) -> list[JsonValue]:
    """Read one or several as several; nothing as none."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _members(value: JsonValue) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, dict) else ()


def _part(value: JsonValue, name: str) -> JsonObject:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidRequest(f"Parameter claims has no object in {name}", where="claims")
    return value
