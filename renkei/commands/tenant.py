"""`renkei tenant`: create, show, list, suspend, resume and retire tenants."""

from enum import StrEnum
from typing import Annotated, TypeAlias, cast

import typer
from rich.console import Console
from rich.table import Table

from kit.json import JsonObject
from renkei.commands import endpoint as endpoints
from renkei.commands import tenant_archive, tenant_dump, tenant_moves
from renkei.commands.admin import call_admin
from renkei.commands.endpoint import (
    AuthoritiesFile,
    CredentialsFile,
    EndpointTenant,
    EndpointUrl,
    TimeoutS,
    asked_endpoint,
)
from renkei.commands.options import Data
from renkei.commands.platform import Url, find_platform
from renkei.commands.quota import quota

app = typer.Typer(no_args_is_help=True, help="Tenants / テナント")
app.command()(tenant_moves.move)
app.command()(tenant_moves.moves)
app.command()(tenant_archive.export)
app.command("import")(tenant_archive.import_)
app.command()(tenant_dump.backup)
app.command()(tenant_dump.restore)
app.command()(quota)
app.add_typer(endpoints.app, name="endpoint")

_PATH = "/admin/tenants"
_PAGE = 1000
_STORAGE = {"separated": "内部（分離あり）", "shared": "内部（分離なし）", "external": "外部"}

Name: TypeAlias = Annotated[
    str, typer.Argument(help="Canonical name: a-z, 0-9, _ / テナント名", metavar="NAME")
]


class StorageMode(StrEnum):
    """データ管理方式: where a tenant's data are kept."""

    SEPARATED = "separated"
    SHARED = "shared"
    EXTERNAL = "external"


@app.command()
def create(
    name: Name,
    storage: Annotated[
        StorageMode,
        typer.Option(
            help="A database of its own, the shared one, or an endpoint elsewhere / データ管理方式"
        ),
    ] = StorageMode.SHARED,
    code: Annotated[
        str | None, typer.Option("--code", help="Municipality code / 全国地方公共団体コード")
    ] = None,
    organisation: Annotated[
        str | None, typer.Option(help="The organisation it belongs to / 組織名")
    ] = None,
    ja: Annotated[str, typer.Option("--ja", help="Name in Japanese / 日本語名")] = "",
    en: Annotated[str, typer.Option("--en", help="Name in English / 英語名")] = "",
    server: Annotated[
        str | None,
        typer.Option(
            "--server", help="PostgreSQL server of a separated one / 分離ありのデータベースサーバー"
        ),
    ] = None,
    endpoint: EndpointUrl = None,
    endpoint_tenant: EndpointTenant = None,
    credentials: CredentialsFile = None,
    ca: AuthoritiesFile = None,
    timeout: TimeoutS = None,
    data: Data = None,
    url: Url = None,
) -> None:
    """Create a tenant / テナントを作成する."""
    wanted: JsonObject = {
        "name": name,
        "storage": storage.value,
        "municipality_code": code,
        "organisation": organisation,
        "name_ja": ja,
        "name_en": en,
        "server": server,
        "endpoint": asked_endpoint(endpoint, endpoint_tenant, credentials, ca, timeout),
    }
    _print([cast(JsonObject, call_admin(find_platform(url, data), "POST", _PATH, wanted))])


@app.command()
def show(name: Name, data: Data = None, url: Url = None) -> None:
    """Show a tenant and what was done to it / テナントとその履歴を表示する."""
    platform = find_platform(url, data)
    _print([cast(JsonObject, call_admin(platform, "GET", f"{_PATH}/{name}"))])
    events = cast("list[JsonObject]", call_admin(platform, "GET", f"{_PATH}/{name}/events"))
    table = Table("日時 At", "状態 Status", "操作者 By")
    for event in events:
        table.add_row(str(event["at"]), str(event["status"]), str(event["by"]))
    Console().print(table)


@app.command(name="list")
def list_all(
    municipality: Annotated[
        str | None, typer.Option(help="Those of this municipality, by its code / 団体コード")
    ] = None,
    organisation: Annotated[
        str | None, typer.Option(help="Those of this organisation / 組織名")
    ] = None,
    data: Data = None,
    url: Url = None,
) -> None:
    """List tenants / テナントを一覧する."""
    platform = find_platform(url, data)
    asked = {"municipality": municipality, "organisation": organisation}
    only = {name: value for name, value in asked.items() if value is not None}
    tenants: list[JsonObject] = []
    after = ""
    while True:
        page = cast(
            "list[JsonObject]",
            call_admin(
                platform, "GET", _PATH, params={"after": after, "limit": str(_PAGE), **only}
            ),
        )
        tenants += page
        if len(page) < _PAGE:
            break
        after = str(page[-1]["name"])
    _print(tenants)


@app.command()
def suspend(name: Name, data: Data = None, url: Url = None) -> None:
    """Let nobody use a tenant until it is resumed / テナントの利用を停止する."""
    _step(name, "suspend", data, url)


@app.command()
def resume(name: Name, data: Data = None, url: Url = None) -> None:
    """Let a suspended tenant be used again / テナントの利用を再開する."""
    _step(name, "resume", data, url)


@app.command()
def retire(
    name: Name,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask / 確認しない", show_default=False)
    ] = False,
    data: Data = None,
    url: Url = None,
) -> None:
    """End a tenant for ever; its data stay / テナントを廃止する（データは残る）."""
    if not yes:
        typer.confirm(f"テナント {name} を廃止しますか / End tenant {name} for ever?", abort=True)
    _step(name, "retire", data, url)


def _step(name: str, step: str, data: Data, url: str | None) -> None:
    platform = find_platform(url, data)
    _print([cast(JsonObject, call_admin(platform, "POST", f"{_PATH}/{name}/{step}"))])


def _print(tenants: list[JsonObject]) -> None:
    table = Table(
        "テナント Tenant", "名称 Name", "コード Code", "データ管理方式 Storage", "状態 Status"
    )
    for tenant in tenants:
        storage = str(tenant["storage"])
        table.add_row(
            str(tenant["name"]),
            str(tenant["name_ja"] or tenant["name_en"] or "―"),
            str(tenant["municipality_code"] or "―"),
            f"{_STORAGE[storage]} {storage}",
            str(tenant["status"]),
        )
    Console().print(table)
