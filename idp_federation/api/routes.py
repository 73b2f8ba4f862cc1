"""All routes of the OpenID Provider."""

from starlette.routing import Route

from idp_federation.api.discovery import discovery_routes
from idp_federation.api.federation import FederationEndpoints
from idp_federation.api.links import LinkEndpoints
from idp_federation.api.tokens import TokenEndpoints
from idp_federation.api.userinfo import UserInfoEndpoint
from idp_federation.operations.federated_clients import FederatedClients
from idp_federation.operations.peer_trust import PeerGrounds
from idp_federation.operations.verify import TokenVerifier
from idp_federation.peer_ports import Linkage
from idp_federation.ports import Provider


def identity_routes(provider: Provider, verifier: TokenVerifier) -> list[Route]:
    """Make the routes that clients use; those of browsers are pages.

    Args:
        provider: the ports.
        verifier: believes access tokens.
    """
    return [
        *discovery_routes(provider),
        *TokenEndpoints(provider).routes(),
        *UserInfoEndpoint(provider, verifier).routes(),
    ]


def federation_routes(
    linkage: Linkage, grounds: PeerGrounds, clients: FederatedClients
) -> list[Route]:
    """Make the routes that other members of a federation use.

    Args:
        linkage: the ports.
        grounds: what stands behind peers.
        clients: takes in those that register.
    """
    return [
        *FederationEndpoints(linkage.federation).routes(),
        *LinkEndpoints(linkage, grounds, clients).routes(),
    ]
