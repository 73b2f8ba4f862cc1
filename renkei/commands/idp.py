"""`renkei idp`: the clients of the OpenID Provider, and the keys that it signs with."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias, cast
from urllib.parse import quote

import orjson
import typer
from rich.console import Console
from rich.table import Table

from kit.json import JsonObject, JsonValue
from renkei.commands.account import app as accounts
from renkei.commands.admin import call_admin
from renkei.commands.options import Data
from renkei.commands.platform import Url, find_platform
from renkei.commands.provider import app as providers
from renkei.demo import CLIENT
from renkei.tokens import client_token, own_secret

app = typer.Typer(no_args_is_help=True, help="Sign-in and tokens / 認証とトークン")
clients = typer.Typer(no_args_is_help=True, help="Clients / クライアント")
keys = typer.Typer(no_args_is_help=True, help="Signing keys / 署名鍵")
app.add_typer(clients, name="client")
app.add_typer(keys, name="key")
app.add_typer(accounts, name="account")
app.add_typer(providers, name="provider")

_PATH = "/admin/identity"
_PAGE = 500
_CODE = "authorization_code"

Id: TypeAlias = Annotated[str, typer.Argument(help="Its id / その ID", metavar="ID")]


class Proving(StrEnum):
    """How a client proves who it is."""

    PRIVATE_KEY_JWT = "private_key_jwt"
    CLIENT_SECRET_BASIC = "client_secret_basic"  # noqa: S105 - the name of a method
    NONE = "none"


class ServiceClass(StrEnum):
    """The class of a client's service."""

    AUTHENTICATED = "authenticated"
    EXISTENCE = "existence"
    CRIMINAL_PROCEEDS = "criminal_proceeds"
    PUBLIC_AUTHENTICATION = "public_authentication"


@clients.command()
def add(
    id_: Id,
    tenant: Annotated[list[str], typer.Option(help="In whose name it acts / テナント")],
    name: Annotated[str, typer.Option(help="What people are shown / 表示名")] = "",
    purpose: Annotated[str, typer.Option(help="What data are for / 利用目的")] = "",
    auth: Annotated[
        Proving, typer.Option(help="How it proves who it is / 認証方式")
    ] = Proving.CLIENT_SECRET_BASIC,
    jwks: Annotated[
        Path | None, typer.Option(help="A file with its public keys / 公開鍵（JWKS）")
    ] = None,
    jwks_uri: Annotated[str | None, typer.Option(help="Where they are / 公開鍵のURL")] = None,
    redirect: Annotated[
        list[str] | None, typer.Option(help="Where people are sent back / リダイレクトURI")
    ] = None,
    scope: Annotated[str, typer.Option(help="What it may ask for / スコープ")] = "",
    resource: Annotated[
        list[str] | None, typer.Option(help="Services that tokens are for / 対象サービス")
    ] = None,
    service_class: Annotated[
        ServiceClass, typer.Option(help="The class of its service / サービス区分")
    ] = ServiceClass.AUTHENTICATED,
    data: Data = None,
    url: Url = None,
) -> None:
    """Register a client; without --redirect one that acts in its own name / 登録する."""
    grants = [_CODE, "refresh_token"] if redirect else ["client_credentials"]
    wanted: JsonObject = {
        "client_id": id_,
        "client_name": name,
        "purpose": purpose,
        "tenants": [*tenant],
        "token_endpoint_auth_method": auth.value,
        "jwks": None if jwks is None else cast(JsonValue, orjson.loads(jwks.read_bytes())),
        "jwks_uri": jwks_uri,
        "grant_types": [*grants],
        "redirect_uris": [*(redirect or ())],
        "scope": scope,
        "resources": [*(resource or ())],
        "service_class": service_class.value,
    }
    platform = find_platform(url, data)
    told = cast(JsonObject, call_admin(platform, "POST", f"{_PATH}/clients", wanted))
    _print([cast(JsonObject, told["client"])])
    _tell_secret(told)


