"""What the other end of a link asks: whether it is accepted, to take a receipt, to register."""

from http import HTTPStatus

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp_federation.api.federation import FEDERATION_PATH, FORM, Query, read_body, told
from idp_federation.api.federation_problems import for_federation
from idp_federation.federation.entity_statement import ENTITY_STATEMENT
from idp_federation.federation.errors import InvalidRequest
from idp_federation.federation.link import LINK
from idp_federation.federation.registration import REGISTRATION_RESPONSE
from idp_federation.operations.federated_clients import FederatedClients
from idp_federation.operations.links import take_receipt, tell_link
from idp_federation.operations.peer_trust import PeerGrounds
from idp_federation.peer_ports import Linkage

_CONFIGURATION = f"application/{ENTITY_STATEMENT}"
_CHAIN = "application/trust-chain+json"


class LinkEndpoints:
    """The endpoints of links between platforms.

    Args:
        linkage: the ports.
        grounds: what stands behind peers.
        clients: takes in those that register.
    """

    def __init__(self, linkage: Linkage, grounds: PeerGrounds, clients: FederatedClients) -> None:
        self._linkage = linkage
        self._grounds = grounds
        self._clients = clients

    def routes(self) -> list[Route]:
        """Make the routes."""
        return [
            Route(f"{FEDERATION_PATH}/link", for_federation(self.link), methods=["GET"]),
            Route(f"{FEDERATION_PATH}/receipts", for_federation(self.receipt), methods=["POST"]),
            Route(f"{FEDERATION_PATH}/register", for_federation(self.register), methods=["POST"]),
        ]

    async def link(self, request: Request) -> Response:
        """Say whether another platform is accepted here."""
        peer = Query.of(request).one("peer")
        return told(await tell_link(self._linkage, self._grounds, peer), LINK)

    async def receipt(self, request: Request) -> Response:
        """Take a receipt."""
        token = Query.read(await read_body(request, FORM)).one("receipt")
        await take_receipt(self._linkage, self._grounds, token)
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def register(self, request: Request) -> Response:
        """Register a client.

        Spec: OpenID Federation 1.0 §12.2.1
        """
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == _CHAIN:
            tokens = _tokens(await read_body(request, _CHAIN))
        else:
            tokens = [(await read_body(request, _CONFIGURATION)).strip()]
        return told(await self._clients.register(tokens), REGISTRATION_RESPONSE)


def _tokens(body: str) -> list[str]:
    try:
        given = orjson.loads(body)
    except ValueError:
        raise InvalidRequest("Body is no JSON array of statements") from None
    if isinstance(given, list) and given and all(isinstance(one, str) for one in given):
        return given
    raise InvalidRequest("Body is no JSON array of statements")
