"""`renkei application`: review applications, and publish the terms they agree to."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias, cast

import typer
from rich.console import Console
from rich.table import Table

from kit.json import JsonObject
from renkei.commands.admin import call_admin
from renkei.commands.options import Data
from renkei.commands.platform import Url, find_platform

app = typer.Typer(no_args_is_help=True, help="Applications to take part / 利用申請")

_PATH = "/admin/applications"
_STATUSES = {
    "submitted": "審査中",
    "asked_back": "照会中",
    "approved": "承認済み",
    "refused": "不承認",
    "withdrawn": "取下げ済み",
}

Number: TypeAlias = Annotated[
    str, typer.Argument(help="The receipt number / 受付番号", metavar="RECEIPT")
]


class Status(StrEnum):
    """How far an application is."""

    SUBMITTED = "submitted"
    ASKED_BACK = "asked_back"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@app.command(name="list")
def list_all(
    status: Annotated[Status | None, typer.Option(help="Of this status / 状態")] = None,
    data: Data = None,
    url: Url = None,
) -> None:
    """List applications, the latest first / 申請を新しい順に一覧する."""
    params = {} if status is None else {"status": status.value}
    found = call_admin(find_platform(url, data), "GET", _PATH, params=params)
    table = Table("受付番号 Receipt", "状態 Status", "自治体・組織 Organisation", "受付 Received")
    for one in cast("list[JsonObject]", found):
        content = cast(JsonObject, one["content"])
        table.add_row(
            str(one["receipt"]),
            _status(one),
            f"{content['municipality_name']} {content['organisation_name']}",
            str(one["submitted_at"]),
        )
    Console().print(table)


@app.command()
def show(receipt: Number, data: Data = None, url: Url = None) -> None:
    """Show an application and what was done to it / 申請と履歴を表示する."""
    found = call_admin(find_platform(url, data), "GET", f"{_PATH}/{receipt}")
    _print(cast(JsonObject, found))


@app.command()
def approve(
    receipt: Number,
    tenant: Annotated[
        str | None, typer.Option(help="The tenant's name, if another one / テナント名")
    ] = None,
    organisation: Annotated[
        str | None, typer.Option(help="The organisation's name, if another one / 組織名")
    ] = None,
    entities: Annotated[
        int | None, typer.Option(help="Most entities / データ件数の上限", min=0)
    ] = None,
    requests_per_s: Annotated[
        float | None, typer.Option(help="Most requests a second / 毎秒の要求数の上限")
    ] = None,
    data: Data = None,
    url: Url = None,
) -> None:
    """Approve an application and create its tenant / 承認してテナントを作成する.

    After a crash the same command goes on where it was interrupted.
    """
    body: JsonObject = {"tenant": tenant, "organisation": organisation}
    if entities is not None or requests_per_s is not None:
        body["quota"] = {"entities": entities, "requests_per_s": requests_per_s}
    _do(receipt, "approve", body, data, url)


@app.command()
def ask(
    receipt: Number,
    text: Annotated[str, typer.Option("--text", help="The question / 質問")],
    data: Data = None,
    url: Url = None,
) -> None:
    """Ask the applicant a question / 申請者に質問する."""
    _do(receipt, "ask", {"text": text}, data, url)


@app.command()
def refuse(
    receipt: Number,
    text: Annotated[str, typer.Option("--text", help="The reason / 理由")],
    data: Data = None,
    url: Url = None,
) -> None:
    """Refuse an application / 承認しない."""
    _do(receipt, "refuse", {"text": text}, data, url)


@app.command()
def link(receipt: Number, data: Data = None, url: Url = None) -> None:
    """Issue a new link for an applicant who lost it / リンクを再発行する."""
    renewed = call_admin(find_platform(url, data), "POST", f"{_PATH}/{receipt}/link")
    typer.echo(str(cast(JsonObject, renewed)["link"]))


@app.command()
def terms(
    version: Annotated[str, typer.Argument(help="Its name / 版", metavar="VERSION")],
    ja: Annotated[Path, typer.Option("--ja", help="The text in Japanese / 日本語の本文のファイル")],
    en: Annotated[Path, typer.Option("--en", help="The text in English / 英語の本文のファイル")],
    data: Data = None,
    url: Url = None,
) -> None:
    """Publish terms of use, which hold from now on / 利用規約を公開する."""
    body: JsonObject = {
        "version": version,
        "ja": ja.read_text("utf-8"),
        "en": en.read_text("utf-8"),
    }
    call_admin(find_platform(url, data), "POST", "/admin/terms", body)
    typer.echo(f"利用規約の版 {version} を公開しました / Terms of use {version} are published")


def _do(receipt: str, step: str, body: JsonObject, data: Data, url: str | None) -> None:
    platform = find_platform(url, data)
    call_admin(platform, "POST", f"{_PATH}/{receipt}/{step}", body)
    _print(cast(JsonObject, call_admin(platform, "GET", f"{_PATH}/{receipt}")))


def _print(application: JsonObject) -> None:
    console = Console()
    facts = Table(show_header=False)
    facts.add_row("受付番号 Receipt", str(application["receipt"]))
    facts.add_row("状態 Status", _status(application))
    for name, value in cast(JsonObject, application["content"]).items():
        if value:
            facts.add_row(name, str(value))
    approval = application["approval"]
    if isinstance(approval, dict):
        facts.add_row("テナント Tenant", str(approval["tenant"]))
        facts.add_row("組織 Organisation", str(approval["organisation"]))
    console.print(facts)
    events = Table("日時 At", "操作 Step", "操作者 By", "内容 Text")
    for event in cast("list[JsonObject]", application["events"]):
        events.add_row(*(str(event[part]) for part in ("at", "step", "by", "text")))
    console.print(events)


def _status(application: JsonObject) -> str:
    status = str(application["status"])
    is_halfway = status == "approved" and application["ready_at"] is None
    return f"{_STATUSES[status]} {status}" + (" 準備中 not ready" if is_halfway else "")
