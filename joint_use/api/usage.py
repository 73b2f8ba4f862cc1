"""The admin API of usage, under /admin/usage, as JSON and as CSV for spreadsheets."""

import csv
import io
from collections.abc import Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response, status
from pydantic import BaseModel, Field, SecretStr

from joint_use.api.operator import OperatorToken
from joint_use.api.problems import ProblemRoute
from joint_use.operations.usage import count_usage, show_usage
from joint_use.ports import Metering
from joint_use.terms.access import Principal
from joint_use.terms.usage import Grouping, Period, Usage, Wanted, japanese_day

_BOM = "\ufeff"
_CSV = "text/csv; charset=utf-8"
_HEADERS = {
    Grouping.DAY: "日付",
    Grouping.TENANT: "テナント",
    Grouping.ORGANISATION: "接続組織",
    Grouping.MUNICIPALITY: "全国地方公共団体コード",
    Grouping.SERVICE: "サービス",
    Grouping.OPERATION: "操作",
    Grouping.STATUS: "応答区分",
}
_SUMS = {
    "requests": "リクエスト数",
    "refused": "うちエラー応答",
    "users": "利用者数（日別延べ）",
    "bytes_in": "受信バイト数",
    "bytes_out": "送信バイト数",
    "changes": "書込み件数",
    "notifications": "通知件数",
    "entities": "データ件数（エンティティ）",
    "attributes": "属性件数",
    "bytes_stored": "保存バイト数",
}


class UsageShown(BaseModel):
    """利用量 / Usage of one group; null where it is not counted by what the group is made by."""

    day: str | None = Field(default=None, description="日付（日本時間） / Day, in Japan")
    tenant: str | None = Field(default=None, description="テナント / Tenant")
    organisation: str | None = Field(default=None, description="接続組織 / Organisation")
    municipality: str | None = Field(default=None, description="団体コード / Municipality code")
    service: str | None = Field(default=None, description="サービス / Service")
    operation: str | None = Field(default=None, description="操作 / Kind of operation")
    status: str | None = Field(default=None, description="応答区分 / Hundreds of the HTTP status")
    requests: int | None = Field(description="リクエスト数 / Requests")
    refused: int | None = Field(description="うちエラー応答 / Those answered 4xx or 5xx")
    users: int | None = Field(description="利用者数（日別延べ） / Distinct users a day, summed up")
    bytes_in: int | None = Field(description="受信バイト数 / Bytes of bodies received")
    bytes_out: int | None = Field(description="送信バイト数 / Bytes of bodies sent")
    changes: int | None = Field(description="書込み件数 / Changes of entities")
    notifications: int | None = Field(description="通知件数 / Notifications that arrived")
    entities: int | None = Field(description="エンティティ数 / Entities, at the end")
    attributes: int | None = Field(description="属性数 / Attribute instances, at the end")
    bytes_stored: int | None = Field(description="保存バイト数 / Bytes stored, at the end")

    @classmethod
    def of(cls, usage: Usage) -> "UsageShown":
        """Show usage."""
        sums = {name: getattr(usage, name) for name in _SUMS}
        return cls.model_validate({one.value: text for one, text in usage.group.items()} | sums)


def usage_router(metering: Metering, token: SecretStr) -> APIRouter:
    """Make the router of /admin/usage.

    Args:
        metering: the ports.
        token: the operator token.
    """
    operator = Annotated[Principal, Depends(OperatorToken(token))]
    router = APIRouter(prefix="/admin/usage", tags=["利用量 / Usage"], route_class=ProblemRoute)

    def wanted(
        first: Annotated[date | None, Query(description="開始日（日本時間） / First day")] = None,
        last: Annotated[date | None, Query(description="終了日 / Last day, included")] = None,
        by: Annotated[
            list[Grouping] | None, Query(description="集計の単位 / What is summed up by")
        ] = None,
        tenant: Annotated[str | None, Query(description="テナント / Of this tenant alone")] = None,
        municipality: Annotated[
            str | None, Query(description="団体コード / Of this municipality alone")
        ] = None,
    ) -> Wanted:
        today = japanese_day(metering.clock())
        period = Period(first=first or (last or today).replace(day=1), last=last or today)
        groups = tuple(dict.fromkeys(by)) if by else (Grouping.TENANT,)
        return Wanted(period=period, by=groups, tenant=tenant, municipality=municipality)

    about = Annotated[Wanted, Depends(wanted)]

    @router.get("", summary="利用量 / Usage, summed up")
    async def usage(principal: operator, asked: about) -> list[UsageShown]:
        return [UsageShown.of(one) for one in await show_usage(metering, principal, asked)]

    @router.get("/csv", summary="利用量のCSV / Usage as CSV", response_class=Response)
    async def as_csv(principal: operator, asked: about) -> Response:
        found = await show_usage(metering, principal, asked)
        name = f"usage_{asked.period.first}_{asked.period.last}.csv"
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        return Response(_csv(asked.by, found), headers=headers, media_type=_CSV)

    @router.post("/count", summary="今すぐ集計 / Count now", status_code=status.HTTP_204_NO_CONTENT)
    async def count(
        principal: operator,
        tenant: Annotated[
            str | None, Query(description="このテナントは必ず読む / Read this one in any case")
        ] = None,
    ) -> None:
        await count_usage(metering, principal, tenant)

    return router


def _csv(by: Sequence[Grouping], found: Sequence[Usage]) -> str:
    """Write a table that spreadsheets open as it is: BOM, CRLF, headers in Japanese."""
    text = io.StringIO()
    text.write(_BOM)
    table = csv.writer(text)
    table.writerow([*(_HEADERS[one] for one in by), *_SUMS.values()])
    for one in found:
        sums = (getattr(one, name) for name in _SUMS)
        table.writerow(
            [*(_inert(one.group[key]) for key in by), *("" if n is None else n for n in sums)]
        )
    return text.getvalue()


def _inert(text: str) -> str:
    """Keep a spreadsheet from taking a name for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
