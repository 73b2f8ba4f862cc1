"""`renkei schedule`: files that the platform imports again and again by itself."""

from pathlib import Path
from typing import Annotated, cast

import typer
from rich.table import Table
from rich.text import Text

from datamodels import NO_CHOICES, read_choices
from kit.json import JsonObject
from renkei.commands.admin import call_admin
from renkei.commands.import_report import console
from renkei.commands.options import Data
from renkei.commands.platform import ModelName, TenantName, Url, find_platform

app = typer.Typer(no_args_is_help=True, help="Scheduled imports / 定期取込")

_COUNTS = ("created", "updated", "unchanged", "refused", "vanished", "deleted")


@app.command()
def add(
    source: Annotated[str, typer.Argument(help="A URL, or a file or folder in the import folder.")],
    model: ModelName,
    tenant: TenantName,
    every: Annotated[int, typer.Option(min=60, help="Seconds between looks / 間隔（秒）")] = 86_400,
    municipality: Annotated[str | None, typer.Option(help="全国地方公共団体コード")] = None,
    mapping: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="How columns are taken.")
    ] = None,
    series: Annotated[
        str | None, typer.Option(help="Begins ids made of row numbers / 系列（公園なら park）")
    ] = None,
    delete_vanished: Annotated[
        bool, typer.Option("--delete-vanished", help="Delete what the source no longer has.")
    ] = False,
    data: Data = None,
    url: Url = None,
) -> None:
    """Import a source now and then again and again / 定期取込を設定する."""
    choices = NO_CHOICES if mapping is None else read_choices(mapping)
    body: JsonObject = {
        "model": model,
        "source": source,
        "every_s": every,
        "municipality": municipality,
        "mapping": dict(choices.columns),
        "series": series or choices.series,
        "deletes_vanished": delete_vanished,
    }
    _show([cast(JsonObject, call_admin(find_platform(url, data), "POST", _of(tenant), body))])


@app.command(name="list")
def list_all(tenant: TenantName, data: Data = None, url: Url = None) -> None:
    """List scheduled imports and what became of them / 一覧する."""
    answer = call_admin(find_platform(url, data), "GET", _of(tenant))
    _show(cast("list[JsonObject]", answer))


@app.command()
def run(number: int, tenant: TenantName, data: Data = None, url: Url = None) -> None:
    """Let one be imported now / 今すぐ取り込む."""
    call_admin(find_platform(url, data), "POST", f"{_of(tenant)}/{number}/run")


@app.command()
def remove(number: int, tenant: TenantName, data: Data = None, url: Url = None) -> None:
    """Import one no more; entities stay / やめる."""
    call_admin(find_platform(url, data), "DELETE", f"{_of(tenant)}/{number}")


def _of(tenant: str) -> str:
    return f"/datamodels/tenants/{tenant}/schedules"


def _show(schedules: list[JsonObject]) -> None:
    table = Table(show_edge=False, pad_edge=False)
    for header in ("番号", "型 / type", "取込元 / source", "次回 / next", "前回 / last", "件数"):
        table.add_column(header, overflow="fold")
    for one in schedules:
        report = one.get("report")
        told = report if isinstance(report, dict) else {}
        counts = "  ".join(f"{name} {told[name]}" for name in _COUNTS if told.get(name))
        last = f"{told.get('outcome', '')} {told.get('error', '')}".strip()
        cells = (one["id"], one["type"], one["source"], one["next_at"], last, counts)
        table.add_row(*(Text(str(cell)) for cell in cells))
    console().print(table)
