"""Clients: who may ask for tokens, how they prove who they are, and where people are sent back."""

from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import urlsplit

from idp_federation.assurance.service_class import DEFAULTS, Requirement, ServiceClass
from idp_federation.federation.errors import InvalidJwt
from idp_federation.federation.jwt import JwkSet, read_keys
from idp_federation.oidc.errors import InvalidClientMetadata, InvalidTarget
from kit.json import JsonObject, JsonValue

MAX_URIS = 20
_MAX_URI = 2048
_LOOPBACK = frozenset({"127.0.0.1", "[::1]", "localhost"})
_ID = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")


class ClientAuthentication(Enum):
    """How a client proves who it is."""

    PRIVATE_KEY_JWT = "private_key_jwt"
    CLIENT_SECRET_BASIC = "client_secret_basic"  # noqa: S105 - the name of a method
    NONE = "none"


class GrantType(Enum):
    """What a client may ask for tokens with."""

    AUTHORIZATION_CODE = "authorization_code"
    REFRESH_TOKEN = "refresh_token"  # noqa: S105 - the name of a grant
    CLIENT_CREDENTIALS = "client_credentials"
    TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 - likewise


class SubjectType(Enum):
    """Whether other sectors learn the same name of a person (OpenID Connect Core §8)."""

    PAIRWISE = "pairwise"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A client as it is registered.

    Args:
        id: its name; for a client of a federation its Entity Identifier.
        name: what people are shown, in Japanese.
        name_en: the same in English.
        purpose: what the data are for, shown where consent is asked for.
        tenants: in whose name it may act; the first is meant where a request names none.
        authentication: how it proves who it is.
        jwks: its keys, where they are registered.
        jwks_uri: where its keys are published, where they are not.
        grants: what it may ask for tokens with.
        redirect_uris: where people may be sent back, exactly.
        post_logout_redirect_uris: where, after signing out.
        backchannel_logout_uri: where it is told that a session has ended.
        scopes: what it may ask for at most.
        resources: services that its tokens may be for; the first where a request names none.
        serves: services that it is itself: tokens for them it may look into and exchange.
        service_class: the class of its service, which says which levels it requires.
        subject_type: pairwise or public names of people.
        sector: pairwise names are the same within one; empty: the client's own.
        dpop_required: whether all its tokens are bound to a key.
        par_required: whether it has to push its authorization requests.
        signed_requests: whether it has to sign them.
        proven_requests: whether it has to sign or push them: nobody has registered it, so that a
            request alone says nothing of who asks.
        consent_required: whether people are asked before their data go to it.
        disabled: whether it may do nothing any more.
        version: grows with each change.
    """

    id: str
    name: str = ""
    name_en: str = ""
    purpose: str = ""
    tenants: tuple[str, ...]
    authentication: ClientAuthentication
    jwks: JwkSet | None = None
    jwks_uri: str | None = None
    grants: frozenset[GrantType] = frozenset()
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    backchannel_logout_uri: str | None = None
    scopes: frozenset[str] = frozenset()
    resources: tuple[str, ...] = ()
    serves: tuple[str, ...] = ()
    service_class: ServiceClass = ServiceClass.AUTHENTICATED
    subject_type: SubjectType = SubjectType.PAIRWISE
    sector: str = ""
    dpop_required: bool = False
    par_required: bool = False
    signed_requests: bool = False
    proven_requests: bool = False
    consent_required: bool = True
    disabled: bool = False
    version: int = 1

    @property
    def requirement(self) -> Requirement:
        """What its service requires of who uses it."""
        return DEFAULTS[self.service_class]

    def tenant_for(self, asked: str | None) -> str:
        """Answer with the tenant that a request is about.

        Raises:
            InvalidTarget: the client may not act there.
        """
        if asked is None and self.tenants:
            return self.tenants[0]
        if asked is not None and asked in self.tenants:
            return asked
        raise InvalidTarget(f"Client {self.id} may not act in tenant {asked or '–'}")

    def audience_for(self, asked: tuple[str, ...]) -> tuple[str, ...]:
        """Answer with the services that a token is for.

        Spec: RFC 8707 §2
        Raises:
            InvalidTarget: the client may not reach one that it asks for.
        """
        foreign = [one for one in asked if one not in self.resources]
        if foreign:
            raise InvalidTarget(f"Client {self.id} may not reach {foreign[0]}")
        return asked or self.resources[:1]


def checked(client: Client) -> Client:
    """See that a client may be registered so.

    Spec: RFC 7591 §2, OpenID Connect Registration 1.0 §2; RFC 9700 §2.1
    Raises:
        InvalidClientMetadata: what is wrong.
    """
    problem = _problem(client)
    if problem is not None:
        raise InvalidClientMetadata(f"Client {client.id} {problem}")
    return client


def read_client_keys(value: JsonValue) -> JwkSet:
    """Read a client's public keys.

    Raises:
        InvalidClientMetadata: they are none.
    """
    try:
        return read_keys(value, what="jwks of the client")
    except InvalidJwt as wrong:
        raise InvalidClientMetadata(wrong.detail, where="jwks") from None


def may_redirect_to(uri: str) -> bool:
    """Tell whether people may be sent to a URI: https, or http on the machine itself.

    >>> may_redirect_to("https://app.example/cb"), may_redirect_to("http://app.example/cb")
    (True, False)
    >>> may_redirect_to("http://127.0.0.1:8080/cb"), may_redirect_to("javascript:alert(1)")
    (True, False)
    """
    if len(uri) > _MAX_URI or "#" in uri or not uri.isascii() or not uri.isprintable():
        return False
    if any(char in uri for char in ' "<>\\^`{|}'):
        return False
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or "@" in parts.netloc:
        return False
    named = f"[{host}]" if ":" in host else host
    return parts.scheme == "https" or (parts.scheme == "http" and named in _LOOPBACK)


def _problem(client: Client) -> str | None:
    is_named = client.id and len(client.id) <= 256 and (set(client.id) <= _ID)
    if not is_named:
        return "has no id of 1 to 256 letters, digits and -._~"
    if not client.tenants:
        return "acts in no tenant"
    return _problem_of_authentication(client) or _problem_of_uris(client)


def _problem_of_authentication(client: Client) -> str | None:
    keys = (client.jwks is not None) + (client.jwks_uri is not None)
    if client.authentication is ClientAuthentication.PRIVATE_KEY_JWT and keys != 1:
        return "has not exactly one of jwks and jwks_uri"
    alone = {GrantType.CLIENT_CREDENTIALS, GrantType.TOKEN_EXCHANGE}
    if client.authentication is ClientAuthentication.NONE and client.grants & alone:
        return "may not ask in its own name without proving who it is"
    if client.signed_requests and not keys:
        return "has no key to sign its requests with"
    return None


def _problem_of_uris(client: Client) -> str | None:
    if (GrantType.AUTHORIZATION_CODE in client.grants) != bool(client.redirect_uris):
        return "needs redirect_uris for authorization_code, and for nothing else"
    uris = (*client.redirect_uris, *client.post_logout_redirect_uris)
    told = [one for one in (client.backchannel_logout_uri, client.jwks_uri) if one is not None]
    if len(uris) > MAX_URIS:
        return f"has more than {MAX_URIS} addresses"
    wrong = [uri for uri in (*uris, *told) if not may_redirect_to(uri)]
    return f"has an address that is not https: {wrong[0]!r}" if wrong else None


def client_as_json(client: Client) -> JsonObject:
    """Write a client as its operator sees it, by the names of the registration specification."""
    return {
        "client_id": client.id,
        "client_name": client.name,
        "client_name#en": client.name_en,
        "purpose": client.purpose,
        "tenants": [*client.tenants],
        "token_endpoint_auth_method": client.authentication.value,
        "jwks": None if client.jwks is None else client.jwks.as_json(),
        "jwks_uri": client.jwks_uri,
        "grant_types": [*sorted(one.value for one in client.grants)],
        "redirect_uris": [*client.redirect_uris],
        "post_logout_redirect_uris": [*client.post_logout_redirect_uris],
        "backchannel_logout_uri": client.backchannel_logout_uri,
        "scope": " ".join(sorted(client.scopes)),
        "resources": [*client.resources],
        "serves": [*client.serves],
        "service_class": client.service_class.value,
        "subject_type": client.subject_type.value,
        "sector": client.sector,
        "dpop_bound_access_tokens": client.dpop_required,
        "require_pushed_authorization_requests": client.par_required,
        "require_signed_request_object": client.signed_requests,
        "consent_required": client.consent_required,
        "disabled": client.disabled,
        "version": client.version,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedSecret:
    """A client's new secret, shown once."""

    client: Client
    secret: str | None = field(repr=False)


