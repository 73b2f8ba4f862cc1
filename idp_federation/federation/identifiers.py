"""Entity Identifiers and the addresses made of them."""

import re
from typing import NewType
from urllib.parse import quote, urlsplit

from idp_federation.federation.errors import InvalidRequest

EntityId = NewType("EntityId", str)
"""An https URL that names one entity; compared code point by code point."""

WELL_KNOWN = "/.well-known/openid-federation"
MAX_LENGTH = 2048
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.ASCII)
_IPV6 = re.compile(r"\[[0-9A-Fa-f:.]+\]", re.ASCII)
_ENTITY_ID = re.compile(
    rf"https://(?P<host>{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{{1,5}}))?"
    r"(?P<path>(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*)*)",
    re.ASCII,
)
_URL_SAFE = re.compile(r"[!-~]+", re.ASCII)


def entity_id(text: object) -> EntityId:
    """Read an Entity Identifier: https, a host, perhaps a port and a path, nothing else.

    Spec: OpenID Federation 1.0 §1.2
    Raises:
        InvalidRequest: the text is no Entity Identifier.

    >>> entity_id("https://idp.pref.example/sapporo")
    'https://idp.pref.example/sapporo'
    """
    if isinstance(text, str) and len(text) <= MAX_LENGTH:
        found = _ENTITY_ID.fullmatch(text)
        if found and _is_port(found["port"]) and not _climbs(found["path"]):
            return EntityId(text)
    shown = repr(text)[:120]
    raise InvalidRequest(
        f"{shown} is not an Entity Identifier; right would be https://idp.city.example"
    )


def host_of(entity: EntityId) -> str | None:
    """Answer with the host name in small letters; None where the host is an address.

    >>> host_of(EntityId("https://IdP.city.example:8443/a"))
    'idp.city.example'
    """
    found = _ENTITY_ID.fullmatch(entity)
    host = found["host"].lower() if found else ""
    if not _HOST.fullmatch(host) or host.rsplit(".", 1)[-1].isdigit():
        return None
    return host


def configuration_url(entity: EntityId) -> str:
    """Say where an entity publishes its Entity Configuration.

    Spec: OpenID Federation 1.0 §9

    >>> configuration_url(EntityId("https://idp.city.example/"))
    'https://idp.city.example/.well-known/openid-federation'
    """
    return entity.removesuffix("/") + WELL_KNOWN


def statement_url(endpoint: str, subject: EntityId) -> str:
    """Say where a superior's statement about a subject is fetched.

    Spec: OpenID Federation 1.0 §8.1.1

    >>> statement_url("https://pref.example/fetch", EntityId("https://city.example"))
    'https://pref.example/fetch?sub=https%3A%2F%2Fcity.example'
    """
    joint = "&" if urlsplit(endpoint).query else "?"
    return f"{endpoint}{joint}sub={quote(subject, safe='')}"


def is_https_url(text: object) -> bool:
    """Tell whether a value is an https URL without user, password and fragment.

    >>> is_https_url("https://pref.example/fetch?a=1"), is_https_url("http://pref.example/")
    (True, False)
    """
    if not isinstance(text, str) or len(text) > MAX_LENGTH or not _URL_SAFE.fullmatch(text):
        return False
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    host = parts.netloc.rpartition(":")[0] if port is not None else parts.netloc
    named = _HOST.fullmatch(host) or _IPV6.fullmatch(host)
    return parts.scheme == "https" and bool(named) and "#" not in text and port != 0


def _is_port(text: str | None) -> bool:
    return text is None or 0 < int(text) < 65536


def _climbs(path: str) -> bool:
    segments = path.replace("%2e", ".").replace("%2E", ".").split("/")
    return "." in segments or ".." in segments
