"""The endpoints that clients call: tokens, pushed requests, introspection, revocation.

Spec: RFC 6749 §3.2, RFC 9126 §2, RFC 7662 §2, RFC 7009 §2
"""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from idp_federation.api.parameters import read_form
from idp_federation.api.problems import NOT_KEPT, for_clients, refusal
from idp_federation.oidc.authorization import Parameters
from idp_federation.oidc.client import Client
from idp_federation.oidc.dpop import PresentedProof, new_nonce
from idp_federation.oidc.errors import InvalidDpopProof, InvalidRequest, UseDpopNonce
from idp_federation.oidc.profile import PATH
from idp_federation.operations.authenticate import authenticate_client, require_proof
from idp_federation.operations.requests import push_request
from idp_federation.operations.tell import introspect, revoke
from idp_federation.operations.token import TokenCall, give_tokens
from idp_federation.ports import Provider


class TokenEndpoints:
    """The endpoints that clients call.

    Args:
        provider: the ports.
    """

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def routes(self) -> list[Route]:
        """Make the routes."""
        return [
            Route(f"{PATH}/token", for_clients(self.token), methods=["POST"]),
            Route(f"{PATH}/par", for_clients(self.push), methods=["POST"]),
            Route(f"{PATH}/introspect", for_clients(self.look), methods=["POST"]),
            Route(f"{PATH}/revoke", for_clients(self.revoke), methods=["POST"]),
        ]

    async def token(self, request: Request) -> Response:
        """Give tokens."""
        client, asked = await self._asked(request)
        try:
            jkt = await self._shown_key(request, "token")
        except UseDpopNonce as error:
            return self._with_nonce(refusal(error))
        call = TokenCall(client=client, parameters=asked, jkt=jkt)
        given = await give_tokens(self._provider, call)
        answer = JSONResponse(given.as_json(), headers=NOT_KEPT)
        return answer if jkt is None else self._with_nonce(answer)

    async def push(self, request: Request) -> Response:
        """Keep an authorization request."""
        client, asked = await self._asked(request)
        try:
            jkt = await self._shown_key(request, "par")
        except UseDpopNonce as error:
            return self._with_nonce(refusal(error))
        pushed = await push_request(self._provider, client, asked, jkt=jkt)
        told = {
            "request_uri": pushed.request_uri,
            "expires_in": int(pushed.expires_in.total_seconds()),
        }
        return JSONResponse(told, HTTPStatus.CREATED, headers=NOT_KEPT)

    async def look(self, request: Request) -> Response:
        """Tell about a token."""
        client, asked = await self._asked(request)
        told = await introspect(self._provider, client, _token(asked))
        return JSONResponse(told, headers=NOT_KEPT)

    async def revoke(self, request: Request) -> Response:
        """Take a token back."""
        client, asked = await self._asked(request)
        await revoke(self._provider, client, _token(asked))
        return Response(headers=NOT_KEPT)

    async def _asked(self, request: Request) -> tuple[Client, Parameters]:
        """Read what is asked for, and see who asks."""
        asked = await read_form(request)
        shown = request.headers.getlist("authorization")
        if len(shown) > 1:
            raise InvalidRequest("Header Authorization stands there twice")
        client = await authenticate_client(self._provider, asked, shown[0] if shown else None)
        return client, asked

    async def _shown_key(self, request: Request, place: str) -> str | None:
        """Answer with the key of the DPoP proof, if there is one."""
        proofs = request.headers.getlist("dpop")
        if not proofs:
            return None
        if len(proofs) > 1:
            raise InvalidDpopProof("Header DPoP stands there twice")
        url = self._provider.profile.url(place)
        return await require_proof(
            self._provider, PresentedProof(jwt=proofs[0], method=request.method, url=url)
        )

    def _with_nonce(self, answer: Response) -> Response:
        provider = self._provider
        answer.headers["dpop-nonce"] = new_nonce(provider.secrets.nonce, provider.clock())
        return answer


def _token(asked: Parameters) -> str:
    token = asked.get("token")
    if token is None:
        raise InvalidRequest("Parameter token is missing", where="token")
    return token
