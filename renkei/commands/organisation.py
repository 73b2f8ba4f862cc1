"""`renkei organisation`: the organisations inside municipalities, and their tenants together."""

from enum import StrEnum
from typing import Annotated, TypeAlias, cast

import orjson
import typer
from rich.console import Console
from rich.table import Table

from kit.json import JsonObject
from renkei.commands.admin import call_admin
from renkei.commands.options import Data
from renkei.commands.platform import Url, find_platform

app = typer.Typer(no_args_is_help=True, help="Organisations / 組織")

_PATH = "/admin/organisations"
_MUNICIPALITIES = "/admin/municipalities"

Name: TypeAlias = Annotated[
    str, typer.Argument(help="Canonical name: a-z, 0-9, _ / 組織名", metavar="NAME")
]
Code: TypeAlias = Annotated[
    str, typer.Option("--municipality", help="Municipality code / 団体コード")
]
AnyCode: TypeAlias = Annotated[
    str | None, typer.Option("--municipality", help="Municipality code / 団体コード")
]
Ja: TypeAlias = Annotated[str, typer.Option("--ja", help="Name in Japanese / 日本語名")]
En: TypeAlias = Annotated[str, typer.Option("--en", help="Name in English / 英語名")]


class Kind(StrEnum):
    """What an organisation is to its municipality."""

    DEPARTMENT = "department"
    AFFILIATE = "affiliate"
    JOINT_BODY = "joint_body"
    OPERATING_BODY = "operating_body"
    COMPANY = "company"
    OTHER = "other"


_KINDS = {
    Kind.DEPARTMENT: "自治体の部署",
    Kind.AFFILIATE: "外郭団体",
    Kind.JOINT_BODY: "一部事務組合・広域連合・協議会",
    Kind.OPERATING_BODY: "運営組織",
    Kind.COMPANY: "民間事業者",
    Kind.OTHER: "その他",
}


@app.command()
def municipality(code: Code, ja: Ja, en: En = "", data: Data = None, url: Url = None) -> None:
    """Register a municipality, or change its names / 自治体を登録・変更する."""
    body: JsonObject = {"name_ja": ja, "name_en": en}
    path = f"{_MUNICIPALITIES}/{code}"
    _print_municipalities([_one(call_admin(find_platform(url, data), "PUT", path, body))])


@app.command()
def municipalities(data: Data = None, url: Url = None) -> None:
    """List the municipalities that take part / 参加する自治体を一覧する."""
    _print_municipalities(_many(call_admin(find_platform(url, data), "GET", _MUNICIPALITIES)))


@app.command()
def create(
    name: Name,
    municipality: Code,
    ja: Ja,
    kind: Annotated[Kind, typer.Option(help="What it is / 種別")] = Kind.DEPARTMENT,
    en: En = "",
    contact: Annotated[str, typer.Option(help="Whom to ask / 担当者")] = "",
    email: Annotated[str, typer.Option(help="E-mail / メールアドレス")] = "",
    phone: Annotated[str, typer.Option(help="Telephone / 電話番号")] = "",
    data: Data = None,
    url: Url = None,
) -> None:
    """Register an organisation / 組織を登録する."""
    body: JsonObject = {
        "name": name,
        "municipality_code": municipality,
        "kind": kind.value,
        "name_ja": ja,
        "name_en": en,
        "contact": {"name": contact, "email": email, "phone": phone},
    }
    _print_organisations([_one(call_admin(find_platform(url, data), "POST", _PATH, body))])


@app.command(name="list")
def list_all(municipality: AnyCode = None, data: Data = None, url: Url = None) -> None:
    """List organisations / 組織を一覧する."""
    params = {} if municipality is None else {"municipality": municipality}
    found = call_admin(find_platform(url, data), "GET", _PATH, params=params)
    _print_organisations(_many(found))


@app.command()
def show(name: Name, data: Data = None, url: Url = None) -> None:
    """Show an organisation, its tenants and what was done / 組織を表示する."""
    platform = find_platform(url, data)
    _print_organisations([_one(call_admin(platform, "GET", f"{_PATH}/{name}"))])
    _print_tenants(_many(call_admin(platform, "GET", f"{_PATH}/{name}/tenants")))
    table = Table("日時 At", "操作 Step", "操作者 By")
    for event in _many(call_admin(platform, "GET", f"{_PATH}/{name}/events")):
        table.add_row(str(event["at"]), str(event["step"]), str(event["by"]))
    Console().print(table)


@app.command()
def suspend(
    name: Annotated[str | None, typer.Argument(help="The organisation / 組織名")] = None,
    municipality: AnyCode = None,
    data: Data = None,
    url: Url = None,
) -> None:
    """Suspend all tenants of an organisation or municipality / 全テナントを停止する."""
    _step(name, municipality, "suspend", data, url)


@app.command()
def resume(
    name: Annotated[str | None, typer.Argument(help="The organisation / 組織名")] = None,
    municipality: AnyCode = None,
    data: Data = None,
    url: Url = None,
) -> None:
    """Resume all tenants of an organisation or municipality / 全テナントを再開する."""
    _step(name, municipality, "resume", data, url)


@app.command()
def export(municipality: Code, data: Data = None, url: Url = None) -> None:
    """Write all that is registered of a municipality as JSON / 登録内容をJSONで書き出す."""
    whole = call_admin(find_platform(url, data), "GET", f"{_MUNICIPALITIES}/{municipality}")
    typer.echo(orjson.dumps(whole, option=orjson.OPT_INDENT_2).decode())


def _step(name: str | None, code: str | None, step: str, data: Data, url: str | None) -> None:
    if (name is None) == (code is None):
        raise typer.BadParameter("組織名か --municipality のどちらか一つ / name one of the two")
    place = f"{_PATH}/{name}" if code is None else f"{_MUNICIPALITIES}/{code}"
    _print_tenants(_many(call_admin(find_platform(url, data), "POST", f"{place}/{step}")))


def _print_municipalities(found: list[JsonObject]) -> None:
    table = Table("コード Code", "名称 Name", "英語名 English")
    for one in found:
        table.add_row(str(one["code"]), str(one["name_ja"]), str(one["name_en"] or "―"))
    Console().print(table)


def _print_organisations(found: list[JsonObject]) -> None:
    table = Table("組織 Organisation", "名称 Name", "コード Code", "種別 Kind", "連絡先 Contact")
    for one in found:
        contact = cast(JsonObject, one["contact"])
        told = [str(contact[part]) for part in ("name", "email", "phone") if contact[part]]
        table.add_row(
            str(one["name"]),
            str(one["name_ja"] or one["name_en"]),
            str(one["municipality_code"]),
            _KINDS[Kind(str(one["kind"]))],
            " ".join(told) or "―",
        )
    Console().print(table)


def _print_tenants(found: list[JsonObject]) -> None:
    table = Table("テナント Tenant", "名称 Name", "組織 Organisation", "状態 Status")
    for one in found:
        table.add_row(
            str(one["name"]),
            str(one["name_ja"] or one["name_en"] or "―"),
            str(one["organisation"] or "―"),
            str(one["status"]),
        )
    Console().print(table)


def _one(answer: object) -> JsonObject:
    return cast(JsonObject, answer)


def _many(answer: object) -> list[JsonObject]:
    return cast("list[JsonObject]", answer)
