"""The admin API of quotas, under /admin/tenants/{name}/quota."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from joint_use.api.operator import OperatorToken
from joint_use.api.problems import ProblemRoute
from joint_use.operations.quotas import QuotaState, set_quota, show_quota
from joint_use.ports import Metering
from joint_use.terms.access import Principal
from joint_use.terms.quotas import Quota


class QuotaAsked(BaseModel):
    """上限 / A quota; what is null, the platform's defaults say."""

    model_config = ConfigDict(extra="forbid")

    requests_per_s: float | None = Field(default=None, description="毎秒の要求数 / Per second")
    request_bytes: int | None = Field(default=None, description="一要求のバイト数 / Of one body")
    entities: int | None = Field(default=None, description="エンティティ数 / Entities")
    bytes: int | None = Field(default=None, description="保存バイト数 / Bytes stored")
    subscriptions: int | None = Field(default=None, description="通知登録数 / Subscriptions")


class StoredShown(BaseModel):
    """使用中の量 / What is stored now."""

    entities: int = Field(description="エンティティ数 / Entities")
    attributes: int = Field(description="属性数 / Attribute instances")
    bytes: int = Field(description="保存バイト数 / Bytes of their JSON")


class QuotaShown(BaseModel):
    """上限と使用量 / A quota and how much of it is used."""

    own: QuotaAsked = Field(description="このテナントに定めた上限 / Set for this tenant")
    holds: QuotaAsked = Field(description="適用される上限 / What holds, with the defaults")
    stored: StoredShown = Field(description="使用中の量 / What is stored now")

    @classmethod
    def of(cls, state: QuotaState) -> "QuotaShown":
        """Show a quota."""
        return cls(
            own=QuotaAsked(**asdict(state.own)),
            holds=QuotaAsked(**asdict(state.holds)),
            stored=StoredShown(**asdict(state.stored)),
        )


def quota_router(metering: Metering, token: SecretStr) -> APIRouter:
    """Make the router of tenants' quotas.

    Args:
        metering: the ports.
        token: the operator token.
    """
    operator = Annotated[Principal, Depends(OperatorToken(token))]
    router = APIRouter(
        prefix="/admin/tenants/{name}/quota",
        tags=["テナント / Tenants"],
        route_class=ProblemRoute,
    )

    @router.get("", summary="上限と使用量 / Quota and use")
    async def show(name: str, principal: operator) -> QuotaShown:
        return QuotaShown.of(await show_quota(metering, principal, name))

    @router.put("", summary="上限を定める / Set")
    async def put(name: str, asked: QuotaAsked, principal: operator) -> QuotaShown:
        quota = Quota(**asked.model_dump())
        return QuotaShown.of(await set_quota(metering, principal, name, quota))

    return router
