"""The authorization request: read, and then decided upon.

Spec: OpenID Connect Core 1.0 §3.1.2, RFC 6749 §4.1, RFC 9700
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import TypeAlias
from urllib.parse import urlencode, urlsplit

from idp_federation.oidc.claims_request import (
    ClaimsRequest,
    claims_by_scope,
    read_claims_request,
)
from idp_federation.oidc.client import Client, GrantType
from idp_federation.oidc.errors import (
    InvalidRequest,
    InvalidScope,
    OAuthError,
    UnauthorizedClient,
    UnsupportedResponseType,
)
from idp_federation.oidc.pkce import read_challenge

Parameters: TypeAlias = Mapping[str, str]
"""Parameters of a request, each once; several values of `resource` with spaces between."""

_MAX_STATE = 2048
_MAX_NONCE = 512
_MAX_AGE = 10 * 365 * 86400
_JKT = 43  # SHA-256 as base64url


class Prompt(Enum):
    """What the person is to be asked, or that she is not to be (OpenID Connect Core §3.1.2.1)."""

    NONE = "none"
    LOGIN = "login"
    CONSENT = "consent"
    SELECT_ACCOUNT = "select_account"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """An authorization request that is as it has to be.

    Args:
        client: who asks.
        redirect_uri: where the answer goes; one of the client's.
        tenant: the municipality that it is about.
        scope: what is asked for.
        audience: the services that tokens are to be for.
        code_challenge: what the verifier has to belong to.
        state: comes back as it was.
        nonce: goes into the ID token.
        prompt: what the person is to be asked.
        max_age: how long ago she may have authenticated.
        acr_values: classes that would be welcome, the best first.
        claims: the `claims` parameter.
        jkt: the key that the code is bound to.
        login_hint: who it may be.
        id_token_hint: an ID token of hers.
        ui_locales: her languages, the best first.
    """

    client: Client
    redirect_uri: str
    tenant: str
    scope: frozenset[str]
    audience: tuple[str, ...]
    code_challenge: str
    state: str | None = None
    nonce: str | None = None
    prompt: frozenset[Prompt] = frozenset()
    max_age: timedelta | None = None
    acr_values: tuple[str, ...] = ()
    claims: ClaimsRequest = field(default_factory=ClaimsRequest)
    jkt: str | None = None
    login_hint: str | None = None
    id_token_hint: str | None = None
    ui_locales: tuple[str, ...] = ()

    @property
    def told(self) -> frozenset[str]:
        """The claims about the person that the client would learn."""
        return claims_by_scope(self.scope) | self.claims.about_person

    @property
    def is_silent(self) -> bool:
        """Whether the person may not be asked anything."""
        return Prompt.NONE in self.prompt


def require_redirect_uri(parameters: Parameters, client: Client) -> str:
    """Answer with where the answer to a request goes; before this is known nobody is redirected.

    Compared character by character, as it was registered.

    Spec: RFC 9700 §2.1
    Raises:
        InvalidRequest: it is not one of the client's.
    """
    asked = parameters.get("redirect_uri")
    if asked is not None and asked in client.redirect_uris:
        return asked
    raise InvalidRequest(
        f"Parameter redirect_uri is not one that client {client.id} has registered",
        where="redirect_uri",
    )


def read_request(parameters: Parameters, client: Client) -> AuthorizationRequest:
    """Read an authorization request.

    Raises:
        OAuthError: it is not as it has to be.
    """
    if GrantType.AUTHORIZATION_CODE not in client.grants:
        raise UnauthorizedClient(f"Client {client.id} may not ask people")
    if parameters.get("response_type") != "code":
        raise UnsupportedResponseType("Parameter response_type is not code", where="response_type")
    if parameters.get("response_mode", "query") != "query":
        raise InvalidRequest("Parameter response_mode is not query", where="response_mode")
    scope = require_scope(parameters.get("scope"), client)
    return AuthorizationRequest(
        client=client,
        redirect_uri=require_redirect_uri(parameters, client),
        tenant=client.tenant_for(parameters.get("tenant")),
        scope=scope,
        audience=client.audience_for(tuple(parameters.get("resource", "").split())),
        code_challenge=read_challenge(
            parameters.get("code_challenge"), parameters.get("code_challenge_method")
        ),
        state=_short(parameters, "state", _MAX_STATE),
        nonce=_short(parameters, "nonce", _MAX_NONCE),
        prompt=_prompt(parameters.get("prompt")),
        max_age=_max_age(parameters.get("max_age")),
        acr_values=tuple(parameters.get("acr_values", "").split()),
        claims=read_claims_request(parameters.get("claims")),
        jkt=_jkt(parameters.get("dpop_jkt")),
        login_hint=_short(parameters, "login_hint", _MAX_NONCE),
        id_token_hint=parameters.get("id_token_hint"),
        ui_locales=tuple(parameters.get("ui_locales", "").split())[:8],
    )


def require_scope(asked: str | None, client: Client) -> frozenset[str]:
    """Answer with what is asked for; where nothing is, with nothing.

    Spec: RFC 6749 §3.3
    Raises:
        InvalidScope: the client may not have it.
    """
    scope = frozenset((asked or "").split())
    foreign = sorted(scope - client.scopes)
    if foreign:
        raise InvalidScope(f"Client {client.id} may not ask for scope {foreign[0]}", where="scope")
    return scope


def answer_url(redirect_uri: str, parameters: Mapping[str, str | None]) -> str:
    """Write the address that carries an answer to the client.

    >>> answer_url("https://app.example/cb?x=1", {"code": "a b", "state": None})
    'https://app.example/cb?x=1&code=a+b'
    """
    query = urlencode({name: value for name, value in parameters.items() if value is not None})
    return f"{redirect_uri}{'&' if urlsplit(redirect_uri).query else '?'}{query}"


def refusal_url(redirect_uri: str, error: OAuthError, *, state: str | None, issuer: str) -> str:
    """Write the address that carries a refusal to the client.

    Spec: RFC 6749 §4.1.2.1, RFC 9207 §2
    """
    told = {"error": error.code, "error_description": plain(error.detail)}
    return answer_url(redirect_uri, {**told, "state": state, "iss": issuer})


def plain(text: str) -> str:
    """Write a text with the characters that an error_description may have (RFC 6749 §5.2)."""
    return "".join(one if " " <= one <= "~" and one not in '"\\' else "?" for one in text)


def is_stale(auth_time: datetime, max_age: timedelta | None, now: datetime) -> bool:
    """Tell whether somebody authenticated too long ago."""
    return max_age is not None and now > auth_time + max_age


def _short(parameters: Parameters, name: str, longest: int) -> str | None:
    value = parameters.get(name)
    if value is not None and len(value) > longest:
        raise InvalidRequest(f"Parameter {name} has more than {longest} characters", where=name)
    return value


def _prompt(asked: str | None) -> frozenset[Prompt]:
    try:
        prompt = frozenset(Prompt(one) for one in (asked or "").split())
    except ValueError:
        raise InvalidRequest("Parameter prompt has an unknown word", where="prompt") from None
    if Prompt.NONE in prompt and len(prompt) > 1:
        raise InvalidRequest("Parameter prompt has none beside others", where="prompt")
    return prompt


def _max_age(asked: str | None) -> timedelta | None:
    if asked is None:
        return None
    if asked.isascii() and asked.isdigit() and int(asked[:12]) <= _MAX_AGE:
        return timedelta(seconds=int(asked))
    raise InvalidRequest("Parameter max_age is not a number of seconds", where="max_age")


def _jkt(asked: str | None) -> str | None:
    if asked is not None and len(asked) != _JKT:
        raise InvalidRequest("Parameter dpop_jkt is not a SHA-256 thumbprint", where="dpop_jkt")
    return asked
