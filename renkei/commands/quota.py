"""`renkei tenant quota`: show and set how much a tenant may use."""

from typing import Annotated, TypeAlias, cast

import typer
from rich.console import Console
from rich.table import Table

from kit.json import JsonObject, JsonValue
from renkei.commands.admin import call_admin
from renkei.commands.options import Data
from renkei.commands.platform import Url, find_platform

_LIMITS = {
    "requests_per_s": "毎秒の要求数 Requests a second",
    "request_bytes": "一要求のバイト数 Bytes of a request",
    "entities": "エンティティ数 Entities",
    "bytes": "保存バイト数 Bytes stored",
    "subscriptions": "通知登録数 Subscriptions",
}
_DEFAULT = "default"

Limit: TypeAlias = Annotated[
    str | None, typer.Option(help="A number, or `default` / 数値または default", metavar="LIMIT")
]


def quota(
    name: Annotated[str, typer.Argument(help="The tenant / テナント", metavar="NAME")],
    requests_per_s: Limit = None,
    request_bytes: Limit = None,
    entities: Limit = None,
    bytes_stored: Limit = None,
    subscriptions: Limit = None,
    data: Data = None,
    url: Url = None,
) -> None:
    """Show how much a tenant may use, or set it / 利用の上限を表示・設定する."""
    given = {
        "requests_per_s": requests_per_s,
        "request_bytes": request_bytes,
        "entities": entities,
        "bytes": bytes_stored,
        "subscriptions": subscriptions,
    }
    changed = {limit: read(text) for limit, text in given.items() if text is not None}
    platform, path = find_platform(url, data), f"/admin/tenants/{name}/quota"
    state = cast(JsonObject, call_admin(platform, "GET", path))
    if changed:
        own = {**cast(JsonObject, state["own"]), **changed}
        state = cast(JsonObject, call_admin(platform, "PUT", path, own))
    Console().print(table_of(state))


def read(text: str) -> JsonValue:
    """Read a limit; None: the platform's default holds.

    Raises:
        typer.BadParameter: it is no number.

    >>> read("default"), read("500"), read("0.5")
    (None, 500, 0.5)
    """
    if text == _DEFAULT:
        return None
    try:
        number = float(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is neither a number nor `default`") from error
    return int(number) if number.is_integer() else number


def table_of(state: JsonObject) -> Table:
    """Lay out a quota, where it comes from, and how much of it is used."""
    own, holds = cast(JsonObject, state["own"]), cast(JsonObject, state["holds"])
    stored = cast(JsonObject, state["stored"])
    table = Table("上限 Quota", "値 Limit", "定め Set", "使用中 Used")
    for limit, title in _LIMITS.items():
        value, used = holds[limit], stored.get(limit)
        table.add_row(
            title,
            "無制限 unlimited" if value is None else f"{value:,}",
            "個別 own" if own[limit] is not None else "既定 default",
            "" if used is None else f"{used:,}",
        )
    return table