def client_from_json(given: JsonObject) -> Client:
    """Read a client as `client_as_json` writes it; what is missing is as by default.

    Raises:
        InvalidClientMetadata: a member is of another kind.
    """
    keys = given.get("jwks")
    try:
        return Client(
            id=_text(given, "client_id"),
            name=_text(given, "client_name"),
            name_en=_text(given, "client_name#en"),
            purpose=_text(given, "purpose"),
            tenants=_texts(given, "tenants"),
            authentication=ClientAuthentication(
                _text(given, "token_endpoint_auth_method", "private_key_jwt")
            ),
            jwks=None if keys is None else read_client_keys(keys),
            jwks_uri=_text(given, "jwks_uri") or None,
            grants=frozenset(GrantType(one) for one in _texts(given, "grant_types")),
            redirect_uris=_texts(given, "redirect_uris"),
            post_logout_redirect_uris=_texts(given, "post_logout_redirect_uris"),
            backchannel_logout_uri=_text(given, "backchannel_logout_uri") or None,
            scopes=frozenset(_text(given, "scope").split()),
            resources=_texts(given, "resources"),
            serves=_texts(given, "serves"),
            service_class=ServiceClass(_text(given, "service_class", "authenticated")),
            subject_type=SubjectType(_text(given, "subject_type", "pairwise")),
            sector=_text(given, "sector"),
            dpop_required=_flag(given, "dpop_bound_access_tokens"),
            par_required=_flag(given, "require_pushed_authorization_requests"),
            signed_requests=_flag(given, "require_signed_request_object"),
            consent_required=_flag(given, "consent_required", default=True),
            disabled=_flag(given, "disabled"),
        )
    except ValueError as error:
        raise InvalidClientMetadata(f"Client has an unknown word: {error}") from None


def _text(given: JsonObject, name: str, default: str = "") -> str:
    value = given.get(name)
    if value is None:
        return default
    if isinstance(value, str):
        return value
    raise InvalidClientMetadata(f"Client has no text in {name}", where=name)


def _texts(given: JsonObject, name: str) -> tuple[str, ...]:
    value = given.get(name)
    if value is None:
        return ()
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return tuple(str(one) for one in value)
    raise InvalidClientMetadata(f"Client has no array of texts in {name}", where=name)


def _flag(given: JsonObject, name: str, *, default: bool = False) -> bool:
    value = given.get(name, default)
    if isinstance(value, bool):
        return value
    raise InvalidClientMetadata(f"Client has neither true nor false in {name}", where=name)
