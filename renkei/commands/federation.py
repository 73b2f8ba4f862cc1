"""`renkei federation`: this platform as a member of a federation of identity providers."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias, cast

import orjson
import typer
from rich.console import Console
from rich.table import Table

from kit.json import JsonObject, JsonValue
from renkei.commands import federation_marks, federation_peers
from renkei.commands.admin import call_admin
from renkei.commands.options import Data
from renkei.commands.platform import Url, find_platform

app = typer.Typer(no_args_is_help=True, help="Federation of sign-in / 認証連携")
app.add_typer(federation_marks.app, name="mark")
app.add_typer(federation_peers.app, name="peer")
for _command in (federation_peers.decisions, federation_peers.explain, federation_peers.receipts):
    app.command()(_command)

PATH = "/admin/federation"

Entity: TypeAlias = Annotated[
    str, typer.Argument(help="Its Entity Identifier / エンティティ識別子", metavar="ENTITY")
]
Handed: TypeAlias = Annotated[
    Path, typer.Argument(help="Its Entity Configuration; - for stdin / 構成情報のファイル")
]


class Role(StrEnum):
    """Where a member stands."""

    ANCHOR = "anchor"
    INTERMEDIATE = "intermediate"
    LEAF = "leaf"


@app.command()
def init(
    role: Annotated[Role, typer.Argument(help="anchor 起点, intermediate 中間, leaf 末端")],
    superior: Annotated[
        list[str] | None, typer.Option(help="Who stands above / 上位のエンティティ")
    ] = None,
    name: Annotated[str, typer.Option(help="The organisation / 組織名")] = "",
    name_en: Annotated[str, typer.Option(help="The same in English / 英語名")] = "",
    contact: Annotated[list[str] | None, typer.Option(help="A mail address / 連絡先")] = None,
    provider: Annotated[
        bool, typer.Option("--provider/--no-provider", help="People sign in here / OPである")
    ] = True,
    issuer: Annotated[
        list[str] | None,
        typer.Option(
            help="Of an anchor: who may issue which marks, as TYPE=ENTITY / 発行を認める相手"
        ),
    ] = None,
    data: Data = None,
    url: Url = None,
) -> None:
    """Put this platform into a federation, or change what it says / 参加・変更する."""
    issuers: dict[str, list[str]] = {}
    for one in issuer or ():
        kind, _, entity = one.rpartition("=")
        issuers.setdefault(kind, []).append(entity)
    wanted: JsonObject = {
        "role": role.value,
        "authority_hints": [*(superior or ())],
        "name": name,
        "name_en": name_en,
        "contacts": [*(contact or ())],
        "is_provider": provider,
        "mark_issuers": {kind: [*entities] for kind, entities in issuers.items()},
    }
    platform = find_platform(url, data)
    call_admin(platform, "PUT", PATH, wanted)
    status(data, url)


@app.command()
def status(data: Data = None, url: Url = None) -> None:
    """Show who this platform is in its federation / 立場と鍵を表示する."""
    told = cast(JsonObject, call_admin(find_platform(url, data), "GET", PATH))
    member = cast("JsonObject | None", told["member"])
    table = Table(show_header=False)
    table.add_row("エンティティ Entity", str(told["entity"]))
    if member is None:
        table.add_row("立場 Role", "連携に参加していません / in no federation")
    else:
        table.add_row("立場 Role", str(member["role"]))
        hints = cast("list[str]", member["authority_hints"])
        table.add_row("上位 Superiors", " ".join(hints) or "―")
    for kid, use in cast("dict[str, str]", told["keys"]).items():
        table.add_row(f"鍵 Key ({use})", kid)
    Console().print(table)


@app.command()
def configuration(data: Data = None, url: Url = None) -> None:
    """Print what this platform says of itself, to hand it over / 構成情報を出力する."""
    told = cast(JsonObject, call_admin(find_platform(url, data), "GET", PATH))
    if told["configuration"] is None:
        typer.echo("renkei: 連携に参加していません / This platform is in no federation", err=True)
        raise typer.Exit(1)
    typer.echo(str(told["configuration"]))


@app.command()
def enrol(
    handed: Handed,
    terms: Annotated[
        Path | None,
        typer.Option(
            help="JSON with metadata, metadata_policy, constraints / 条件のファイル",
        ),
    ] = None,
    data: Data = None,
    url: Url = None,
) -> None:
    """Take in a subordinate; compare its keys on another way first / 下位を登録する."""
    given: JsonObject = {
        "configuration": _handed(handed),
        "terms": {} if terms is None else cast(JsonValue, orjson.loads(terms.read_bytes())),
    }
    platform = find_platform(url, data)
    made = cast(JsonObject, call_admin(platform, "POST", f"{PATH}/subordinates", given))
    _tell_keys(str(made["entity"]), [*_kids(made)])


@app.command()
def subordinates(data: Data = None, url: Url = None) -> None:
    """List whom this platform stands above / 下位を一覧する."""
    found = call_admin(find_platform(url, data), "GET", f"{PATH}/subordinates")
    table = Table("エンティティ Entity", "種類 Types", "条件 Terms", "登録 Since")
    for one in cast("list[JsonObject]", found):
        terms = [name for name in ("metadata", "metadata_policy", "constraints") if one[name]]
        kinds = " ".join(cast("list[str]", one["entity_types"]))
        table.add_row(str(one["entity"]), kinds, " ".join(terms) or "―", str(one["enrolled_at"]))
    Console().print(table)


@app.command()
def remove(entity: Entity, data: Data = None, url: Url = None) -> None:
    """Make no more statements about a subordinate / 下位の登録を抹消する."""
    platform = find_platform(url, data)
    call_admin(platform, "DELETE", f"{PATH}/subordinates", params={"entity": entity})


@app.command()
def trust(handed: Handed, data: Data = None, url: Url = None) -> None:
    """Trust an anchor; compare its keys on another way first / 信頼の起点を固定する."""
    platform = find_platform(url, data)
    pinned = cast(
        JsonObject,
        call_admin(platform, "POST", f"{PATH}/anchors", {"configuration": _handed(handed)}),
    )
    _tell_keys(str(pinned["entity"]), cast("list[str]", pinned["kids"]))


@app.command()
def untrust(entity: Entity, data: Data = None, url: Url = None) -> None:
    """Trust an anchor no more / 信頼の起点を外す."""
    platform = find_platform(url, data)
    call_admin(platform, "DELETE", f"{PATH}/anchors", params={"entity": entity})


@app.command()
def anchors(data: Data = None, url: Url = None) -> None:
    """List the pinned trust anchors / 信頼の起点を一覧する."""
    found = call_admin(find_platform(url, data), "GET", f"{PATH}/anchors")
    table = Table("起点 Trust anchor", "鍵 Keys")
    for one in cast("list[JsonObject]", found):
        table.add_row(str(one["entity"]), " ".join(cast("list[str]", one["kids"])))
    Console().print(table)


@app.command()
def renew(entity: Entity, data: Data = None, url: Url = None) -> None:
    """Take up the keys that a subordinate or anchor names now / 相手の鍵を最新にする."""
    platform = find_platform(url, data)
    told = call_admin(platform, "POST", f"{PATH}/renewal", params={"entity": entity})
    _tell_keys(entity, cast("list[str]", cast(JsonObject, told)["kids"]))


@app.command()
def roll(
    compromised: Annotated[
        bool, typer.Option("--compromised", help="The present key is believed no more / 漏えい時")
    ] = False,
    unheard: Annotated[
        bool,
        typer.Option("--unheard", help="Although the superior does not know it / 上位の確認なし"),
    ] = False,
    data: Data = None,
    url: Url = None,
) -> None:
    """Sign with the next federation key from now on / 連携用の鍵を更新する."""
    asked = {"compromised": str(compromised).lower(), "unheard": str(unheard).lower()}
    told = call_admin(find_platform(url, data), "POST", f"{PATH}/keys/roll", params=asked)
    table = Table("鍵 Key", "用途 Use")
    for kid, use in cast("dict[str, str]", told).items():
        table.add_row(kid, use)
    Console().print(table)


@app.command()
def resolve(entity: Entity, data: Data = None, url: Url = None) -> None:
    """Look for the way from an entity to an anchor, and print it / 信頼の経路を表示する."""
    platform = find_platform(url, data)
    found = cast(
        JsonObject, call_admin(platform, "GET", f"{PATH}/chain", params={"entity": entity})
    )
    typer.echo(f"{found['entity']}")
    for one in cast("list[JsonObject]", found["statements"]):
        typer.echo(
            f"  ← {one['issuer']}  ({one['expires_at']} まで / until, 鍵 key {one['signed_by']})"
        )
        for terms in ("constraints", "metadata_policy"):
            if one[terms]:
                typer.echo(f"      {terms}: {orjson.dumps(one[terms]).decode()}")
    typer.echo(f"起点 Trust anchor: {found['anchor']}")
    typer.echo(f"有効期限 Valid until: {found['expires_at']}")
    kinds = " ".join(cast(JsonObject, found["metadata"]))
    typer.echo(f"種類 Entity types: {kinds}")


def _handed(handed: Path) -> str:
    """Read what was handed over."""
    return sys.stdin.read() if str(handed) == "-" else handed.read_text("utf-8")


def _kids(subordinate: JsonObject) -> list[str]:
    keys = cast("list[JsonObject]", cast(JsonObject, subordinate["jwks"])["keys"])
    return [str(one["kid"]) for one in keys]


def _tell_keys(entity: str, kids: list[str]) -> None:
    typer.echo(f"{entity}")
    for kid in kids:
        typer.echo(f"  鍵の指紋（RFC 7638） / Thumbprint of its key: {kid}")
