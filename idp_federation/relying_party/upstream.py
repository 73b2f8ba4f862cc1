"""An upstream provider as it is registered: data that an operator can change, no code."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from idp_federation.assurance.errors import InvalidMapping
from idp_federation.assurance.levels import lower
from idp_federation.assurance.mapping import (
    LevelMapping,
    mapping_as_json,
    read_provider_table,
)
from idp_federation.assurance.sources import SOURCES, IdentitySource
from idp_federation.oidc.client import ClientAuthentication, may_redirect_to
from idp_federation.oidc.jwt import texts
from idp_federation.relying_party.errors import InvalidUpstream
from joint_use import Levels
from kit.json import JsonObject, JsonValue

_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?", re.ASCII)
_CLIENT_ID = re.compile(r"[\x20-\x7e]{1,255}", re.ASCII)
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+", re.ASCII)
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")
"""The addresses that can be registered for a provider that publishes no metadata."""
_AUTHENTICATIONS = (ClientAuthentication.PRIVATE_KEY_JWT, ClientAuthentication.CLIENT_SECRET_BASIC)


class Kind(Enum):
    """The kinds of providers: each has its own presets (`presets.py`)."""

    GENERIC = "generic"
    DIGITAL_AUTH = "digital_auth"
    EKYC = "ekyc"
    SNS = "sns"
    PEER = "peer"


class AssertionAudience(Enum):
    """Whom a provider wants to find in the `aud` of a client assertion."""

    ISSUER = "issuer"
    TOKEN_ENDPOINT = "token_endpoint"  # noqa: S105 - the name of an address


class AcrRequest(Enum):
    """How a provider is asked for a class of authentication."""

    ESSENTIAL = "essential"
    ACR_VALUES = "acr_values"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """An upstream provider as it is registered.

    Args:
        id: its name in addresses and commands.
        kind: which presets it has.
        name: what people are shown, in Japanese.
        name_en: the same in English.
        issuer: its identifier; compared character by character.
        client_id: whom it knows this platform as.
        authentication: how this platform proves there who it is.
        assertion_audience: whom its client assertions are for.
        scopes: what is asked for.
        acr_request: how a class of authentication is asked for.
        acr_values: what is always asked for as `acr_values`.
        algorithms: those that its ID tokens may be signed with.
        source: where the identities that it vouches for come from; caps what they are worth.
        tenants: the municipalities that offer it; none: all.
        opens_accounts: whether who comes for the first time gets an account.
        endpoints: its addresses, where it publishes no metadata.
        mapping: the table that says which levels its words stand for.
        disabled: whether nobody may sign in by it.
        version: grows with each change.
    """

    id: str
    kind: Kind
    name: str
    name_en: str
    issuer: str
    client_id: str
    authentication: ClientAuthentication
    assertion_audience: AssertionAudience = AssertionAudience.ISSUER
    scopes: tuple[str, ...]
    acr_request: AcrRequest
    acr_values: tuple[str, ...] = ()
    algorithms: tuple[str, ...]
    source: IdentitySource
    tenants: tuple[str, ...] = ()
    opens_accounts: bool = False
    endpoints: Mapping[str, str] = field(default_factory=dict)
    mapping: LevelMapping
    disabled: bool = False
    version: int = 1

    @property
    def ceiling(self) -> Levels:
        """The most that a sign-in there can be worth."""
        return lower(self.mapping.cap, self.source.cap)

    def is_offered_at(self, tenant: str) -> bool:
        """Tell whether people of a municipality may sign in there."""
        return not self.disabled and (not self.tenants or tenant in self.tenants)


def upstream_as_json(upstream: Upstream) -> JsonObject:
    """Write a provider as its operator sees it."""
    return {
        "id": upstream.id,
        "kind": upstream.kind.value,
        "name": upstream.name,
        "name#en": upstream.name_en,
        "issuer": upstream.issuer,
        "client_id": upstream.client_id,
        "token_endpoint_auth_method": upstream.authentication.value,
        "assertion_audience": upstream.assertion_audience.value,
        "scope": " ".join(upstream.scopes),
        "acr_request": upstream.acr_request.value,
        "acr_values": [*upstream.acr_values],
        "id_token_signing_algs": [*upstream.algorithms],
        "source": upstream.source.name,
        "tenants": [*upstream.tenants],
        "opens_accounts": upstream.opens_accounts,
        "endpoints": {**upstream.endpoints},
        "table": mapping_as_json(upstream.mapping),
        "disabled": upstream.disabled,
        "version": upstream.version,
    }


def upstream_from_json(given: JsonObject, *, anchor: str) -> Upstream:
    """Read a provider as `upstream_as_json` writes it, and see that it may be registered so.

    Args:
        given: every member.
        anchor: the domain whose acr values are the framework's own.

    Raises:
        InvalidUpstream: what is wrong.
    """
    try:
        upstream = Upstream(
            id=_text(given, "id"),
            kind=Kind(_text(given, "kind")),
            name=_text(given, "name"),
            name_en=_text(given, "name#en"),
            issuer=_text(given, "issuer"),
            client_id=_text(given, "client_id"),
            authentication=ClientAuthentication(_text(given, "token_endpoint_auth_method")),
            assertion_audience=AssertionAudience(_text(given, "assertion_audience") or "issuer"),
            scopes=tuple(_text(given, "scope").split()),
            acr_request=AcrRequest(_text(given, "acr_request")),
            acr_values=_texts(given, "acr_values"),
            algorithms=_texts(given, "id_token_signing_algs"),
            source=_source(_text(given, "source")),
            tenants=_texts(given, "tenants"),
            opens_accounts=given.get("opens_accounts") is True,
            endpoints=_endpoints(given.get("endpoints")),
            mapping=read_provider_table(given.get("table"), anchor=anchor),
            disabled=given.get("disabled") is True,
        )
    except InvalidMapping as wrong:
        raise InvalidUpstream(wrong.detail, where=f"table.{wrong.where}") from None
    except ValueError as wrong:
        raise InvalidUpstream(f"Provider has an unknown word: {wrong}") from None
    problem = _problem(upstream)
    if problem is not None:
        where, said = problem
        raise InvalidUpstream(f"Provider {upstream.id[:40]!r} {said}", where=where)
    return upstream


def _problem(upstream: Upstream) -> tuple[str, str] | None:
    """Say what is wrong with a provider, and where."""
    wrong = {
        "id": None if _ID.fullmatch(upstream.id) else "has no id of 1 to 40 of a-z, 0-9 and -",
        "name": None if upstream.name else "has no name for people",
        "issuer": _wrong_issuer(upstream.issuer),
        "client_id": None if _CLIENT_ID.fullmatch(upstream.client_id) else "has no client_id",
        "token_endpoint_auth_method": None
        if upstream.authentication in _AUTHENTICATIONS
        else "is shown nothing; right are private_key_jwt and client_secret_basic",
        "scope": None if "openid" in upstream.scopes else "is not asked for openid",
        "id_token_signing_algs": None if upstream.algorithms else "may sign with nothing",
        "source": None
        if upstream.kind is not Kind.SNS or upstream.source.cap.proofing == 1
        else "is of the kind sns, whose source proves nobody's identity",
    }
    found = next(((where, said) for where, said in wrong.items() if said is not None), None)
    if found is None and not all(_SCOPE.fullmatch(one) for one in upstream.scopes):
        return "scope", "is asked for a scope with a character that is none"
    return found or _wrong_endpoints(upstream)


def _wrong_issuer(issuer: str) -> str | None:
    if may_redirect_to(issuer) and "?" not in issuer:
        return None
    return "has an issuer that is no https address without query"


def _wrong_endpoints(upstream: Upstream) -> tuple[str, str] | None:
    given = upstream.endpoints
    if not given:
        return None
    unknown = sorted(given.keys() - {*ENDPOINTS})
    missing = [name for name in ENDPOINTS[:3] if name not in given]
    if unknown or missing:
        return "endpoints", f"has endpoints without {missing} or with unknown {unknown}"
    wrong = [name for name, url in given.items() if not may_redirect_to(url)]
    return ("endpoints", f"has an address that is not https in {wrong[0]}") if wrong else None


def _source(name: str) -> IdentitySource:
    found = SOURCES.get(name)
    if found is None:
        raise InvalidUpstream(
            f"Source {name!r} is not known; right are {', '.join(SOURCES)}", where="source"
        )
    return found


def _endpoints(value: JsonValue) -> Mapping[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        raise InvalidUpstream("Provider has no object of addresses in endpoints", where="endpoints")
    return {name: str(url) for name, url in value.items()}


def _text(given: JsonObject, name: str) -> str:
    value = given.get(name, "")
    if isinstance(value, str):
        return value
    raise InvalidUpstream(f"Provider has no text in {name}", where=name)


def _texts(given: JsonObject, name: str) -> tuple[str, ...]:
    value = given.get(name, [])
    found = texts(value) if isinstance(value, list) else ()
    if not isinstance(value, list) or len(found) != len(value):
        raise InvalidUpstream(f"Provider has no array of texts in {name}", where=name)
    return found