@clients.command(name="list")
def list_all(data: Data = None, url: Url = None) -> None:
    """List all clients / 一覧する."""
    platform, found, after = find_platform(url, data), list[JsonObject](), ""
    while True:
        params = {"after": after, "limit": str(_PAGE)}
        page = cast(
            "list[JsonObject]", call_admin(platform, "GET", f"{_PATH}/clients", params=params)
        )
        found += page
        if len(page) < _PAGE:
            break
        after = str(page[-1]["client_id"])
    _print(found)


@clients.command()
def show(id_: Id, data: Data = None, url: Url = None) -> None:
    """Show all of a client's registration / 登録内容を表示する."""
    told = cast(JsonObject, call_admin(find_platform(url, data), "GET", _place(id_)))
    table = Table(show_header=False)
    for name, value in told.items():
        if value not in (None, "", []):
            table.add_row(name, value if isinstance(value, str) else orjson.dumps(value).decode())
    Console().print(table)


@clients.command()
def rotate(id_: Id, data: Data = None, url: Url = None) -> None:
    """Give a client another secret; the one before ends at once / 秘密を再発行する."""
    platform = find_platform(url, data)
    _tell_secret(cast(JsonObject, call_admin(platform, "POST", f"{_place(id_)}/secret")))


@clients.command()
def disable(id_: Id, data: Data = None, url: Url = None) -> None:
    """Let a client do nothing any more; its tokens end / 停止する."""
    platform = find_platform(url, data)
    _print([cast(JsonObject, call_admin(platform, "POST", f"{_place(id_)}/disable"))])


@clients.command()
def enable(id_: Id, data: Data = None, url: Url = None) -> None:
    """Let a disabled client ask again / 再開する."""
    platform = find_platform(url, data)
    _print([cast(JsonObject, call_admin(platform, "POST", f"{_place(id_)}/enable"))])


@app.command()
def token(
    id_: Annotated[str, typer.Argument(help="A client / クライアント", metavar="ID")] = CLIENT,
    tenant: Annotated[
        str | None, typer.Option(help="For which tenant; by default its first / テナント")
    ] = None,
    secret_file: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="A file with its secret; the demo's is known / 秘密"
        ),
    ] = None,
    data: Data = None,
    url: Url = None,
) -> None:
    """Print an access token in a client's own name, good for minutes / トークンを取得する."""
    platform = find_platform(url, data)
    secret = own_secret(id_, data) if secret_file is None else secret_file.read_text().strip()
    typer.echo(client_token(platform, id_, secret, tenant=tenant))


@keys.command(name="list")
def list_keys(data: Data = None, url: Url = None) -> None:
    """Show the signing keys / 署名鍵を一覧する."""
    _print_keys(call_admin(find_platform(url, data), "GET", f"{_PATH}/keys"))


@keys.command(name="rotate")
def rotate_keys(
    compromised: Annotated[
        bool,
        typer.Option(
            "--compromised",
            help="The present key is believed no more: everybody signs in anew / 漏えい時",
        ),
    ] = False,
    data: Data = None,
    url: Url = None,
) -> None:
    """Sign with the next key from now on / 署名鍵を更新する."""
    params = {"compromised": "true" if compromised else "false"}
    platform = find_platform(url, data)
    _print_keys(call_admin(platform, "POST", f"{_PATH}/keys/rotate", params=params))


def _place(id_: str) -> str:
    return f"{_PATH}/clients/{quote(id_, safe='')}"


def _tell_secret(told: JsonObject) -> None:
    if told["client_secret"] is not None:
        typer.echo(f"秘密（再表示できません） / Secret, shown once: {told['client_secret']}")


def _print(found: list[JsonObject]) -> None:
    table = Table("ID", "名称 Name", "テナント Tenants", "認証 Proves by", "状態 Status")
    for one in found:
        table.add_row(
            str(one["client_id"]),
            str(one["client_name"] or "―"),
            " ".join(str(tenant) for tenant in cast("list[JsonValue]", one["tenants"])),
            str(one["token_endpoint_auth_method"]),
            "停止 disabled" if one["disabled"] else "有効 active",
        )
    Console().print(table)


def _print_keys(told: JsonValue) -> None:
    words = {"current": "現用", "next": "次", "retired": "退役"}
    table = Table("鍵 Key", "用途 Use")
    for kid, use in cast("dict[str, str]", told).items():
        table.add_row(kid, f"{words[use]} {use}")
    Console().print(table)
