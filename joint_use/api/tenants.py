"""The admin API of tenants, under /admin/tenants."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response, status
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from joint_use.api.endpoints import EndpointAsked
from joint_use.api.operator import OperatorToken
from joint_use.api.problems import ProblemRoute
from joint_use.operations.tenants import (
    MAX_PAGE,
    create_tenant,
    list_tenants,
    resume_tenant,
    retire_tenant,
    show_tenant,
    suspend_tenant,
    tenant_events,
)
from joint_use.ports import JointUse, TenantEvent
from joint_use.terms.access import Principal
from joint_use.terms.tenant import NewTenant, Storage, Tenant, TenantStatus


class TenantAsked(BaseModel):
    """作成するテナント / The tenant to create."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(
        description="テナント名：a-z、0-9、_ の1〜63文字 / Canonical name: 1 to 63 of a-z, 0-9, _",
        examples=["ebetsu"],
    )
    storage: Storage = Field(
        default=Storage.SHARED,
        description="データ管理方式：separated＝データベース分離あり、shared＝分離なし、"
        "external＝外部 / A database of its own, the shared one, or an endpoint elsewhere",
    )
    municipality_code: str | None = Field(
        default=None,
        description="全国地方公共団体コード / Municipality code with check digit",
        examples=["012173"],
    )
    name_ja: str = Field(default="", description="日本語名 / Name in Japanese", examples=["江別市"])
    name_en: str = Field(default="", description="英語名 / Name in English", examples=["Ebetsu"])
    server: str | None = Field(
        default=None,
        description="データベースサーバー（分離ありのみ） / PostgreSQL server, where separated",
    )
    organisation: str | None = Field(
        default=None, description="組織名 / The organisation it belongs to"
    )
    endpoint: EndpointAsked | None = Field(
        default=None, description="接続先（外部のみ） / Where the data are, where external"
    )

    def wanted(self) -> NewTenant:
        """Answer with what is asked for."""
        plain = {name: getattr(self, name) for name in type(self).model_fields}
        endpoint = None if self.endpoint is None else self.endpoint.endpoint()
        return NewTenant(**{**plain, "endpoint": endpoint})


class TenantShown(BaseModel):
    """テナント / A tenant."""

    number: int = Field(description="番号（再利用なし） / Number, never given twice")
    name: str = Field(description="テナント名 / Canonical name")
    name_ja: str = Field(description="日本語名 / Name in Japanese")
    name_en: str = Field(description="英語名 / Name in English")
    municipality_code: str | None = Field(description="全国地方公共団体コード / Municipality code")
    organisation: str | None = Field(description="組織名 / The organisation it belongs to")
    storage: Storage = Field(description="データ管理方式 / Storage")
    server: str = Field(description="データベースサーバー / PostgreSQL server")
    database: str = Field(description="データベース / Database")
    status: TenantStatus = Field(description="状態 / Status")
    epoch: int = Field(description="状態・配置の版 / Grows with each change of status or placement")

    @classmethod
    def of(cls, tenant: Tenant) -> "TenantShown":
        """Show a tenant."""
        return cls(
            number=tenant.number,
            name=tenant.name,
            name_ja=tenant.name_ja,
            name_en=tenant.name_en,
            municipality_code=tenant.municipality_code,
            organisation=tenant.organisation,
            storage=tenant.storage,
            server=tenant.placement.server,
            database=tenant.placement.database,
            status=tenant.status,
            epoch=tenant.epoch,
        )


class EventShown(BaseModel):
    """操作の記録 / One thing that was done to a tenant."""

    status: TenantStatus = Field(description="操作後の状態 / The status it got")
    epoch: int = Field(description="操作後の版 / The epoch it got")
    by: str = Field(description="操作者 / Who did it")
    at: datetime = Field(description="日時 / When")

    @classmethod
    def of(cls, event: TenantEvent) -> "EventShown":
        """Show an event."""
        return cls(status=event.status, epoch=event.epoch, by=event.by, at=event.at)


def tenant_router(joint_use: JointUse, token: SecretStr) -> APIRouter:
    """Make the router of /admin/tenants.

    Args:
        joint_use: the ports.
        token: the operator token.
    """
    caller = OperatorToken(token)
    operator = Annotated[Principal, Depends(caller)]
    router = APIRouter(
        prefix="/admin/tenants", tags=["テナント / Tenants"], route_class=ProblemRoute
    )

    @router.post("", status_code=status.HTTP_201_CREATED, summary="テナントを作成 / Create")
    async def create(asked: TenantAsked, principal: operator, response: Response) -> TenantShown:
        made = await create_tenant(joint_use, principal, asked.wanted())
        response.headers["location"] = f"/admin/tenants/{made.name}"
        return TenantShown.of(made)

    @router.get("", summary="テナントの一覧 / List")
    async def every(
        principal: operator,
        after: Annotated[str, Query(description="この名前より後 / Names after this one")] = "",
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="件数 / How many")] = MAX_PAGE,
        municipality: Annotated[
            str | None, Query(description="この自治体のもの / Those of this municipality")
        ] = None,
        organisation: Annotated[
            str | None, Query(description="この組織のもの / Those of this organisation")
        ] = None,
    ) -> list[TenantShown]:
        page = await list_tenants(
            joint_use,
            principal,
            after=after,
            limit=limit,
            municipality=municipality,
            organisation=organisation,
        )
        return [TenantShown.of(tenant) for tenant in page]

    @router.get("/{name}", summary="テナントを表示 / Show")
    async def one(name: str, principal: operator) -> TenantShown:
        return TenantShown.of(await show_tenant(joint_use, principal, name))

    @router.get("/{name}/events", summary="操作の記録 / What was done and by whom")
    async def events(name: str, principal: operator) -> list[EventShown]:
        return [EventShown.of(one) for one in await tenant_events(joint_use, principal, name)]

    @router.post("/{name}/suspend", summary="停止 / Suspend")
    async def suspend(name: str, principal: operator) -> TenantShown:
        return TenantShown.of(await suspend_tenant(joint_use, principal, name))

    @router.post("/{name}/resume", summary="再開 / Resume")
    async def resume(name: str, principal: operator) -> TenantShown:
        return TenantShown.of(await resume_tenant(joint_use, principal, name))

    @router.post("/{name}/retire", summary="廃止（元に戻せません） / Retire, for ever")
    async def retire(name: str, principal: operator) -> TenantShown:
        return TenantShown.of(await retire_tenant(joint_use, principal, name))

    return router
