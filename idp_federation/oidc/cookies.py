"""The cookies that a browser keeps: one for itself, and one session for each municipality."""

from collections.abc import Mapping
from dataclasses import dataclass

from idp_federation.oidc.profile import Profile

_BROWSER = "renkei_browser"
_SESSION = "renkei_session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """A browser that asks.

    Args:
        id: what its own cookie holds; made at its first visit.
        cookies: all cookies that it sends.
    """

    id: str
    cookies: Mapping[str, str]


def browser_cookie(profile: Profile) -> str:
    """Name the cookie that tells browsers apart, so that an interaction stays in one."""
    return _prefix(profile) + _BROWSER


def session_cookie(profile: Profile, tenant: str) -> str:
    """Name the cookie of sessions at one municipality.

    Over TLS no other host of the domain can set it (`__Host-`, RFC 6265bis §4.1.3.2).

    >>> session_cookie(Profile(issuer="https://op.example", anchor="a.example"), "sapporo")
    '__Host-renkei_session_sapporo'
    """
    return f"{_prefix(profile)}{_SESSION}_{tenant}"


def _prefix(profile: Profile) -> str:
    return "__Host-" if profile.is_secure else ""
