"""The admin API of municipalities and of the organisations inside them."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response, status
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from joint_use.api.operator import OperatorToken
from joint_use.api.problems import ProblemRoute
from joint_use.api.tenants import TenantShown
from joint_use.operations.organisations import (
    Members,
    change_organisation,
    list_municipalities,
    list_organisations,
    organisation_events,
    register_municipality,
    register_organisation,
    resume_together,
    show_municipality,
    show_organisation,
    suspend_together,
    tenants_of,
)
from joint_use.ports import JointUse
from joint_use.terms.access import Principal
from joint_use.terms.organisation import (
    Contact,
    Municipality,
    Organisation,
    OrganisationEvent,
    OrganisationKind,
    OrganisationStep,
)


class MunicipalityNames(BaseModel):
    """自治体の名称 / The names of a municipality."""

    model_config = ConfigDict(extra="forbid")

    name_ja: str = Field(description="日本語名 / Name in Japanese", examples=["江別市"])
    name_en: str = Field(default="", description="英語名 / Name in English", examples=["Ebetsu"])


class MunicipalityShown(MunicipalityNames):
    """参加する自治体 / A municipality that takes part."""

    code: str = Field(description="全国地方公共団体コード / Municipality code")

    @classmethod
    def of(cls, one: Municipality) -> "MunicipalityShown":
        """Show a municipality."""
        return cls(code=one.code, name_ja=one.name_ja, name_en=one.name_en)


class ContactShown(BaseModel):
    """連絡先 / Whom to ask."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(default="", description="担当者 / Name")
    email: str = Field(default="", description="メールアドレス / E-mail")
    phone: str = Field(default="", description="電話番号 / Telephone")


class OrganisationTerms(BaseModel):
    """組織の内容 / What is known of an organisation."""

    model_config = ConfigDict(extra="forbid")

    municipality_code: str = Field(
        description="全国地方公共団体コード / Municipality code", examples=["012173"]
    )
    kind: OrganisationKind = Field(
        description="種別：department＝自治体の部署、affiliate＝外郭団体、joint_body＝一部事務組合・"
        "広域連合・協議会、operating_body＝運営組織、company＝民間事業者、other＝その他 / Kind"
    )
    name_ja: str = Field(description="日本語名 / Name in Japanese", examples=["子ども育成課"])
    name_en: str = Field(default="", description="英語名 / Name in English")
    contact: ContactShown = Field(default_factory=ContactShown, description="連絡先 / Whom to ask")

    def organisation(self, name: str) -> Organisation:
        """Answer with the organisation that is meant."""
        return Organisation(
            name=name,
            municipality_code=self.municipality_code,
            kind=self.kind,
            name_ja=self.name_ja,
            name_en=self.name_en,
            contact=Contact(**self.contact.model_dump()),
        )


class OrganisationShown(OrganisationTerms):
    """接続組織 / An organisation."""

    name: str = Field(
        description="組織名：a-z、0-9、_ の1〜63文字 / Canonical name", examples=["ebetsu_kosodate"]
    )

    @classmethod
    def of(cls, one: Organisation) -> "OrganisationShown":
        """Show an organisation."""
        return cls(
            name=one.name,
            municipality_code=one.municipality_code,
            kind=one.kind,
            name_ja=one.name_ja,
            name_en=one.name_en,
            contact=ContactShown(
                name=one.contact.name, email=one.contact.email, phone=one.contact.phone
            ),
        )


class OrganisationEventShown(BaseModel):
    """操作の記録 / One thing that was done to an organisation."""

    step: OrganisationStep = Field(description="操作 / What was done")
    by: str = Field(description="操作者 / Who did it")
    at: datetime = Field(description="日時 / When")

    @classmethod
    def of(cls, event: OrganisationEvent) -> "OrganisationEventShown":
        """Show an event."""
        return cls(step=event.step, by=event.by, at=event.at)


class MunicipalityWholeShown(BaseModel):
    """自治体の登録内容一式 / Everything that is registered of a municipality."""

    municipality: MunicipalityShown = Field(description="自治体 / The municipality")
    organisations: list[OrganisationShown] = Field(description="組織 / Its organisations")
    tenants: list[TenantShown] = Field(description="テナント / Its tenants")


