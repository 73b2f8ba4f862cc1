"""UserInfo over HTTP.

Spec: OpenID Connect Core 1.0 §5.3
"""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from idp_federation.api.bearer import challenged, read_presented
from idp_federation.api.problems import NOT_KEPT, for_clients
from idp_federation.oidc.dpop import new_nonce
from idp_federation.oidc.errors import OAuthError, UseDpopNonce
from idp_federation.oidc.profile import PATH
from idp_federation.operations.tell import userinfo
from idp_federation.operations.verify import TokenVerifier
from idp_federation.ports import Provider


class UserInfoEndpoint:
    """What clients learn about people.

    Args:
        provider: the ports.
        verifier: believes access tokens.
    """

    def __init__(self, provider: Provider, verifier: TokenVerifier) -> None:
        self._provider = provider
        self._verifier = verifier

    def routes(self) -> list[Route]:
        """Make the routes."""
        methods = ["GET", "POST"]
        return [Route(f"{PATH}/userinfo", for_clients(self.userinfo), methods=methods)]

    async def userinfo(self, request: Request) -> Response:
        """Tell a client about the person whose token it has."""
        provider = self._provider
        try:
            presented = read_presented(
                request.headers.getlist("authorization"),
                request.headers.getlist("dpop"),
                method=request.method,
                url=provider.profile.url("userinfo"),
            )
            if presented is None:
                return challenged(None)
            told = await userinfo(provider, await self._verifier.verify(presented))
        except UseDpopNonce as error:
            nonce = new_nonce(provider.secrets.nonce, provider.clock())
            return challenged(error, nonce=nonce)
        except OAuthError as error:
            return challenged(error)
        return JSONResponse(told, headers=NOT_KEPT)
