"""`renkei federation peer`: whom tenants accept, what was decided, what was exchanged."""

from typing import Annotated, TypeAlias, cast

import orjson
import typer
from rich.console import Console
from rich.table import Table

from kit.json import JsonObject, JsonValue
from renkei.commands.admin import call_admin
from renkei.commands.options import Data
from renkei.commands.platform import Lang, Speaking, Url, find_platform

app = typer.Typer(no_args_is_help=True, help="Peers / 連携先")

_PATH = "/admin/federation"
_OUTCOMES = {"allow": "許可", "step_up": "引上げが必要", "refuse": "拒否"}

Entity: TypeAlias = Annotated[
    str, typer.Argument(help="Its Entity Identifier / エンティティ識別子", metavar="ENTITY")
]
Tenant: TypeAlias = Annotated[str, typer.Option("--tenant", help="For which tenant / テナント")]
Level: TypeAlias = Annotated[int, typer.Option(min=1, max=3, help="The most it counts for / 上限")]


@app.command()
def allow(
    entity: Entity,
    tenant: Tenant,
    max_proofing: Level = 3,
    max_authentication: Level = 3,
    scope: Annotated[
        str, typer.Option(help="What its services may ask for here / サービスに許すスコープ")
    ] = "",
    data: Data = None,
    url: Url = None,
) -> None:
    """Accept a peer; of this platform itself, the services that it enrolled / 許可する."""
    wanted: JsonObject = {
        "tenant": tenant,
        "entity": entity,
        "max_proofing": max_proofing,
        "max_authentication": max_authentication,
        "scopes": [*scope.split()],
    }
    known = call_admin(find_platform(url, data), "POST", f"{_PATH}/peers", wanted)
    _print_known(cast(JsonObject, known))


@app.command()
def offer(
    id_: Annotated[str, typer.Argument(help="Its name here / この基盤での名称", metavar="ID")],
    entity: Entity,
    tenant: Annotated[list[str], typer.Option(help="At which tenants / テナント")],
    name: Annotated[str, typer.Option(help="For people / 表示名")],
    name_en: Annotated[str, typer.Option(help="In English / 英語の表示名")] = "",
    data: Data = None,
    url: Url = None,
) -> None:
    """Let people sign in at a peer / サインイン画面に連携先を出す."""
    wanted: JsonObject = {
        "id": id_,
        "entity": entity,
        "name": name,
        "name_en": name_en,
        "tenants": [*tenant],
    }
    told = call_admin(find_platform(url, data), "POST", f"{_PATH}/offers", wanted)
    typer.echo(f"{cast(JsonObject, told)['issuer']} でサインインできます / can be signed in at")


@app.command()
def disallow(entity: Entity, tenant: Tenant, data: Data = None, url: Url = None) -> None:
    """Accept a peer no more; tokens that rest on its word fall / 許可を取り消す."""
    asked = {"entity": entity, "tenant": tenant}
    call_admin(find_platform(url, data), "DELETE", f"{_PATH}/peers", params=asked)


@app.command(name="list")
def list_all(data: Data = None, url: Url = None) -> None:
    """List whom tenants accept, and what is known of each / 一覧する."""
    found = call_admin(find_platform(url, data), "GET", f"{_PATH}/peers")
    table = Table(
        "テナント Tenant", "連携先 Peer", "上限 Cap", "スコープ Scopes", "対応表 Map", "相互 Link"
    )
    for one in cast("list[JsonObject]", found):
        known = cast("JsonObject | None", one["known"]) or {}
        table.add_row(
            str(one["tenant"]),
            str(one["entity"]),
            str(one["cap"]),
            " ".join(cast("list[str]", one["scopes"])) or "―",
            f"{known.get('status') or '―'} {known.get('checked_at') or ''}",
            str(known.get("accepted_at") or "―"),
        )
    Console().print(table)


@app.command()
def check(entity: Entity, data: Data = None, url: Url = None) -> None:
    """Ask about a peer now: chain, map, its status, whether it accepts us / 今すぐ確認する."""
    platform = find_platform(url, data)
    known = call_admin(platform, "POST", f"{_PATH}/peers/check", params={"entity": entity})
    _print_known(cast(JsonObject, known))


def decisions(
    tenant: Annotated[str | None, typer.Option(help="Of one tenant alone / テナント")] = None,
    limit: Annotated[int, typer.Option(help="How many / 件数")] = 20,
    data: Data = None,
    url: Url = None,
) -> None:
    """List the latest decisions on sign-ins of peers / 判定を一覧する."""
    asked = {"limit": str(limit), **({} if tenant is None else {"tenant": tenant})}
    found = call_admin(find_platform(url, data), "GET", f"{_PATH}/decisions", params=asked)
    table = Table(
        "番号 No.", "日時 At", "テナント Tenant", "連携先 Peer", "サービス Client", "結果 Outcome"
    )
    for one in cast("list[JsonObject]", found):
        word = str(one["outcome"])
        table.add_row(
            *(str(one[name]) for name in ("number", "at", "tenant", "peer", "client")),
            f"{_OUTCOMES[word]} {word}",
        )
    Console().print(table)


def explain(
    number: Annotated[int, typer.Argument(help="Its number / 番号")],
    lang: Speaking = Lang.JA,
    record: Annotated[
        bool, typer.Option("--record", help="With all that was looked at / 入力も表示する")
    ] = False,
    data: Data = None,
    url: Url = None,
) -> None:
    """Explain a decision step by step / 判定を説明する."""
    found = cast(
        JsonObject, call_admin(find_platform(url, data), "GET", f"{_PATH}/decisions/{number}")
    )
    steps = cast("dict[str, list[str]]", found["explained"])[lang.value]
    for step in steps:
        typer.echo(f"・{step}" if lang is Lang.JA else f"- {step}")
    word = str(found["outcome"])
    typer.echo(f"結果: {_OUTCOMES[word]}" if lang is Lang.JA else f"Outcome: {word}")
    if record:
        typer.echo(orjson.dumps(found["record"], option=orjson.OPT_INDENT_2).decode())


def receipts(
    limit: Annotated[int, typer.Option(help="How many / 件数")] = 20,
    data: Data = None,
    url: Url = None,
) -> None:
    """List the latest receipts of exchanges, sent and received / 授受の記録を一覧する."""
    asked = {"limit": str(limit)}
    found = call_admin(find_platform(url, data), "GET", f"{_PATH}/receipts", params=asked)
    table = Table(
        "日時 At", "提供元 From", "提供先 To", "目的 Purpose", "項目 Items", "到着 Arrived"
    )
    for one in cast("list[JsonObject]", found):
        table.add_row(
            *(str(one[name]) for name in ("at", "sender", "recipient", "purpose")),
            " ".join(cast("list[str]", one["items"])),
            str(one["arrived_at"] or one["problem"] or "―"),
        )
    Console().print(table)


def _print_known(known: JsonObject) -> None:
    def word(value: JsonValue) -> str:
        return "あり yes" if value else "なし none"

    table = Table(show_header=False)
    table.add_row("連携先 Peer", str(known["entity"]))
    table.add_row("信頼の経路 Trust chain", word(known["chain"]))
    table.add_row("レベル対応表 Assurance map", word(known["mark"]))
    status = f"{known['status'] or '―'} {known['checked_at'] or ''}"
    table.add_row("対応表の状態 Its status", status)
    table.add_row("相手の許可 Accepts us", str(known["accepted_at"] or "―"))
    if known["problem"]:
        table.add_row("問題 Problem", str(known["problem"]))
    Console().print(table)
