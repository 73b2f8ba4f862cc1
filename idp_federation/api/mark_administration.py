"""The admin API of trust marks, under /admin/federation/marks."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, status
from pydantic import BaseModel, Field, JsonValue, SecretStr

from idp_federation.api.federation_administration import FederationRoute
from idp_federation.federation.issued_mark import HeldMark, IssuedMark
from idp_federation.federation_ports import Federation
from idp_federation.operations.held_marks import hide_mark, show_mark
from idp_federation.operations.trust_marks import (
    WantedMark,
    issue_mark,
    list_marks,
    renew_mark,
    revoke_mark,
)
from joint_use import Number, OperatorToken, Principal

_TABLE: dict[str, JsonValue] = {
    "version": 1,
    "acr": {"https://pref.example/acr/ial2/aal2": 2},
    "proofing": [
        {
            "trust_framework": "https://pref.example/tf/area-data",
            "assurance_level": "ial2",
            "evidence": ["document"],
            "ial": 2,
        }
    ],
    "max_ial": 2,
    "max_aal": 2,
}


class MarkWanted(BaseModel):
    """発行するトラストマーク / A trust mark to issue."""

    subject: str = Field(description="対象 / Of whom")
    trust_mark_type: str | None = Field(
        default=None,
        description="種類；省略時はレベル対応表 / Its type; by default a map of levels",
    )
    content: dict[str, JsonValue] = Field(
        default_factory=dict,
        description="追加のクレーム / Claims beyond the standard's",
        examples=[{"assurance_map": _TABLE}],
    )
    days: int = Field(default=90, ge=1, le=3660, description="有効日数 / Days that it lasts")


class Shown(BaseModel):
    """表示するトラストマーク / A trust mark to show."""

    issuer: str = Field(description="発行者 / Who issued it")
    trust_mark_type: str | None = Field(default=None, description="種類 / Its type")


def mark_router(federation: Federation, token: SecretStr) -> APIRouter:
    """Make the router of /admin/federation/marks.

    Args:
        federation: the ports.
        token: the operator token.
    """
    operator = Annotated[Principal, Depends(OperatorToken(token))]
    router = APIRouter(
        prefix="/admin/federation",
        tags=["認証連携 / Federation"],
        route_class=FederationRoute,
    )

    @router.post("/marks", status_code=status.HTTP_201_CREATED, summary="発行 / Issue")
    async def issue(principal: operator, given: MarkWanted) -> dict[str, JsonValue]:
        wanted = WantedMark(
            trust_mark_type=given.trust_mark_type or federation.map_type,
            subject=given.subject,
            content=dict(given.content),
            lasts=timedelta(days=given.days),
        )
        return _told(federation, await issue_mark(federation, principal, wanted))

    @router.get("/marks", summary="発行済みの一覧 / List those issued")
    async def every(principal: operator) -> list[dict[str, JsonValue]]:
        return [_told(federation, one) for one in await list_marks(federation, principal)]

    @router.post("/marks/{number}/renewal", status_code=201, summary="更新 / Renew")
    async def renew(
        principal: operator,
        number: Number,
        days: Annotated[int, Query(ge=1, le=3660, description="有効日数 / Days")] = 90,
    ) -> dict[str, JsonValue]:
        lasts = timedelta(days=days)
        return _told(federation, await renew_mark(federation, principal, number, lasts))

    @router.post("/marks/{number}/revocation", summary="失効 / Revoke")
    async def revoke(
        principal: operator,
        number: Number,
        reason: Annotated[str, Query(max_length=500, description="理由 / Why")] = "",
    ) -> dict[str, JsonValue]:
        return _told(federation, await revoke_mark(federation, principal, number, reason))

    @router.get("/held-marks", summary="表示中の一覧 / List those shown")
    async def held(principal: operator) -> list[dict[str, JsonValue]]:
        del principal
        return [_held(one) for one in await federation.held_marks.held()]

    @router.put("/held-marks", summary="表示する / Show one of this platform")
    async def show(principal: operator, given: Shown) -> dict[str, JsonValue]:
        kind = given.trust_mark_type or federation.map_type
        return _held(await show_mark(federation, principal, given.issuer, kind))

    @router.delete("/held-marks", status_code=204, summary="表示をやめる / Hide one")
    async def hide(principal: operator, issuer: str, trust_mark_type: str | None = None) -> None:
        kind = trust_mark_type or federation.map_type
        await hide_mark(federation, principal, issuer, kind)

    return router


def _told(federation: Federation, mark: IssuedMark) -> dict[str, JsonValue]:
    return {
        "number": mark.number,
        "trust_mark_type": mark.trust_mark_type,
        "subject": mark.subject,
        "content": mark.content,
        "issued_at": mark.issued_at.isoformat(),
        "expires_at": mark.expires_at.isoformat(),
        "status": mark.status(federation.clock()).value,
        "reason": mark.reason,
        "trust_mark": mark.token,
    }


def _held(mark: HeldMark) -> dict[str, JsonValue]:
    return {
        "trust_mark_type": mark.trust_mark_type,
        "issuer": mark.issuer,
        "trust_mark": mark.token,
    }