def organisation_router(joint_use: JointUse, token: SecretStr) -> APIRouter:
    """Make the router of /admin/organisations.

    Args:
        joint_use: the ports.
        token: the operator token.
    """
    operator = Annotated[Principal, Depends(OperatorToken(token))]
    router = APIRouter(
        prefix="/admin/organisations",
        tags=["組織 / Organisations"],
        route_class=ProblemRoute,
    )

    @router.post("", status_code=status.HTTP_201_CREATED, summary="組織を登録 / Register")
    async def register(
        asked: OrganisationShown, principal: operator, response: Response
    ) -> OrganisationShown:
        made = await register_organisation(joint_use, principal, asked.organisation(asked.name))
        response.headers["location"] = f"/admin/organisations/{made.name}"
        return OrganisationShown.of(made)

    @router.get("", summary="組織の一覧 / List")
    async def every(
        principal: operator,
        municipality: Annotated[
            str | None, Query(description="この自治体のもの / Those of this municipality")
        ] = None,
    ) -> list[OrganisationShown]:
        found = await list_organisations(joint_use, principal, municipality=municipality)
        return [OrganisationShown.of(one) for one in found]

    @router.get("/{name}", summary="組織を表示 / Show")
    async def one(name: str, principal: operator) -> OrganisationShown:
        return OrganisationShown.of(await show_organisation(joint_use, principal, name))

    @router.put("/{name}", summary="組織の内容を変更 / Change")
    async def change(name: str, asked: OrganisationTerms, principal: operator) -> OrganisationShown:
        wanted = asked.organisation(name)
        return OrganisationShown.of(await change_organisation(joint_use, principal, wanted))

    @router.get("/{name}/events", summary="操作の記録 / What was done and by whom")
    async def events(name: str, principal: operator) -> list[OrganisationEventShown]:
        found = await organisation_events(joint_use, principal, name)
        return [OrganisationEventShown.of(one) for one in found]

    @router.get("/{name}/tenants", summary="組織のテナント / Its tenants")
    async def tenants(name: str, principal: operator) -> list[TenantShown]:
        await show_organisation(joint_use, principal, name)
        members = Members(organisation=name)
        return [TenantShown.of(one) for one in await tenants_of(joint_use, principal, members)]

    @router.post("/{name}/suspend", summary="組織の全テナントを停止 / Suspend its tenants")
    async def suspend(name: str, principal: operator) -> list[TenantShown]:
        members = Members(organisation=name)
        return [
            TenantShown.of(one) for one in await suspend_together(joint_use, principal, members)
        ]

    @router.post("/{name}/resume", summary="組織の全テナントを再開 / Resume its tenants")
    async def resume(name: str, principal: operator) -> list[TenantShown]:
        members = Members(organisation=name)
        return [TenantShown.of(one) for one in await resume_together(joint_use, principal, members)]

    return router


def municipality_router(joint_use: JointUse, token: SecretStr) -> APIRouter:
    """Make the router of /admin/municipalities.

    Args:
        joint_use: the ports.
        token: the operator token.
    """
    operator = Annotated[Principal, Depends(OperatorToken(token))]
    router = APIRouter(
        prefix="/admin/municipalities",
        tags=["自治体 / Municipalities"],
        route_class=ProblemRoute,
    )

    @router.get("", summary="自治体の一覧 / List")
    async def every(principal: operator) -> list[MunicipalityShown]:
        found = await list_municipalities(joint_use, principal)
        return [MunicipalityShown.of(one) for one in found]

    @router.put("/{code}", summary="自治体を登録・変更 / Register or change")
    async def put(code: str, asked: MunicipalityNames, principal: operator) -> MunicipalityShown:
        wanted = Municipality(code=code, name_ja=asked.name_ja, name_en=asked.name_en)
        return MunicipalityShown.of(await register_municipality(joint_use, principal, wanted))

    @router.get("/{code}", summary="自治体の登録内容一式 / Everything registered of it")
    async def whole(code: str, principal: operator) -> MunicipalityWholeShown:
        found = await show_municipality(joint_use, principal, code)
        return MunicipalityWholeShown(
            municipality=MunicipalityShown.of(found.municipality),
            organisations=[OrganisationShown.of(one) for one in found.organisations],
            tenants=[TenantShown.of(one) for one in found.tenants],
        )

    @router.post("/{code}/suspend", summary="自治体の全テナントを停止 / Suspend its tenants")
    async def suspend(code: str, principal: operator) -> list[TenantShown]:
        members = Members(municipality=code)
        return [
            TenantShown.of(one) for one in await suspend_together(joint_use, principal, members)
        ]

    @router.post("/{code}/resume", summary="自治体の全テナントを再開 / Resume its tenants")
    async def resume(code: str, principal: operator) -> list[TenantShown]:
        members = Members(municipality=code)
        return [TenantShown.of(one) for one in await resume_together(joint_use, principal, members)]

    return router
