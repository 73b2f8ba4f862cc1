"""`renkei federation mark`: trust marks, above all those that attest what levels are worth."""

from pathlib import Path
from typing import Annotated, TypeAlias, cast

import orjson
import typer
from rich.console import Console
from rich.table import Table

from kit.json import JsonObject, JsonValue
from renkei.commands.admin import call_admin
from renkei.commands.options import Data
from renkei.commands.platform import Url, find_platform

app = typer.Typer(no_args_is_help=True, help="Trust marks / トラストマーク")

_PATH = "/admin/federation"
_STATUS = {"active": "有効", "expired": "期限切れ", "revoked": "失効"}

Number: TypeAlias = Annotated[int, typer.Argument(help="Its number / 番号")]
Days: TypeAlias = Annotated[int, typer.Option(help="How long it lasts / 有効日数")]
Kind: TypeAlias = Annotated[
    str | None, typer.Option("--type", help="By default an assurance map / 種類")
]


@app.command()
def issue(
    subject: Annotated[str, typer.Argument(help="Of whom / 対象のエンティティ")],
    table: Annotated[
        Path | None, typer.Option("--map", help="The table of levels, JSON / レベル対応表")
    ] = None,
    kind: Kind = None,
    days: Days = 90,
    data: Data = None,
    url: Url = None,
) -> None:
    """Attest what somebody's levels are worth, or something else / 発行する."""
    content: JsonObject = {}
    if table is not None:
        content = {"assurance_map": cast(JsonValue, orjson.loads(table.read_bytes()))}
    wanted: JsonObject = {
        "subject": subject,
        "trust_mark_type": kind,
        "content": content,
        "days": days,
    }
    _print([call_admin(find_platform(url, data), "POST", f"{_PATH}/marks", wanted)])


@app.command()
def renew(number: Number, days: Days = 90, data: Data = None, url: Url = None) -> None:
    """Issue a mark again for a further while / 更新する."""
    platform = find_platform(url, data)
    where = f"{_PATH}/marks/{number}/renewal"
    _print([call_admin(platform, "POST", where, params={"days": str(days)})])


@app.command()
def revoke(
    number: Number,
    reason: Annotated[str, typer.Option(help="Why / 理由")] = "",
    data: Data = None,
    url: Url = None,
) -> None:
    """Let a mark count no more, from now on / 失効させる."""
    platform = find_platform(url, data)
    where = f"{_PATH}/marks/{number}/revocation"
    _print([call_admin(platform, "POST", where, params={"reason": reason})])


@app.command(name="list")
def list_all(data: Data = None, url: Url = None) -> None:
    """List the marks that were ever issued here / 発行済みを一覧する."""
    found = call_admin(find_platform(url, data), "GET", f"{_PATH}/marks")
    _print(cast("list[JsonValue]", found))


@app.command()
def show(
    issuer: Annotated[str, typer.Argument(help="Who issued it / 発行者")],
    kind: Kind = None,
    data: Data = None,
    url: Url = None,
) -> None:
    """Show a mark of this platform from now on / この基盤のマークを表示に加える."""
    wanted: JsonObject = {"issuer": issuer, "trust_mark_type": kind}
    _print_held([call_admin(find_platform(url, data), "PUT", f"{_PATH}/held-marks", wanted)])


@app.command()
def hide(
    issuer: Annotated[str, typer.Argument(help="Who issued it / 発行者")],
    kind: Kind = None,
    data: Data = None,
    url: Url = None,
) -> None:
    """Show a mark no more / 表示をやめる."""
    asked = {"issuer": issuer, **({} if kind is None else {"trust_mark_type": kind})}
    call_admin(find_platform(url, data), "DELETE", f"{_PATH}/held-marks", params=asked)


@app.command()
def shown(data: Data = None, url: Url = None) -> None:
    """List the marks that this platform shows / 表示中のマークを一覧する."""
    found = call_admin(find_platform(url, data), "GET", f"{_PATH}/held-marks")
    _print_held(cast("list[JsonValue]", found))


def _print(found: list[JsonValue]) -> None:
    table = Table(
        "番号 No.", "対象 Subject", "種類 Type", "版 Version", "期限 Until", "状態 Status"
    )
    for one in cast("list[JsonObject]", found):
        content = cast(JsonObject, one["content"])
        known = content.get("assurance_map")
        version = str(known["version"]) if isinstance(known, dict) else "―"
        word = str(one["status"])
        table.add_row(
            str(one["number"]),
            str(one["subject"]),
            str(one["trust_mark_type"]),
            version,
            str(one["expires_at"]),
            f"{_STATUS[word]} {word}",
        )
    Console().print(table)


def _print_held(found: list[JsonValue]) -> None:
    table = Table("種類 Type", "発行者 Issuer", "状態 Status")
    for one in cast("list[JsonObject]", found):
        word = "なし none" if one["trust_mark"] is None else "表示中 shown"
        table.add_row(str(one["trust_mark_type"]), str(one["issuer"]), word)
    Console().print(table)
