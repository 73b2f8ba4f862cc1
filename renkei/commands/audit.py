"""`renkei audit`: what was recorded of sign-ins, decisions and changes, and whether it is whole."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, cast

import orjson
import typer
from rich.console import Console
from rich.table import Column, Table

from joint_use.terms.audit import AuditKind
from kit.json import JsonObject
from renkei.commands.admin import call_admin
from renkei.commands.options import Data
from renkei.commands.platform import Url, find_platform

app = typer.Typer(no_args_is_help=True, help="The audit / 監査記録")

_PATH = "/admin/audit"
_VERIFYING_S = 3600.0


@app.command(name="list")
def list_all(
    tenant: Annotated[str | None, typer.Option(help="Of this tenant / テナント")] = None,
    kind: Annotated[AuditKind | None, typer.Option(help="Of this kind / 種別")] = None,
    person: Annotated[
        str | None, typer.Option(help="Of a person, by subject or account / 本人の識別子")
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(help="From then on, local time / この時刻以降")
    ] = None,
    until: Annotated[datetime | None, typer.Option(help="Before / この時刻より前")] = None,
    limit: Annotated[int, typer.Option(help="How many / 件数")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One record a line, as JSON")] = False,
    data: Data = None,
    url: Url = None,
) -> None:
    """List records, the latest first / 記録を一覧する."""
    asked = {
        "tenant": tenant,
        "kind": None if kind is None else kind.value,
        "person": person,
        "since": None if since is None else since.astimezone().isoformat(),
        "until": None if until is None else until.astimezone().isoformat(),
        "limit": str(limit),
    }
    params = {name: value for name, value in asked.items() if value is not None}
    answer = call_admin(find_platform(url, data), "GET", f"{_PATH}/records", params=params)
    found = cast("list[JsonObject]", answer)
    if as_json:
        for one in found:
            typer.echo(orjson.dumps(one).decode())
        return
    Console().print(_table(found))


@app.command()
def show(
    chain: Annotated[str, typer.Argument(help="The chain / 連鎖")],
    number: Annotated[int, typer.Argument(help="Its number there / 番号")],
    data: Data = None,
    url: Url = None,
) -> None:
    """Show one record / 記録を表示する."""
    told = call_admin(find_platform(url, data), "GET", f"{_PATH}/records/{chain}/{number}")
    typer.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())


@app.command()
def verify(
    published: Annotated[
        list[Path] | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="A file with statements of heads that were kept elsewhere / 保管した署名文書",
        ),
    ] = None,
    data: Data = None,
    url: Url = None,
) -> None:
    """Recompute every record and find every signed head again / 記録全体を検証する."""
    kept = [text for file in published or () for text in file.read_text("ascii").split()]
    told = cast(
        JsonObject,
        call_admin(
            find_platform(url, data),
            "POST",
            f"{_PATH}/verification",
            {"published": [*kept]},
            timeout_s=_VERIFYING_S,
        ),
    )
    typer.echo(
        f"記録 {told['records']} 件、連鎖 {told['chains']}、署名文書 {told['statements']} / "
        f"{told['records']} records in {told['chains']} chains, {told['statements']} statements"
    )
    findings = cast("list[JsonObject]", told["findings"])
    for one in findings:
        where = " ".join(str(one[part]) for part in ("chain", "number") if one[part] is not None)
        typer.echo(f"{where}: {one['ja']} / {one['en']}", err=True)
    if findings:
        raise typer.Exit(1)
    typer.echo("異常はありません / Nothing is wrong")


def _table(found: list[JsonObject]) -> Table:
    names = ("日時 At", "種別 Kind", "結果 Outcome", "主体 By", "テナント Tenant", "内容 What")
    table = Table(*(Column(name, overflow="fold") for name in names))
    for one in found:
        content = one["content"]
        told = content if isinstance(content, dict) else {"what": str(content)}
        by = told.get("by")
        who = f"{by.get('kind')} {by.get('name')}" if isinstance(by, dict) else "―"
        words = [str(told[part]) for part in ("what", "reason") if told.get(part)]
        table.add_row(
            str(told.get("at", ""))[:19],
            str(told.get("kind", "?")),
            str(told.get("outcome", "?")),
            who,
            str(told.get("tenant", "―")),
            ": ".join(words),
        )
    return table
