"""`renkei tenant move` and `renkei tenant moves`: where tenants' data are kept."""

import time
from typing import Annotated, cast

import typer
from rich.console import Console
from rich.table import Table

from kit.json import JsonObject
from renkei.commands.admin import call_admin
from renkei.commands.options import Data
from renkei.commands.platform import Platform, Url, find_platform

_PHASES = {
    "registered": "受付",
    "copying": "コピー中",
    "switching": "切替中",
    "returning": "取消中",
    "cleaning": "移動済み（旧データ保持中）",
    "moved": "移動済み",
    "rolled_back": "取消済み",
}
_DONE = frozenset({"cleaning", "moved"})
_FAILED = frozenset({"rolled_back"})
_LOOK_S = 0.5


def move(
    name: Annotated[str, typer.Argument(help="The tenant / テナント名", metavar="NAME")],
    to: Annotated[
        str,
        typer.Option(
            "--to", help="separated, shared, SERVER or SERVER/separated / 移動先", metavar="PLACE"
        ),
    ],
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Wait for its end / 完了を待つ")
    ] = True,
    data: Data = None,
    url: Url = None,
) -> None:
    """Move a tenant to another database while it is used / テナントを別のデータベースへ移す."""
    platform = find_platform(url, data)
    path = f"/admin/tenants/{name}/moves"
    asked = cast(JsonObject, call_admin(platform, "POST", path, {"to": to}))
    found = _followed(platform, path, asked) if wait else asked
    _print([found])
    if str(found["phase"]) in _FAILED:
        raise typer.Exit(1)


def moves(
    name: Annotated[
        str | None, typer.Argument(help="One tenant alone / テナント名", metavar="NAME")
    ] = None,
    data: Data = None,
    url: Url = None,
) -> None:
    """Show moves of tenants, the newest first / テナントの移動を一覧する."""
    path = "/admin/moves" if name is None else f"/admin/tenants/{name}/moves"
    _print(cast("list[JsonObject]", call_admin(find_platform(url, data), "GET", path)))


def _followed(platform: Platform, path: str, asked: JsonObject) -> JsonObject:
    """Wait until a move needs nobody any more, and say meanwhile how far it is."""
    console = Console(stderr=True)
    with console.status("移動を待っています / Waiting") as status:
        while True:
            every = cast("list[JsonObject]", call_admin(platform, "GET", path))
            found = next((one for one in every if one["number"] == asked["number"]), asked)
            if str(found["phase"]) in _DONE | _FAILED:
                return found
            phase = str(found["phase"])
            status.update(f"{_PHASES[phase]} {phase}: {found['copied']} 行 rows")
            time.sleep(_LOOK_S)


def _print(found: list[JsonObject]) -> None:
    table = Table(
        "テナント Tenant",
        "移動元 From",
        "移動先 To",
        "段階 Phase",
        "行数 Rows",
        "停止 Held",
        "理由 Reason",
    )
    for one in found:
        phase = str(one["phase"])
        held = one["held_ms"]
        table.add_row(
            str(one["tenant"]),
            str(one["origin"]),
            str(one["target"]),
            f"{_PHASES[phase]} {phase}",
            str(one["copied"]),
            "―" if held is None else f"{held} ms",
            str(one["reason"] or "―"),
        )
    Console().print(table)
