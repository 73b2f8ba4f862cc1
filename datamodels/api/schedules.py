"""Scheduled imports over HTTP: set, shown and hastened by who administers a tenant."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, JsonValue, SecretStr

from datamodels.api.problems import ModelRoute
from datamodels.model.errors import DataModelError, UnknownModel
from datamodels.model.schedule import Schedule
from datamodels.model.words import Words
from datamodels.operations.adoption import DataModels, administered
from joint_use import Number, OperatorToken, Principal, municipality_code


class ScheduleAsked(BaseModel):
    """定期取込の設定 / A file to be imported again and again."""

    model_config = ConfigDict(extra="forbid")

    model: str = Field(description="データモデル / The model", examples=["AED"])
    source: str = Field(
        min_length=1,
        max_length=2000,
        description="URL、または取込フォルダー内のファイル・フォルダー / A URL, or a file or "
        "folder in the import folder",
    )
    every_s: int = Field(default=86_400, ge=60, description="間隔（秒） / Seconds between looks")
    municipality: str | None = Field(
        default=None, description="全国地方公共団体コード / For rows without one"
    )
    mapping: dict[str, str] = Field(
        default_factory=dict, description="見出しと項目の対応 / The column for a header"
    )
    series: str | None = Field(
        default=None,
        pattern="^[A-Za-z0-9_-]{1,40}$",
        description="系列：IDのない行のIDの先頭 / Begins the ids of rows without one; one for each "
        "file of a model",
    )
    deletes_vanished: bool = Field(
        default=False, description="なくなった行を削除するか / Whether vanished rows are deleted"
    )


class ScheduleShown(BaseModel):
    """定期取込 / A scheduled import, and what became of the last one."""

    id: int = Field(description="番号 / Its number")
    type: str = Field(description="データモデル / The model")
    source: str = Field(description="取込元 / Where it is imported from")
    municipality: str | None = Field(description="全国地方公共団体コード / For rows without one")
    mapping: dict[str, str] = Field(description="見出しと項目の対応 / The column for a header")
    series: str | None = Field(description="系列 / Begins the ids of rows without one")
    deletes_vanished: bool = Field(description="なくなった行を削除するか / Whether it deletes")
    every_s: int = Field(description="間隔（秒） / Seconds between looks")
    next_at: datetime = Field(description="次回 / When it is due")
    report: dict[str, JsonValue] | None = Field(description="前回の結果 / What became of the last")

    @classmethod
    def of(cls, schedule: Schedule) -> "ScheduleShown":
        """Show a schedule."""
        said = asdict(schedule)
        return cls.model_validate({name: said[name] for name in cls.model_fields})


def schedule_router(house: DataModels, token: SecretStr) -> APIRouter:
    """Make the router of /datamodels/tenants/{tenant}/schedules, for who has the token."""
    caller = Annotated[Principal, Depends(OperatorToken(token))]
    routes = APIRouter(
        prefix="/datamodels/tenants/{tenant}/schedules",
        tags=["データモデル / Data models"],
        route_class=ModelRoute,
    )

    @routes.get("", summary="定期取込の一覧 / List scheduled imports")
    async def read_schedules(tenant: str, principal: caller) -> list[ScheduleShown]:
        found = await administered(house, principal, tenant)
        return [ScheduleShown.of(one) for one in await house.schedules.of(found.number)]

    @routes.post("", status_code=201, summary="定期取込を設定 / Schedule an import")
    async def add(tenant: str, asked: ScheduleAsked, principal: caller) -> ScheduleShown:
        found = await administered(house, principal, tenant)
        code = asked.municipality or found.municipality_code
        schedule = Schedule(
            tenant=found.number,
            tenant_name=found.name,
            type=house.registry.named(asked.model).type,
            source=asked.source,
            every_s=asked.every_s,
            next_at=house.clock(),
            municipality=municipality_code(code) if code else None,
            mapping=asked.mapping,
            series=asked.series,
            deletes_vanished=asked.deletes_vanished,
            set_by=principal.subject,
            set_at=house.clock(),
        )
        _require_apart(schedule, await house.schedules.of(found.number))
        number = await house.schedules.put(schedule)
        kept = await house.schedules.of(found.number)
        return next(ScheduleShown.of(one) for one in kept if one.id == number)

    @routes.post("/{number}/run", status_code=202, summary="今すぐ取り込む / Import it now")
    async def hasten(tenant: str, number: Number, principal: caller) -> None:
        found = await administered(house, principal, tenant)
        if not await house.schedules.hasten(found.number, number, house.clock()):
            raise _unknown(number)

    @routes.delete("/{number}", status_code=204, summary="定期取込をやめる / Remove it")
    async def remove(tenant: str, number: Number, principal: caller) -> None:
        found = await administered(house, principal, tenant)
        if not await house.schedules.remove(found.number, number):
            raise _unknown(number)

    return routes


def _require_apart(wanted: Schedule, others: Sequence[Schedule]) -> None:
    """Refuse a schedule that would take what another one brings for vanished, or be so taken."""
    for one in others:
        is_other = one.type == wanted.type and one.source != wanted.source
        is_deleting = one.deletes_vanished or wanted.deletes_vanished
        is_apart = one.series != wanted.series and None not in (one.series, wanted.series)
        if is_other and is_deleting and not is_apart:
            raise DataModelError(
                Words(
                    f"定期取込 {one.id} も {one.type} を取り込むため、互いの行を削除します。"
                    "それぞれに異なる系列（series）を指定してください",
                    f"Schedule {one.id} brings {one.type} too, and one would delete what the other "
                    "brings; right is a series of its own for each",
                ),
                where="series",
            )


def _unknown(number: int) -> UnknownModel:
    return UnknownModel(
        Words(f"定期取込 {number} はありません", f"Schedule {number} does not exist"),
        where="number",
    )
