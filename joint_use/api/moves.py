"""The admin API of moves, under /admin/tenants/{name}/moves and /admin/moves."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, status
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from joint_use.api.operator import OperatorToken
from joint_use.api.problems import ProblemRoute
from joint_use.moving_ports import Moves
from joint_use.operations.moving import MOST_SHOWN, ask_for_move, list_moves
from joint_use.ports import JointUse
from joint_use.terms.access import Principal
from joint_use.terms.moving import Move, MovePhase


class MoveAsked(BaseModel):
    """移動先 / Where to."""

    model_config = ConfigDict(extra="forbid")

    to: str = Field(
        description="separated、shared、サーバー名、またはサーバー名/separated / "
        "separated, shared, SERVER or SERVER/separated",
        examples=["separated"],
    )


class MoveShown(BaseModel):
    """移動の状況 / How far a move is."""

    number: int = Field(description="番号 / Number")
    tenant: str = Field(description="テナント名 / Tenant")
    origin: str = Field(description="移動元 / From where")
    target: str = Field(description="移動先 / To where")
    phase: MovePhase = Field(description="段階 / Phase")
    by: str = Field(description="操作者 / Who asked for it")
    asked_at: datetime = Field(description="依頼日時 / When it was asked for")
    changed_at: datetime = Field(description="更新日時 / When it came so far")
    attempts: int = Field(description="試行回数 / How often it was begun")
    copied: int = Field(description="コピーした行数 / Rows copied")
    held_ms: int | None = Field(
        description="書込みを止めた時間 / Milliseconds that writers were held"
    )
    reason: str = Field(description="理由 / Why it is tried again or was rolled back")

    @classmethod
    def of(cls, move: Move) -> "MoveShown":
        """Show a move."""
        return cls(
            number=move.number,
            tenant=move.tenant,
            origin=str(move.origin),
            target=str(move.target),
            phase=move.phase,
            by=move.by,
            asked_at=move.asked_at,
            changed_at=move.changed_at,
            attempts=move.attempts,
            copied=move.copied,
            held_ms=move.held_ms,
            reason=move.reason,
        )


def move_router(
    joint_use: JointUse, moves: Moves, asked_for: Callable[[], None], token: SecretStr
) -> APIRouter:
    """Make the router of moves.

    Args:
        joint_use: the ports of tenants.
        moves: the ports of moving.
        asked_for: called when a move was asked for; quick.
        token: the operator token.
    """
    caller = OperatorToken(token)
    operator = Annotated[Principal, Depends(caller)]
    limited = Annotated[int, Query(ge=1, le=MOST_SHOWN, description="件数 / How many")]
    router = APIRouter(prefix="/admin", tags=["テナント / Tenants"], route_class=ProblemRoute)

    @router.post(
        "/tenants/{name}/moves", status_code=status.HTTP_202_ACCEPTED, summary="移動 / Move"
    )
    async def move(name: str, asked: MoveAsked, principal: operator) -> MoveShown:
        found = await ask_for_move(joint_use, moves, principal, name, asked.to)
        asked_for()
        return MoveShown.of(found)

    @router.get("/tenants/{name}/moves", summary="移動の一覧 / Its moves")
    async def moves_of(name: str, principal: operator, limit: limited = 100) -> list[MoveShown]:
        found = await list_moves(joint_use, moves, principal, name, limit=limit)
        return [MoveShown.of(one) for one in found]

    @router.get("/moves", summary="すべての移動 / All moves")
    async def all_moves(principal: operator, limit: limited = 100) -> list[MoveShown]:
        found = await list_moves(joint_use, moves, principal, None, limit=limit)
        return [MoveShown.of(one) for one in found]

    return router
