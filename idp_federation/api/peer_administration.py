"""The admin API of peers, decisions on their sign-ins, and receipts, under /admin/federation."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, status
from pydantic import BaseModel, Field, JsonValue, SecretStr

from idp_federation.api.federation_administration import FederationRoute
from idp_federation.assurance.levels import shown
from idp_federation.assurance.peer import KnownPeer, Peer
from idp_federation.assurance.reasons import explained
from idp_federation.operations.peer_offers import offer_peer
from idp_federation.operations.peers import (
    MAX_SHOWN,
    WantedPeer,
    allow_peer,
    check_peer,
    disallow_peer,
    list_decisions,
    list_peers,
    list_receipts,
    show_decision,
)
from idp_federation.peer_ports import KeptDecision, KeptReceipt, Linkage
from idp_federation.relying_party_ports import RelyingParty
from joint_use import Levels, Number, OperatorToken, Principal
from kit.json import JsonObject

_Entity = Annotated[str, Query(description="エンティティ識別子 / The Entity Identifier")]
_Limit = Annotated[int, Query(ge=1, le=MAX_SHOWN, description="件数 / How many")]
_Level = Annotated[int, Field(ge=1, le=3)]


class PeerWanted(BaseModel):
    """許可する連携先 / A peer to accept."""

    tenant: str = Field(description="テナント / For which tenant")
    entity: str = Field(description="連携先 / Whom")
    max_proofing: _Level = Field(default=3, description="身元確認の上限 / Its cap of proofing")
    max_authentication: _Level = Field(default=3, description="当人認証の上限 / of authentication")
    scopes: list[str] = Field(
        default_factory=list,
        description="その基盤のサービスが求められるスコープ / What its services may ask for here",
    )


class PeerOffered(BaseModel):
    """サインイン画面に出す連携先 / A peer to sign in at."""

    id: str = Field(description="この基盤での名称 / Its name here", examples=["sapporo"])
    entity: str = Field(description="連携先 / Whom")
    name: str = Field(description="表示名 / For people")
    name_en: str = Field(default="", description="英語の表示名 / In English")
    tenants: list[str] = Field(description="テナント / At which tenants")


def peer_router(linkage: Linkage, rp: RelyingParty, token: SecretStr) -> APIRouter:
    """Make the router of peers.

    Args:
        linkage: the ports.
        rp: the ports of signing in elsewhere.
        token: the operator token.
    """
    operator = Annotated[Principal, Depends(OperatorToken(token))]
    router = APIRouter(
        prefix="/admin/federation", tags=["認証連携 / Federation"], route_class=FederationRoute
    )

    @router.post("/peers", status_code=status.HTTP_201_CREATED, summary="許可 / Accept")
    async def allow(principal: operator, given: PeerWanted) -> dict[str, JsonValue]:
        wanted = WantedPeer(
            tenant=given.tenant,
            entity=given.entity,
            cap=Levels(given.max_proofing, given.max_authentication),
            scopes=frozenset(given.scopes),
        )
        return _known(await allow_peer(linkage, principal, wanted))

    @router.get("/peers", summary="連携先の一覧 / List peers")
    async def every(principal: operator) -> list[dict[str, JsonValue]]:
        return [_peer(peer, known) for peer, known in await list_peers(linkage, principal)]

    @router.delete("/peers", status_code=204, summary="許可の取消し / Accept no more")
    async def disallow(principal: operator, tenant: str, entity: _Entity) -> None:
        await disallow_peer(linkage, principal, tenant, entity)

    @router.post("/offers", status_code=201, summary="サインイン画面に出す / Offer to sign in at")
    async def offer(principal: operator, given: PeerOffered) -> dict[str, JsonValue]:
        wanted: JsonObject = {
            "id": given.id,
            "issuer": given.entity,
            "name": given.name,
            "name#en": given.name_en,
            "tenants": [*given.tenants],
        }
        return dict((await offer_peer(rp, principal, wanted)).as_json())

    @router.post("/peers/check", summary="今すぐ確認 / Ask about one now")
    async def check(principal: operator, entity: _Entity) -> dict[str, JsonValue]:
        return _known(await check_peer(linkage, principal, entity))

    @router.get("/decisions", summary="判定の一覧 / List decisions")
    async def decisions(
        principal: operator, tenant: str | None = None, limit: _Limit = 50
    ) -> list[dict[str, JsonValue]]:
        found = await list_decisions(linkage, principal, tenant=tenant, limit=limit)
        return [_decision(one) for one in found]

    @router.get("/decisions/{number}", summary="判定の説明 / Explain a decision")
    async def decision(principal: operator, number: Number) -> dict[str, JsonValue]:
        return _decision(await show_decision(linkage, principal, number))

    @router.get("/receipts", summary="授受の記録 / List receipts")
    async def receipts(principal: operator, limit: _Limit = 50) -> list[dict[str, JsonValue]]:
        return [_receipt(one) for one in await list_receipts(linkage, principal, limit=limit)]

    return router


def _peer(peer: Peer, known: KnownPeer | None) -> dict[str, JsonValue]:
    return {
        "tenant": peer.tenant,
        "entity": peer.entity,
        "cap": shown(peer.cap),
        "scopes": [*sorted(peer.scopes)],
        "allowed_at": peer.allowed_at.isoformat(),
        "known": None if known is None else _known(known),
    }


def _known(known: KnownPeer) -> dict[str, JsonValue]:
    status, accepted_at = known.status, known.accepted_at
    return {
        "entity": known.entity,
        "chain": bool(known.chain),
        "mark": known.mark is not None,
        "status": None if status is None else status.status.value,
        "checked_at": None if status is None else status.checked_at.isoformat(),
        "accepted_at": None if accepted_at is None else accepted_at.isoformat(),
        "problem": known.problem,
    }


def _decision(decision: KeptDecision) -> dict[str, JsonValue]:
    return {
        "number": decision.number,
        "at": decision.at.isoformat(),
        "tenant": decision.tenant,
        "client": decision.client,
        "peer": decision.peer,
        "outcome": decision.outcome,
        "explained": {
            "ja": [*explained(decision.record, "ja")],
            "en": [*explained(decision.record, "en")],
        },
        "record": decision.record,
    }


def _receipt(receipt: KeptReceipt) -> dict[str, JsonValue]:
    arrived_at = receipt.arrived_at
    return {
        **receipt.content,
        "arrived_at": None if arrived_at is None else arrived_at.isoformat(),
        "attempts": receipt.attempts,
        "problem": receipt.problem,
    }
