"""The sandbox for operators: made, shown, emptied and ended under /admin/sandbox."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Response, status
from pydantic import BaseModel, Field, SecretStr

from api_catalog import SANDBOX, Sandbox
from joint_use import OperatorToken, Principal, ProblemRoute
from renkei.sandbox import Sandboxes


class SandboxShown(BaseModel):
    """サンドボックス / The sandbox."""

    tenant: str = Field(description="テナント / Its tenant")
    path: str = Field(description="APIのパス / Where its API is")
    reset_at: datetime = Field(description="最後に空にした日時 / When it was last emptied")


def sandbox_router(sandboxes: Sandboxes, token: SecretStr) -> APIRouter:
    """Make the router of the sandbox.

    Args:
        sandboxes: makes, empties and ends it.
        token: the operator token.
    """
    router = APIRouter(
        prefix="/admin/sandbox", tags=["サンドボックス / Sandbox"], route_class=ProblemRoute
    )
    operator = Annotated[Principal, Depends(OperatorToken(token))]

    @router.get("", summary="表示 / Show")
    async def show(_: operator) -> SandboxShown:
        return _shown(await sandboxes.shown())

    @router.put("", summary="作成 / Make it")
    async def make(_: operator) -> SandboxShown:
        return _shown(await sandboxes.make())

    @router.post("/reset", summary="空にする / Empty it, and bring the samples again")
    async def reset(_: operator) -> SandboxShown:
        await sandboxes.empty()
        return _shown(await sandboxes.shown())

    @router.delete("", summary="終了 / End it", status_code=status.HTTP_204_NO_CONTENT)
    async def end(_: operator) -> Response:
        await sandboxes.end()
        return Response(status_code=status.HTTP_204_NO_CONTENT)

    return router


def _shown(sandbox: Sandbox) -> SandboxShown:
    return SandboxShown(
        tenant=sandbox.tenant, path=f"{SANDBOX}/ngsi-ld/v1", reset_at=sandbox.reset_at
    )
