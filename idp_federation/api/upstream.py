"""What providers that people sign in at ask of this platform: our key, and its logouts heard.

Spec: OpenID Connect Back-Channel Logout 1.0 §2.5, §2.8
"""

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from idp_federation.api.parameters import read_form
from idp_federation.api.problems import NOT_KEPT, for_clients
from idp_federation.oidc.errors import InvalidRequest
from idp_federation.oidc.profile import PATH
from idp_federation.operations.upstream_logout import hear_logout
from idp_federation.operations.upstreams import public_key_of
from idp_federation.relying_party_ports import RelyingParty

log = structlog.get_logger(__name__)

_KEPT = {"cache-control": "public, max-age=300"}


class UpstreamEndpoints:
    """What providers call.

    Args:
        rp: the ports.
    """

    def __init__(self, rp: RelyingParty) -> None:
        self._rp = rp

    def routes(self) -> list[Route]:
        """Make the routes."""
        here = f"{PATH}/upstream/{{name}}"
        return [
            Route(f"{here}/jwks", for_clients(self.key), methods=["GET"]),
            Route(f"{here}/backchannel-logout", for_clients(self.log_out), methods=["POST"]),
        ]

    async def key(self, request: Request) -> Response:
        """Tell a provider the key that this platform signs with for it."""
        told = await public_key_of(self._rp, _name(request))
        return JSONResponse(told, headers=_KEPT, media_type="application/jwk-set+json")

    async def log_out(self, request: Request) -> Response:
        """Hear that somebody's session at a provider has ended."""
        token = (await read_form(request)).get("logout_token")
        if token is None:
            raise InvalidRequest("Parameter logout_token is missing", where="logout_token")
        ended = await hear_logout(self._rp, _name(request), token)
        log.info("upstream_logout_heard", provider=_name(request), sessions=ended)
        return Response(headers=NOT_KEPT)


def _name(request: Request) -> str:
    return str(request.path_params["name"])
