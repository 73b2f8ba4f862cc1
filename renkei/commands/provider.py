"""`renkei idp provider`: the providers that people can sign in at."""

import sys
from enum import StrEnum
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

app = typer.Typer(no_args_is_help=True, help="Upstream providers / 認証事業者")

_PATH = "/admin/identity/providers"

Id: TypeAlias = Annotated[str, typer.Argument(help="Its id / その ID", metavar="ID")]
File: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--file", help="A JSON file with further members, `-` for stdin / 詳細な設定（JSON）"
    ),
]


class Kind(StrEnum):
    """The kinds of providers."""

    GENERIC = "generic"
    DIGITAL_AUTH = "digital_auth"
    EKYC = "ekyc"
    SNS = "sns"


@app.command()
def add(
    id_: Id,
    client_id: Annotated[str, typer.Option(help="Whom it knows this platform as / クライアントID")],
    name: Annotated[str, typer.Option(help="What people are shown / 表示名")],
    kind: Annotated[Kind, typer.Option(help="Its kind / 種別")] = Kind.GENERIC,
    issuer: Annotated[
        str | None, typer.Option(help="Its identifier; digital_auth has its own / 発行者")
    ] = None,
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="digital_auth: its sandbox / 検証環境を使う")
    ] = False,
    name_en: Annotated[str, typer.Option(help="The name in English / 英語名")] = "",
    secret: Annotated[
        bool, typer.Option("--secret", help="Prove by a secret, which is asked for / 秘密を使う")
    ] = False,
    source: Annotated[
        str | None, typer.Option(help="Where its identities come from / 本人情報の取得元")
    ] = None,
    tenant: Annotated[
        list[str] | None, typer.Option(help="Who offers it; without: all / 提供する自治体")
    ] = None,
    opens_accounts: Annotated[
        bool,
        typer.Option("--opens-accounts", help="Newcomers get an account / 初回に口座を開設する"),
    ] = False,
    file: File = None,
    data: Data = None,
    url: Url = None,
) -> None:
    """Register a provider; what is left out is as its kind has it / 登録する."""
    wanted: JsonObject = {
        **_members(file),
        "id": id_,
        "kind": kind.value,
        "name": name,
        "name#en": name_en,
        "client_id": client_id,
        "tenants": [*(tenant or ())],
        "opens_accounts": opens_accounts,
        **({} if issuer is None else {"issuer": issuer}),
        **({} if source is None else {"source": source}),
        **({"sandbox": True} if sandbox else {}),
    }
    if secret:
        wanted["token_endpoint_auth_method"] = "client_secret_basic"  # noqa: S105 - a name
        wanted["client_secret"] = typer.prompt("Secret / 秘密", hide_input=True)
    told = cast(JsonObject, call_admin(find_platform(url, data), "POST", _PATH, wanted))
    _show(told)


@app.command(name="list")
def list_all(data: Data = None, url: Url = None) -> None:
    """List all providers / 一覧する."""
    found = cast("list[JsonObject]", call_admin(find_platform(url, data), "GET", _PATH))
    table = Table("ID", "種別 Kind", "名称 Name", "発行者 Issuer", "上限 Cap", "自治体 Tenants")
    for one in found:
        levels = cast(JsonObject, one["table"])
        table.add_row(
            str(one["id"]),
            str(one["kind"]),
            str(one["name"]),
            str(one["issuer"]),
            f"({levels['max_ial']}, {levels['max_aal']}) {one['source']}",
            " ".join(map(str, cast("list[JsonValue]", one["tenants"]))) or "全て all",
        )
    Console().print(table)


@app.command()
def show(id_: Id, data: Data = None, url: Url = None) -> None:
    """Show a provider, and what has to be registered there / 登録内容を表示する."""
    _show(cast(JsonObject, call_admin(find_platform(url, data), "GET", f"{_PATH}/{id_}")))


@app.command()
def change(id_: Id, file: File, data: Data = None, url: Url = None) -> None:
    """Change the members in a file; who signed in by it does so again / 変更する."""
    platform = find_platform(url, data)
    _show(cast(JsonObject, call_admin(platform, "PATCH", f"{_PATH}/{id_}", _members(file))))


@app.command()
def remove(id_: Id, data: Data = None, url: Url = None) -> None:
    """Take a provider away: its links and sessions end / 削除する."""
    call_admin(find_platform(url, data), "DELETE", f"{_PATH}/{id_}")


@app.command()
def check(id_: Id, data: Data = None, url: Url = None) -> None:
    """Ask a provider for its metadata and keys, and say what does not fit / 接続を確認する."""
    problems = call_admin(find_platform(url, data), "POST", f"{_PATH}/{id_}/check")
    for problem in cast("list[str]", problems):
        typer.echo(problem)
    if problems:
        raise typer.Exit(1)
    typer.echo("問題ありません / Nothing is wrong")


@app.command()
def links(
    account: Annotated[str, typer.Argument(help="The account's id / アカウントのID")],
    data: Data = None,
    url: Url = None,
) -> None:
    """Show what an account is linked to, and what is proven there / 連携を表示する."""
    platform = find_platform(url, data)
    found = cast("list[JsonObject]", call_admin(platform, "GET", f"{_PATH}/links/{account}"))
    table = Table(
        "事業者 Provider",
        "連携 Made",
        "この基盤 Here",
        "事業者 There",
        "身元確認 Proofing",
        "期限 Until",
    )
    for one in found:
        cells = ("provider", "made_at", "local_levels", "upstream_levels", "proofing_now")
        table.add_row(*(str(one[cell]) for cell in cells), str(one["proofing_until"] or "―"))
    Console().print(table)


def _members(file: Path | None) -> JsonObject:
    if file is None:
        return {}
    content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    return cast(JsonObject, orjson.loads(content))


def _show(told: JsonObject) -> None:
    table = Table(show_header=False)
    for name, value in told.items():
        if value not in (None, "", [], {}):
            table.add_row(name, value if isinstance(value, str) else orjson.dumps(value).decode())
    Console().print(table)
