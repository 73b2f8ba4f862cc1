"""All routes of the OpenID Provider."""

from starlette.routing import Route

from idp_federation.api.authorization import authorization_routes
from idp_federation.api.discovery import discovery_routes
from idp_federation.api.federation import FederationEndpoints
from idp_federation.api.tokens import TokenEndpoints
from idp_federation.api.userinfo import UserInfoEndpoint
from idp_federation.federation_ports import Federation
from idp_federation.operations.verify import TokenVerifier
from idp_federation.ports import Provider


def identity_routes(provider: Provider, verifier: TokenVerifier) -> list[Route]:
    """Make the routes that browsers and clients use.

    Args:
        provider: the ports.
        verifier: believes access tokens.
    """
    return [
        *discovery_routes(provider),
        *authorization_routes(provider),
        *TokenEndpoints(provider).routes(),
        *UserInfoEndpoint(provider, verifier).routes(),
    ]


def federation_routes(federation: Federation) -> list[Route]:
    """Make the routes that other members of a federation use."""
    return FederationEndpoints(federation).routes()
