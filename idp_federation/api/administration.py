"""The admin API of clients and signing keys, under /admin/identity."""

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Body, Depends, Query, Request, Response, status
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, JsonValue, SecretStr

from idp_federation.oidc.client import IssuedSecret, client_as_json, client_from_json
from idp_federation.oidc.errors import OAuthError, Unknown
from idp_federation.oidc.key_rotation import KeyUse
from idp_federation.operations.registry import (
    MAX_PAGE,
    add_client,
    change_client,
    disable_client,
    list_clients,
    rotate_secret,
    show_client,
)
from idp_federation.operations.signing_keys import rotate_keys, show_keys
from idp_federation.ports import Provider
from joint_use import OperatorToken, Principal, ProblemRoute

_EXAMPLE: dict[str, JsonValue] = {
    "client_id": "facility-booking",
    "client_name": "施設予約",
    "client_name#en": "Facility booking",
    "purpose": "施設の予約",
    "tenants": ["sapporo"],
    "token_endpoint_auth_method": "private_key_jwt",
    "jwks_uri": "https://booking.example/jwks.json",
    "grant_types": ["authorization_code", "refresh_token"],
    "redirect_uris": ["https://booking.example/callback"],
    "scope": "openid profile",
    "service_class": "existence",
}
_Given = Annotated[
    dict[str, JsonValue],
    Body(
        description="クライアント（RFC 7591の名称） / The client, by the names of RFC 7591",
        examples=[_EXAMPLE],
    ),
]


class SecretShown(BaseModel):
    """クライアントと、一度だけ表示される秘密 / A client, and its secret that is shown once."""

    client: dict[str, JsonValue] = Field(description="クライアント / The client")
    client_secret: str | None = Field(description="秘密（再表示不可） / Its secret, shown once")

    @classmethod
    def of(cls, issued: IssuedSecret) -> "SecretShown":
        """Show a client with its secret."""
        return cls(client=dict(client_as_json(issued.client)), client_secret=issued.secret)


class IdentityRoute(ProblemRoute):
    """A route whose refusals are answered as problem+json."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[None, None, Response]]:
        """Wrap the handler."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except OAuthError as error:
                return _problem(error)

        return answer


def identity_router(provider: Provider, token: SecretStr) -> APIRouter:
    """Make the router of /admin/identity.

    Args:
        provider: the ports.
        token: the operator token.
    """
    operator = Annotated[Principal, Depends(OperatorToken(token))]
    router = APIRouter(
        prefix="/admin/identity", tags=["認証 / Identity"], route_class=IdentityRoute
    )

    @router.post("/clients", status_code=status.HTTP_201_CREATED, summary="登録 / Register")
    async def add(given: _Given, principal: operator, response: Response) -> SecretShown:
        issued = await add_client(provider, principal, client_from_json(dict(given)))
        response.headers["location"] = f"/admin/identity/clients/{quote(issued.client.id, safe='')}"
        return SecretShown.of(issued)

    @router.get("/clients", summary="一覧 / List")
    async def every(
        principal: operator,
        after: Annotated[str, Query(description="このIDより後 / Ids after this one")] = "",
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="件数 / How many")] = MAX_PAGE,
    ) -> list[dict[str, JsonValue]]:
        page = await list_clients(provider, principal, after=after, limit=limit)
        return [dict(client_as_json(client)) for client in page]

    @router.get("/clients/{client_id}", summary="表示 / Show")
    async def one(client_id: str, principal: operator) -> dict[str, JsonValue]:
        return dict(client_as_json(await show_client(provider, principal, client_id)))

    @router.put("/clients/{client_id}", summary="変更 / Change")
    async def change(client_id: str, given: _Given, principal: operator) -> dict[str, JsonValue]:
        client = client_from_json({**given, "client_id": client_id})
        return dict(client_as_json(await change_client(provider, principal, client)))

    @router.post("/clients/{client_id}/disable", summary="停止 / Disable")
    async def disable(client_id: str, principal: operator) -> dict[str, JsonValue]:
        client = await disable_client(provider, principal, client_id, disabled=True)
        return dict(client_as_json(client))

    @router.post("/clients/{client_id}/enable", summary="再開 / Enable")
    async def enable(client_id: str, principal: operator) -> dict[str, JsonValue]:
        client = await disable_client(provider, principal, client_id, disabled=False)
        return dict(client_as_json(client))

    @router.post("/clients/{client_id}/secret", summary="秘密の再発行 / Another secret")
    async def secret(client_id: str, principal: operator) -> SecretShown:
        return SecretShown.of(await rotate_secret(provider, principal, client_id))

    @router.get("/keys", summary="署名鍵 / Signing keys")
    async def keys(principal: operator) -> dict[str, KeyUse]:
        return dict(await show_keys(provider, principal))

    @router.post("/keys/rotate", summary="署名鍵の更新 / Sign with the next key")
    async def rotate(
        principal: operator,
        compromised: Annotated[
            bool, Query(description="漏えい時：現在の鍵を直ちに無効にする / Believe it no more")
        ] = False,
    ) -> dict[str, KeyUse]:
        return dict(await rotate_keys(provider, principal, compromised=compromised))

    return router


def _problem(error: OAuthError) -> Response:
    code = HTTPStatus.NOT_FOUND if isinstance(error, Unknown) else HTTPStatus.BAD_REQUEST
    body = {
        "type": f"urn:renkei:problem:{error.code.replace('_', '-')}",
        "title": "クライアントと認証事業者の登録 / Registration of clients and providers",
        "status": code.value,
        "detail": error.detail,
        **({} if error.where is None else {"where": error.where}),
    }
    return JSONResponse(body, code, media_type="application/problem+json")
