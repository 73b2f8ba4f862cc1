"""The admin API of the federation, under /admin/federation."""

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Request, Response, status
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, JsonValue, SecretStr

from idp_federation.assurance.errors import AssuranceError
from idp_federation.federation.errors import ErrorCode, FederationError
from idp_federation.federation.membership import (
    Subordinate,
    member_as_json,
    subordinate_as_json,
)
from idp_federation.federation_ports import Federation
from idp_federation.oidc.errors import OAuthError
from idp_federation.operations.federation_membership import (
    anchors,
    enrol,
    join,
    pin,
    remove,
    renew_keys,
    require_administrator,
    roll_keys,
    subordinates,
    unpin,
)
from idp_federation.operations.federation_statements import explain_chain, own_configuration
from joint_use import OperatorToken, Principal, ProblemRoute
from kit.errors import RenkeiError

_Entity = Annotated[str, Query(description="エンティティ識別子 / The Entity Identifier")]
_STATUS = {
    ErrorCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.TEMPORARILY_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}
_Flag = Annotated[bool, Query(description="漏えい時／上位が次の鍵を知らなくても / Nevertheless")]
_MEMBER: dict[str, JsonValue] = {
    "role": "leaf",
    "authority_hints": ["https://renkei.pref.example"],
    "name": "札幌市",
    "name_en": "Sapporo",
    "contacts": ["renkei@city.example"],
}


class HandedOver(BaseModel):
    """手渡された構成情報 / An Entity Configuration that was handed over."""

    configuration: str = Field(description="構成情報（JWT） / The Entity Configuration, a JWT")
    terms: dict[str, JsonValue] = Field(
        default_factory=dict,
        description="metadata、metadata_policy、constraints / What statements about it will say",
    )


class FederationRoute(ProblemRoute):
    """A route whose refusals are answered as problem+json."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[None, None, Response]]:
        """Wrap the handler."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except FederationError as error:
                return _problem(error, error.code)
            except (AssuranceError, OAuthError) as error:
                return _problem(error, ErrorCode.INVALID_REQUEST)

        return answer


def federation_router(federation: Federation, token: SecretStr) -> APIRouter:
    """Make the router of /admin/federation.

    Args:
        federation: the ports.
        token: the operator token.
    """
    router = APIRouter(
        prefix="/admin/federation", tags=["認証連携 / Federation"], route_class=FederationRoute
    )
    caller = OperatorToken(token)
    _serve_membership(router, federation, caller)
    _serve_subordinates(router, federation, caller)
    _serve_anchors(router, federation, caller)
    return router


def _serve_membership(router: APIRouter, federation: Federation, caller: OperatorToken) -> None:
    operator = Annotated[Principal, Depends(caller)]

    @router.get("", summary="この基盤の立場 / Who this platform is")
    async def show(principal: operator) -> dict[str, JsonValue]:
        require_administrator(principal)
        member = await federation.membership.read()
        uses = {} if member is None else await federation.keys.uses()
        return {
            "entity": federation.entity,
            "member": None if member is None else dict(member_as_json(member)),
            "configuration": None if member is None else await own_configuration(federation),
            "keys": {kid: use.value for kid, use in uses.items()},
        }

    @router.put("", summary="参加・変更 / Join, or change")
    async def become(
        principal: operator, given: Annotated[dict[str, JsonValue], Body(examples=[_MEMBER])]
    ) -> dict[str, JsonValue]:
        return dict(member_as_json(await join(federation, principal, dict(given))))

    @router.post("/renewal", summary="鍵を最新にする / Take up the keys somebody names now")
    async def renew(principal: operator, entity: _Entity) -> dict[str, JsonValue]:
        keys = await renew_keys(federation, principal, entity)
        return {"entity": entity, "kids": [*keys.keys]}

    @router.post("/keys/roll", summary="連携用の鍵を更新 / Sign with the next key")
    async def roll(
        principal: operator, compromised: _Flag = False, unheard: _Flag = False
    ) -> dict[str, str]:
        uses = await roll_keys(federation, principal, compromised=compromised, unheard=unheard)
        return {kid: use.value for kid, use in uses.items()}

    @router.get("/chain", summary="信頼の経路 / The trust chain of an entity")
    async def chain(principal: operator, entity: _Entity) -> dict[str, JsonValue]:
        return dict(await explain_chain(federation, principal, entity))


def _serve_subordinates(router: APIRouter, federation: Federation, caller: OperatorToken) -> None:
    operator = Annotated[Principal, Depends(caller)]

    @router.post("/subordinates", status_code=status.HTTP_201_CREATED, summary="下位を登録 / Enrol")
    async def take_in(principal: operator, given: HandedOver) -> dict[str, JsonValue]:
        made = await enrol(federation, principal, given.configuration, dict(given.terms))
        return _shown(made)

    @router.get("/subordinates", summary="下位の一覧 / List subordinates")
    async def below(principal: operator) -> list[dict[str, JsonValue]]:
        return [_shown(one) for one in await subordinates(federation, principal)]

    @router.delete("/subordinates", status_code=204, summary="下位の登録抹消 / Remove")
    async def let_go(principal: operator, entity: _Entity) -> None:
        await remove(federation, principal, entity)


def _serve_anchors(router: APIRouter, federation: Federation, caller: OperatorToken) -> None:
    operator = Annotated[Principal, Depends(caller)]

    @router.post("/anchors", status_code=status.HTTP_201_CREATED, summary="起点の固定 / Pin")
    async def trust(principal: operator, given: HandedOver) -> dict[str, JsonValue]:
        pinned = await pin(federation, principal, given.configuration)
        return {"entity": pinned.entity, "kids": [*pinned.keys.keys]}

    @router.get("/anchors", summary="信頼の起点の一覧 / List trust anchors")
    async def above(principal: operator) -> list[dict[str, JsonValue]]:
        found = await anchors(federation, principal)
        return [{"entity": one, "kids": [*keys.keys]} for one, keys in found.items()]

    @router.delete("/anchors", status_code=204, summary="起点を外す / Unpin")
    async def distrust(principal: operator, entity: _Entity) -> None:
        await unpin(federation, principal, entity)


def _shown(subordinate: Subordinate) -> dict[str, JsonValue]:
    return {
        "entity": subordinate.entity,
        "enrolled_at": subordinate.enrolled_at.isoformat(),
        **subordinate_as_json(subordinate),
    }


def _problem(error: RenkeiError, kind: ErrorCode) -> Response:
    code = _STATUS.get(kind, HTTPStatus.BAD_REQUEST)
    body = {
        "type": f"urn:renkei:problem:{kind.value.replace('_', '-')}",
        "title": "認証連携 / Federation",
        "status": code.value,
        "detail": error.detail,
        **({} if error.where is None else {"where": error.where}),
    }
    return JSONResponse(body, code, media_type="application/problem+json")
