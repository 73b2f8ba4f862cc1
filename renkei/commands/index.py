"""`renkei index`: declare, list and withdraw indexes of a tenant's attributes."""

import time
from typing import Annotated, TypeAlias, cast

import typer
from rich.console import Console
from rich.table import Column, Table

from joint_use import DEFAULT_TENANT
from kit.json import JsonObject
from renkei.commands.admin import call_admin
from renkei.commands.options import Data
from renkei.commands.platform import Platform, Url, find_platform

app = typer.Typer(no_args_is_help=True, help="Indexes of attributes / 属性の索引")

INDEXES = "/broker/v1/indexes"
_POLL_S = 0.5
_STAGES = {"filling": "作成中", "complete": "使用中", "withdrawn": "廃止中"}

IndexPath: TypeAlias = Annotated[
    str,
    typer.Argument(
        help="As in q: capacity, address[addressLocality], or an attribute's IRI / 経路",
        metavar="PATH",
    ),
]
OfTenant: TypeAlias = Annotated[str, typer.Option("--tenant", help="The tenant / テナント")]
ContextUrl: TypeAlias = Annotated[
    str | None, typer.Option("--context", help="URL of the @context of the names / @context")
]


@app.command()
def add(
    path: IndexPath,
    tenant: OfTenant = DEFAULT_TENANT,
    context: ContextUrl = None,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Until queries use it / 使えるまで待つ")
    ] = True,
    data: Data = None,
    url: Url = None,
) -> None:
    """Let queries find the values of a path by index / 索引を作成する."""
    platform, headers = find_platform(url, data), tenant_headers(tenant, context)
    asked: JsonObject = {"path": path}
    made = cast(JsonObject, call_admin(platform, "POST", INDEXES, asked, headers=headers))
    if wait:
        with Console().status(f"{path}: 作成中 / filling") as status:
            while made["stage"] == "filling":
                time.sleep(_POLL_S)
                made = _one(platform, headers, made)
                status.update(f"{path}: 作成中 / filling … {made['filled_to']}")
    _print([made])


@app.command(name="list")
def list_all(
    tenant: OfTenant = DEFAULT_TENANT,
    context: ContextUrl = None,
    data: Data = None,
    url: Url = None,
) -> None:
    """List the indexes of a tenant / 索引を一覧する."""
    _print(_every(find_platform(url, data), tenant_headers(tenant, context)))


@app.command()
def remove(
    path: IndexPath,
    tenant: OfTenant = DEFAULT_TENANT,
    context: ContextUrl = None,
    data: Data = None,
    url: Url = None,
) -> None:
    """Withdraw an index; it goes within seconds / 索引を廃止する."""
    answer = call_admin(
        find_platform(url, data),
        "DELETE",
        INDEXES,
        params={"path": path},
        headers=tenant_headers(tenant, context),
    )
    _print([cast(JsonObject, answer)])


def tenant_headers(tenant: str, context: str | None) -> dict[str, str]:
    """Name the tenant and the @context as NGSI-LD does.

    Spec: CIM 009 §6.3.5, §6.3.14
    """
    headers = {} if tenant == DEFAULT_TENANT else {"NGSILD-Tenant": tenant}
    if context is not None:
        rel = "http://www.w3.org/ns/json-ld#context"
        headers["Link"] = f'<{context}>; rel="{rel}"; type="application/ld+json"'
    return headers


def _every(platform: Platform, headers: dict[str, str]) -> list[JsonObject]:
    return cast("list[JsonObject]", call_admin(platform, "GET", INDEXES, headers=headers))


def _one(platform: Platform, headers: dict[str, str], made: JsonObject) -> JsonObject:
    """Read an index again; one that is gone meanwhile was withdrawn."""
    found = (one for one in _every(platform, headers) if one["key"] == made["key"])
    return next(found, {**made, "stage": "withdrawn"})


def _print(indexes: list[JsonObject]) -> None:
    names = ("経路 Path", "状態 Stage", "作成日時 Declared", "IRI")
    table = Table(*(Column(name, overflow="fold") for name in names))
    for index in indexes:
        stage = str(index["stage"])
        table.add_row(
            str(index["path"]),
            f"{_STAGES[stage]} {stage}",
            str(index["declared_at"])[:19],
            str(index["key"]),
        )
    Console().print(table)
