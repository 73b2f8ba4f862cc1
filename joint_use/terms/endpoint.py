"""ExternalEndpoint: where an external tenant's own NGSI-LD endpoint is, and how it is entered."""

import re
from dataclasses import dataclass, field, replace
from typing import TypeAlias, assert_never
from urllib.parse import urlsplit, urlunsplit

from joint_use.terms.errors import InvalidTerm
from kit.json import JsonObject

LONGEST_TIMEOUT_S = 300.0
_API = "/ngsi-ld/v1"
_HOST = re.compile(r"[^\s/?#@\\]+", re.ASCII)
_TENANT = re.compile(r"[!-+\--~]{1,256}", re.ASCII)  # visible ASCII without the comma
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}", re.ASCII)  # RFC 9110 §5.6.2
_VALUE = re.compile(r"[\x20-\x7e]{1,8192}", re.ASCII)
_NOT_FOR_KEYS = re.compile(
    "ngsild-.*|host|accept|content-.*|link|prefer|via|cookie|connection|keep-alive|te|trailer"
    "|transfer-encoding|upgrade|expect|proxy-.*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoCredentials:
    """The endpoint asks for none, or knows us by our address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A header that every request carries."""

    header: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCredentials:
    """OAuth 2.0 client credentials (RFC 6749 §4.4).

    Args:
        token_url: where tokens are had.
        scope: what is asked for; "": nothing in particular.
    """

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCertificate:
    """Mutual TLS: our certificate, with those between it and its authority, and its key, in PEM."""

    certificate: str
    key: str = field(repr=False)


Credentials: TypeAlias = NoCredentials | ApiKey | ClientCredentials | ClientCertificate


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalEndpoint:
    """Where requests to an external tenant go.

    Args:
        url: what stands before /ngsi-ld/v1.
        tenant: what the endpoint calls the tenant in NGSILD-Tenant; None: its default one.
        authorities: certificates to trust beside the usual ones, in PEM; "": none.
        timeout_s: within which a request is answered, with all its repetitions.
    """

    url: str
    tenant: str | None = None
    credentials: Credentials = NoCredentials()
    authorities: str = ""
    timeout_s: float = 30.0


def kind_of(credentials: Credentials) -> str:
    """Name a kind of credentials.

    >>> kind_of(NoCredentials())
    'none'
    """
    match credentials:
        case NoCredentials():
            return "none"
        case ApiKey():
            return "api_key"
        case ClientCredentials():
            return "oauth2"
        case ClientCertificate():
            return "mtls"
        case _:
            assert_never(credentials)


def checked_endpoint(endpoint: ExternalEndpoint) -> ExternalEndpoint:
    """Answer with an endpoint in one spelling.

    Raises:
        InvalidTerm: a part of it cannot be right.

    >>> checked_endpoint(ExternalEndpoint(url="https://broker.example/ngsi-ld/v1/")).url
    'https://broker.example'
    """
    if endpoint.tenant is not None and not _TENANT.fullmatch(endpoint.tenant):
        raise _invalid("tenant", "is 1 to 256 visible ASCII characters without commas")
    if not 0 < endpoint.timeout_s <= LONGEST_TIMEOUT_S:
        raise _invalid("timeout_s", f"is above 0 and at most {LONGEST_TIMEOUT_S:g} seconds")
    _require_credentials(endpoint.credentials)
    url = _checked_url(endpoint.url, "url")
    if isinstance(endpoint.credentials, ClientCertificate) and not url.startswith("https:"):
        raise _invalid("url", "is https where a client certificate is to be shown")
    return replace(endpoint, url=url.removesuffix(_API))


def origin_of(url: str) -> tuple[str, str]:
    """Answer with the scheme and the host, with its port, of a URL."""
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.netloc.lower()


def content_of(endpoint: ExternalEndpoint) -> JsonObject:
    """Write what of an endpoint is kept sealed."""
    written: JsonObject = {"authorities": endpoint.authorities}
    match endpoint.credentials:
        case NoCredentials():
            return written
        case ApiKey() as key:
            return {**written, "header": key.header, "value": key.value}
        case ClientCredentials() as client:
            return {
                **written,
                "token_url": client.token_url,
                "client_id": client.client_id,
                "client_secret": client.client_secret,
                "scope": client.scope,
            }
        case ClientCertificate() as shown:
            return {**written, "certificate": shown.certificate, "key": shown.key}
        case _:
            assert_never(endpoint.credentials)


def credentials_of(kind: str, content: JsonObject) -> Credentials:
    """Read the credentials that `content_of` wrote."""
    said = {name: str(value) for name, value in content.items() if name != "authorities"}
    if kind == "api_key":
        return ApiKey(**said)
    if kind == "oauth2":
        return ClientCredentials(**said)
    if kind == "mtls":
        return ClientCertificate(**said)
    return NoCredentials()


def _require_credentials(credentials: Credentials) -> None:
    match credentials:
        case ApiKey(header=header, value=value):
            if not _HEADER.fullmatch(header) or _NOT_FOR_KEYS.fullmatch(header):
                raise _invalid("credentials.header", "is a header's name that no other use has")
            _require_text(value, "credentials.value")
        case ClientCredentials() as client:
            _checked_url(client.token_url, "credentials.token_url")
            _require_text(client.client_id, "credentials.client_id")
            _require_text(client.client_secret, "credentials.client_secret")
            if client.scope:
                _require_text(client.scope, "credentials.scope")
        case NoCredentials() | ClientCertificate():
            return
        case _:
            assert_never(credentials)


def _require_text(value: str, where: str) -> None:
    if not _VALUE.fullmatch(value):
        raise _invalid(where, "is one line of printable ASCII characters")


def _checked_url(url: str, where: str) -> str:
    """Answer with a URL without a slash at its end."""
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        has_host = False
    if not has_host or parts.scheme not in ("http", "https") or not _HOST.fullmatch(parts.netloc):
        raise _invalid(where, "is an http(s) URL with a host, and without user and password")
    if parts.query or parts.fragment or not parts.path.isascii() or " " in parts.path:
        raise _invalid(where, "has no query, no fragment and no character that is not encoded")
    return urlunsplit(parts._replace(path=parts.path.rstrip("/")))


def _invalid(where: str, right: str) -> InvalidTerm:
    return InvalidTerm(
        f"Member {where} of the endpoint cannot be used; right is what {right}",
        detail_ja=f"接続先の {where} が正しくありません。",
        where=f"endpoint.{where}",
    )
