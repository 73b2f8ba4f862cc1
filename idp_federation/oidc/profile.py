"""What one OpenID Provider is: its names, its addresses and its lifetimes."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from idp_federation.assurance.levels import HIGHEST
from joint_use import Levels

PATH = "/identity/v1"
DISCOVERY = "/.well-known/openid-configuration"
METADATA = "/.well-known/oauth-authorization-server"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """How long what the provider gives out is good for."""

    code: timedelta = timedelta(seconds=60)
    request: timedelta = timedelta(seconds=90)
    interaction: timedelta = timedelta(minutes=15)
    access_token: timedelta = timedelta(minutes=5)
    id_token: timedelta = timedelta(minutes=5)
    refresh_token: timedelta = timedelta(days=30)
    session: timedelta = timedelta(hours=8)
    assertion: timedelta = timedelta(minutes=5)
    proof: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What one OpenID Provider is.

    Args:
        issuer: its identifier, an URL without a path; compared code point by code point.
        anchor: the domain of the trust framework, in whose name acr values are written.
        lifetimes: how long what it gives out is good for.
        ceiling: the levels that somebody can reach by signing in here.
        resource_nonce: whether DPoP proofs at resources need a nonce, as they do here.
    """

    issuer: str
    anchor: str
    lifetimes: Lifetimes = Lifetimes()
    ceiling: Levels = HIGHEST
    resource_nonce: bool = False

    def url(self, place: str) -> str:
        """Name one of the provider's own addresses.

        >>> Profile(issuer="https://op.example", anchor="a.example").url("token")
        'https://op.example/identity/v1/token'
        """
        return f"{self.issuer}{PATH}/{place}"

    @property
    def is_secure(self) -> bool:
        """Whether it is reached over TLS; its cookies then never travel without."""
        return urlsplit(self.issuer).scheme == "https"
