"""What tenants ask of their entities, over HTTP: set and shown by who administers them."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from datamodels.api.problems import ModelRoute
from datamodels.model.adoption import Adoption, Found, Validation
from datamodels.operations.adoption import (
    DataModels,
    adopt_model,
    adopted_models,
    drop_model,
    findings,
)
from joint_use import OperatorToken, Principal


class AdoptionAsked(BaseModel):
    """採用の内容 / What a tenant asks of a model."""

    model_config = ConfigDict(extra="forbid")

    validation: Validation = Field(
        default=Validation.WARN,
        description="検証：off＝しない、warn＝警告、enforce＝拒否 / What becomes of wrong entities",
    )
    gaps: bool = Field(
        default=False,
        description="必須項目の空欄を許すか / Whether what the model requires may be missing",
    )


class AdoptionShown(BaseModel):
    """採用したデータモデル / A model that a tenant has adopted."""

    type: str = Field(description="データモデル / The model")
    validation: Validation = Field(description="検証 / What becomes of wrong entities")
    gaps: bool = Field(description="必須項目の空欄を許すか / Whether gaps are allowed")
    set_by: str = Field(description="設定者 / Who set it")
    set_at: datetime | None = Field(description="設定日時 / When")

    @classmethod
    def of(cls, adoption: Adoption) -> "AdoptionShown":
        """Show an adoption."""
        return cls(
            type=adoption.type,
            validation=adoption.validation,
            gaps=adoption.gaps,
            set_by=adoption.set_by,
            set_at=adoption.set_at,
        )


class FindingShown(BaseModel):
    """検証で見つかった誤り / What was wrong in what was written."""

    type: str = Field(description="データモデル / The model")
    place: str = Field(description="場所（JSON ポインタ） / Where, as a JSON pointer")
    is_refused: bool = Field(description="拒否したか / Whether it was refused")
    count: int = Field(description="件数 / How often")
    last_ja: str = Field(description="直近の内容 / What was wrong the last time, in Japanese")
    last_en: str = Field(description="直近の内容（英語） / The same in English")
    last_at: datetime = Field(description="直近の日時 / When that was")

    @classmethod
    def of(cls, found: Found) -> "FindingShown":
        """Show a finding."""
        return cls(
            type=found.type,
            place=found.place,
            is_refused=found.is_refused,
            count=found.count,
            last_ja=found.last.ja,
            last_en=found.last.en,
            last_at=found.last_at,
        )


def adoption_router(house: DataModels, token: SecretStr) -> APIRouter:
    """Make the router of /datamodels/tenants, for who has the operator's token."""
    caller = Annotated[Principal, Depends(OperatorToken(token))]
    routes = APIRouter(
        prefix="/datamodels/tenants/{tenant}",
        tags=["データモデル / Data models"],
        route_class=ModelRoute,
    )

    @routes.get("/models", summary="採用の一覧 / List what a tenant has adopted")
    async def read_adopted(tenant: str, principal: caller) -> list[AdoptionShown]:
        adopted = await adopted_models(house, principal, tenant)
        return [AdoptionShown.of(one) for _, one in adopted]

    @routes.put("/models/{name}", summary="採用・検証の設定 / Adopt a model")
    async def adopt(
        tenant: str, name: str, asked: AdoptionAsked, principal: caller
    ) -> AdoptionShown:
        adoption = await adopt_model(
            house, principal, tenant, name, validation=asked.validation, gaps=asked.gaps
        )
        return AdoptionShown.of(adoption)

    @routes.delete("/models/{name}", summary="採用の取りやめ / Drop a model")
    async def drop(tenant: str, name: str, principal: caller) -> AdoptionShown:
        return AdoptionShown.of(await drop_model(house, principal, tenant, name))

    @routes.get("/findings", summary="検証の結果 / List what was wrong")
    async def read_findings(tenant: str, principal: caller) -> list[FindingShown]:
        return [FindingShown.of(one) for one in await findings(house, principal, tenant)]

    return routes
