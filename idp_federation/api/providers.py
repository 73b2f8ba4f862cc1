"""The admin API of the providers that people can sign in at, under /admin/identity/providers."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, status
from pydantic import JsonValue, SecretStr

from idp_federation.api.administration import IdentityRoute
from idp_federation.operations.upstreams import (
    add_upstream,
    change_upstream,
    check_upstream,
    links_shown,
    list_upstreams,
    remove_upstream,
    show_upstream,
)
from idp_federation.relying_party_ports import RelyingParty
from joint_use import OperatorToken, Principal

_EXAMPLE: dict[str, JsonValue] = {
    "id": "ekyc",
    "kind": "ekyc",
    "name": "本人確認サービス",
    "name#en": "Proofing service",
    "issuer": "https://ekyc.example",
    "client_id": "renkei",
    "tenants": ["sapporo"],
    "opens_accounts": False,
}
_Given = Annotated[
    dict[str, JsonValue],
    Body(description="認証事業者 / The provider", examples=[_EXAMPLE]),
]


def provider_router(rp: RelyingParty, token: SecretStr) -> APIRouter:
    """Make the router of /admin/identity/providers.

    Args:
        rp: the ports.
        token: the operator token.
    """
    operator = Annotated[Principal, Depends(OperatorToken(token))]
    router = APIRouter(
        prefix="/admin/identity/providers",
        tags=["認証事業者 / Identity providers"],
        route_class=IdentityRoute,
    )

    @router.post("", status_code=status.HTTP_201_CREATED, summary="登録 / Register")
    async def add(given: _Given, principal: operator) -> dict[str, JsonValue]:
        return dict((await add_upstream(rp, principal, dict(given))).as_json())

    @router.get("", summary="一覧 / List")
    async def every(principal: operator) -> list[dict[str, JsonValue]]:
        return [dict(one.as_json()) for one in await list_upstreams(rp, principal)]

    @router.get("/links/{account}", summary="アカウントの連携 / Links of an account")
    async def links(account: str, principal: operator) -> list[dict[str, JsonValue]]:
        return [dict(one) for one in await links_shown(rp, principal, account)]

    @router.get("/{name}", summary="表示 / Show")
    async def one(name: str, principal: operator) -> dict[str, JsonValue]:
        return dict((await show_upstream(rp, principal, name)).as_json())

    @router.patch("/{name}", summary="変更 / Change the members given")
    async def change(name: str, given: _Given, principal: operator) -> dict[str, JsonValue]:
        return dict((await change_upstream(rp, principal, name, dict(given))).as_json())

    @router.delete("/{name}", status_code=status.HTTP_204_NO_CONTENT, summary="削除 / Remove")
    async def remove(name: str, principal: operator) -> None:
        await remove_upstream(rp, principal, name)

    @router.post("/{name}/check", summary="接続確認 / Check its metadata and keys")
    async def check(name: str, principal: operator) -> list[str]:
        return [*await check_upstream(rp, principal, name)]

    return router
