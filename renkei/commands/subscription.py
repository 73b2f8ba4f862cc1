"""`renkei subscription`: how far notifications are; pause, resume, send dead letters again."""

from typing import Annotated, TypeAlias, cast
from urllib.parse import quote

import typer
from rich.console import Console
from rich.table import Table

from kit.json import JsonObject, JsonValue
from renkei.commands.admin import call_admin
from renkei.commands.options import Data
from renkei.commands.platform import TenantName, Url, find_platform

app = typer.Typer(no_args_is_help=True, help="Subscriptions / サブスクリプション")

_PATH = "/broker/v1/subscriptions"
_PAGE = 1000
_STATUS = {"active": "有効", "paused": "一時停止", "expired": "期限切れ"}

Id: TypeAlias = Annotated[str, typer.Argument(help="Its id / その ID", metavar="ID")]


@app.command(name="list")
def list_all(tenant: TenantName, data: Data = None, url: Url = None) -> None:
    """List a tenant's subscriptions and how far they are / 配信状態を一覧する."""
    found: list[JsonObject] = []
    while True:
        params = {"limit": str(_PAGE), "offset": str(len(found))}
        page = cast("list[JsonObject]", _call(tenant, data, url, "GET", params=params))
        found += page
        if len(page) < _PAGE:
            break
    table = Table("ID", "状態 Status", "未配信 Waiting", "断念 Dead", "送信 Sent", "失敗 Failed")
    for one in found:
        table.add_row(
            str(one["id"]),
            _status(one),
            *(str(one[name]) for name in ("waiting", "dead_letters", "times_sent", "times_failed")),
        )
    Console().print(table)


@app.command()
def show(id_: Id, tenant: TenantName, data: Data = None, url: Url = None) -> None:
    """Show a subscription's deliveries and dead letters / 配信状態を表示する."""
    _print(cast(JsonObject, _call(tenant, data, url, "GET", id_)))
    letters = cast("list[JsonObject]", _call(tenant, data, url, "GET", id_, "/deadLetters"))
    if letters:
        table = Table("番号 Number", "エンティティ Entity", "断念 Given up", "原因 Cause")
        for letter in letters:
            table.add_row(*(str(letter[name]) for name in ("number", "entity", "died_at", "cause")))
        Console().print(table)


@app.command()
def replay(
    id_: Id,
    tenant: TenantName,
    number: Annotated[
        list[int] | None, typer.Option(help="Only these; by default all / 番号、省略時はすべて")
    ] = None,
    data: Data = None,
    url: Url = None,
) -> None:
    """Send dead letters again / 配信を断念した通知を再送する."""
    asked: JsonObject = {"numbers": list[JsonValue](number) if number else None}
    answer = cast(JsonObject, _call(tenant, data, url, "POST", id_, "/replay", body=asked))
    typer.echo(f"{answer['replayed']} 件を再送します / are sent again")


@app.command()
def pause(id_: Id, tenant: TenantName, data: Data = None, url: Url = None) -> None:
    """Send no notifications until it is resumed / 一時停止する."""
    _print(cast(JsonObject, _call(tenant, data, url, "POST", id_, "/pause")))


@app.command()
def resume(id_: Id, tenant: TenantName, data: Data = None, url: Url = None) -> None:
    """Let a paused subscription go on / 再開する."""
    _print(cast(JsonObject, _call(tenant, data, url, "POST", id_, "/resume")))


def _call(
    tenant: str,
    data: Data,
    url: str | None,
    method: str,
    id_: str = "",
    then: str = "",
    *,
    body: JsonObject | None = None,
    params: dict[str, str] | None = None,
) -> JsonValue:
    path = f"{_PATH}/{quote(id_, safe='')}{then}" if id_ else _PATH
    headers = {"NGSILD-Tenant": tenant}
    return call_admin(find_platform(url, data), method, path, body, params=params, headers=headers)


def _print(one: JsonObject) -> None:
    table = Table(show_header=False)
    for name, value in one.items():
        if value not in (None, ""):
            table.add_row(name, _status(one) if name == "status" else str(value))
    Console().print(table)


def _status(one: JsonObject) -> str:
    status = str(one["status"])
    failing = "、失敗中 failing" if one.get("failing_since") else ""
    return f"{_STATUS[status]} {status}{failing}"
