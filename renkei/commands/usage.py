"""`renkei usage`: what tenants use, as a table with a chart, or as CSV."""

import urllib.parse
from enum import StrEnum
from pathlib import Path
from typing import Annotated, cast

import httpx2
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from kit.json import JsonObject
from renkei.commands.admin import call_admin
from renkei.commands.options import Data
from renkei.commands.platform import Platform, Url, find_platform

_PATH = "/admin/usage"
_BAR = 30  # characters of the longest bar
_TIMEOUT_S = 60.0


class By(StrEnum):
    """What usage is summed up by."""

    DAY = "day"
    TENANT = "tenant"
    ORGANISATION = "organisation"
    MUNICIPALITY = "municipality"
    SERVICE = "service"
    OPERATION = "operation"
    STATUS = "status"


class Measure(StrEnum):
    """What the chart shows."""

    REQUESTS = "requests"
    USERS = "users"
    BYTES_IN = "bytes_in"
    BYTES_OUT = "bytes_out"
    CHANGES = "changes"
    NOTIFICATIONS = "notifications"
    ENTITIES = "entities"
    ATTRIBUTES = "attributes"
    BYTES_STORED = "bytes_stored"


_COLUMNS = {
    Measure.REQUESTS: "リクエスト Requests",
    Measure.USERS: "利用者 Users",
    Measure.BYTES_IN: "受信 In",
    Measure.BYTES_OUT: "送信 Out",
    Measure.CHANGES: "書込み Changes",
    Measure.NOTIFICATIONS: "通知 Notified",
    Measure.ENTITIES: "件数 Entities",
    Measure.BYTES_STORED: "保存 Stored",
}
_IN_BYTES = frozenset({Measure.BYTES_IN, Measure.BYTES_OUT, Measure.BYTES_STORED})


def command(
    by: Annotated[
        list[By] | None, typer.Option(help="What to sum up by / 集計の単位 (several)")
    ] = None,
    tenant: Annotated[str | None, typer.Option(help="This tenant alone / テナント")] = None,
    municipality: Annotated[
        str | None, typer.Option(help="This municipality alone, by its code / 団体コード")
    ] = None,
    first: Annotated[
        str | None, typer.Option(help="First day in Japan / 開始日", metavar="YYYY-MM-DD")
    ] = None,
    last: Annotated[
        str | None, typer.Option(help="Last day, included / 終了日", metavar="YYYY-MM-DD")
    ] = None,
    chart: Annotated[
        Measure, typer.Option(help="What the chart shows / グラフの項目")
    ] = Measure.REQUESTS,
    csv: Annotated[
        Path | None, typer.Option(help="Write a CSV file instead / CSV に書き出す")
    ] = None,
    count: Annotated[
        bool, typer.Option("--count", help="Count what is not counted yet first / 先に集計する")
    ] = False,
    data: Data = None,
    url: Url = None,
) -> None:
    """Show what tenants use, this month unless told otherwise / 利用量を表示する."""
    platform = find_platform(url, data)
    groups = by or [By.TENANT]
    asked = {"tenant": tenant, "municipality": municipality, "first": first, "last": last}
    pairs = [(name, text) for name, text in asked.items() if text is not None]
    query = urllib.parse.urlencode([*(("by", one.value) for one in groups), *pairs])
    if count:
        call_admin(platform, "POST", f"{_PATH}/count")
    if csv is not None:
        csv.write_bytes(_csv(platform, query))
        return
    usage = cast("list[JsonObject]", call_admin(platform, "GET", f"{_PATH}?{query}"))
    Console().print(table_of(usage, groups, chart))


def table_of(usage: list[JsonObject], groups: list[By], chart: Measure) -> Table:
    """Lay out usage, with a bar for the measure that is charted."""
    table = Table(*(one.value for one in groups))
    for title in _COLUMNS.values():
        table.add_column(title, justify="right")
    table.add_column(f"{chart.value}")
    longest = max((_number(one, chart) for one in usage), default=0)
    for one in usage:
        bar = "█" * round(_BAR * _number(one, chart) / longest) if longest else ""
        table.add_row(
            *(Text(str(one[group.value] or "―")) for group in groups),
            *(_shown(one, measure) for measure in _COLUMNS),
            bar,
        )
    return table


def _csv(platform: Platform, query: str) -> bytes:
    """Fetch the CSV as it is, BOM and all."""
    answer = httpx2.get(
        f"{platform.url}{_PATH}/csv?{query}",
        headers={"Authorization": f"Bearer {platform.operator_token or ''}"},
        timeout=_TIMEOUT_S,
        trust_env=False,
    )
    if not answer.is_success:
        call_admin(platform, "GET", f"{_PATH}?{query}")  # says what is wrong
    return answer.content


def _number(one: JsonObject, measure: Measure) -> int:
    return cast(int, one[measure.value] or 0)


def _shown(one: JsonObject, measure: Measure) -> str:
    if one[measure.value] is None:
        return "―"
    number = _number(one, measure)
    return _in_bytes(number) if measure in _IN_BYTES else f"{number:,}"


def _in_bytes(number: float) -> str:
    """Write a number of bytes for people.

    >>> _in_bytes(900), _in_bytes(1_234_567)
    ('900 B', '1.2 MB')
    """
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1_000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1_000
    return f"{number:.1f} TB"
