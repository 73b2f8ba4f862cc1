"""`renkei idp account`: the accounts of people, as operators keep them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, TypeAlias, cast
from urllib.parse import quote

import typer
from rich.console import Console
from rich.table import Table

from idp_federation import DOCUMENTS
from kit.json import JsonObject, JsonValue
from renkei.commands.admin import call_admin
from renkei.commands.options import Data
from renkei.commands.platform import Url, find_platform

app = typer.Typer(no_args_is_help=True, help="Accounts of people / 住民のアカウント")

_PATH = "/admin/identity/accounts"
_PAGE = 500

Id: TypeAlias = Annotated[str, typer.Argument(help="Its id / その ID", metavar="ID")]


class Way(StrEnum):
    """How it was established who somebody is."""

    FACE_TO_FACE = "face_to_face"
    DOCUMENTS = "documents"


@app.command()
def add(
    login: Annotated[str, typer.Argument(help="The name to sign in by / ログインID")],
    tenant: Annotated[str, typer.Option(help="The municipality / 自治体のテナント")],
    name: Annotated[str, typer.Option(help="Her name, not checked / 氏名（未確認）")] = "",
    email: Annotated[str, typer.Option(help="Likewise / メールアドレス（未確認）")] = "",
    data: Data = None,
    url: Url = None,
) -> None:
    """Open an account and print the one-time link for its owner / 開設し、招待リンクを出す."""
    claims = {key: value for key, value in (("name", name), ("email", email)) if value}
    wanted: JsonObject = {"tenant": tenant, "login": login, "claims": {**claims}}
    told = call_admin(find_platform(url, data), "POST", _PATH, wanted)
    _tell_invitation(cast(JsonObject, told))


@app.command(name="list")
def list_all(
    tenant: Annotated[str, typer.Option(help="The municipality / 自治体のテナント")],
    data: Data = None,
    url: Url = None,
) -> None:
    """List a municipality's accounts / 一覧する."""
    platform, found, after = find_platform(url, data), list[JsonObject](), ""
    while True:
        params = {"tenant": tenant, "after": after, "limit": str(_PAGE)}
        page = cast("list[JsonObject]", call_admin(platform, "GET", _PATH, params=params))
        found += page
        if len(page) < _PAGE:
            break
        after = str(page[-1]["id"])
    _print(found)


@app.command()
def show(id_: Id, data: Data = None, url: Url = None) -> None:
    """Show an account, its factors and what was done to it / 表示する."""
    told = cast(JsonObject, call_admin(find_platform(url, data), "GET", _place(id_)))
    _print([cast(JsonObject, told["account"])])
    factors = Table("認証要素 Factor", "名称 Label", "登録 Added", "最後の利用 Last used")
    for one in cast("list[JsonObject]", told["factors"]):
        hardware = "（認定ハードウェア hardware）" if one["hardware"] else ""
        factors.add_row(
            f"{one['kind']}{hardware}",
            str(one["label"] or "―"),
            str(one["added_at"]),
            str(one["used_at"] or "―"),
        )
    events = Table("日時 When", "内容 What", "実施者 By")
    for one in cast("list[JsonObject]", told["events"]):
        events.add_row(str(one["at"]), str(one["what"]), str(one["by"]))
    Console().print(factors, events)


@app.command()
def prove(
    id_: Id,
    way: Annotated[Way, typer.Option(help="How / 確認方法")],
    document: Annotated[str, typer.Option(help=f"What was read / 書類: {', '.join(DOCUMENTS)}")],
    organisation: Annotated[str, typer.Option(help="Who checked it / 確認した組織")],
    name: Annotated[str, typer.Option(help="As the document has it / 氏名")],
    birthdate: Annotated[str, typer.Option(help="Likewise, 1990-04-01 / 生年月日")],
    address: Annotated[str, typer.Option(help="Likewise / 住所")] = "",
    checked_at: Annotated[
        datetime | None, typer.Option(help="When, in this machine's time / 確認日時（既定は今）")
    ] = None,
    number: Annotated[str | None, typer.Option(help="The document's / 書類の番号")] = None,
    criminal_proceeds: Annotated[
        bool, typer.Option("--kyc", help="Also KYC by 犯収法 / 犯収法の本人確認を兼ねる")
    ] = False,
    data: Data = None,
    url: Url = None,
) -> None:
    """Record that it was established who somebody is / 身元確認を記録する."""
    claims: dict[str, JsonValue] = {"name": name, "birthdate": birthdate}
    if address:
        claims["address"] = {"formatted": address}
    given: JsonObject = {
        "way": way.value,
        "document": document,
        "organisation": organisation,
        "claims": claims,
        "checked_at": None if checked_at is None else checked_at.astimezone().isoformat(),
        "number": number,
        "criminal_proceeds": criminal_proceeds,
    }
    told = call_admin(find_platform(url, data), "POST", f"{_place(id_)}/proof", given)
    _print([cast(JsonObject, told)])


@app.command()
def unprove(id_: Id, data: Data = None, url: Url = None) -> None:
    """Take the proofing back, because it was wrong / 身元確認を取り消す."""
    told = call_admin(find_platform(url, data), "DELETE", f"{_place(id_)}/proof")
    _print([cast(JsonObject, told)])


@app.command()
def reset(id_: Id, data: Data = None, url: Url = None) -> None:
    """Take all factors away and print another one-time link / 認証要素を消し、再招待する."""
    told = call_admin(find_platform(url, data), "POST", f"{_place(id_)}/reset")
    _tell_invitation(cast(JsonObject, told))


@app.command()
def close(id_: Id, data: Data = None, url: Url = None) -> None:
    """Close an account for good / 閉鎖する."""
    told = call_admin(find_platform(url, data), "POST", f"{_place(id_)}/close")
    _print([cast(JsonObject, told)])


def _place(id_: str) -> str:
    return f"{_PATH}/{quote(id_, safe='')}"


def _tell_invitation(told: JsonObject) -> None:
    _print([cast(JsonObject, told["account"])])
    typer.echo(f"一度だけ使えるリンク / One-time link: {told['url']}")


def _print(found: list[JsonObject]) -> None:
    table = Table("ID", "ログインID Name", "氏名", "身元確認 Proofing", "状態 Status")
    for one in found:
        claims = cast("dict[str, JsonValue]", one["claims"])
        table.add_row(
            str(one["id"]),
            str(one["login"] or "―"),
            str(claims.get("name", "―")),
            _proofing(one),
            "閉鎖 closed" if one["closed_at"] else "有効 open",
        )
    Console().print(table)


def _proofing(account: JsonObject) -> str:
    """Write the levels by which an account's owner was proofed, and when."""
    told = []
    for one in cast("list[JsonObject]", account["verified_claims"]):
        verification = cast(JsonObject, one["verification"])
        told.append(f"{verification['assurance_level']} {str(verification['time'])[:10]}")
    return ", ".join(told) or "―"
