"""`renkei profile`: the platform's attributes, entered, checked and compared with a peer's."""

import tomllib
from pathlib import Path
from typing import Annotated, cast

import httpx2
import orjson
import typer
from rich.console import Console
from rich.table import Table

from kit.errors import RenkeiError
from kit.json import JsonObject, JsonValue
from renkei.commands.admin import call_admin
from renkei.commands.options import Data
from renkei.commands.platform import Url, find_platform

app = typer.Typer(no_args_is_help=True, help="The platform's attributes / 基盤の属性")

_PATH = "/profile"
_TIMEOUT_S = 30.0
_NEEDS = {"nothing": "—", "agreement": "要合意 Agree", "change": "要変更 Change"}

File = Annotated[
    Path, typer.Argument(help="A TOML or JSON file / TOML または JSON", exists=True, dir_okay=False)
]


class PeerRefused(RenkeiError):
    """Another platform's profile cannot be had."""


@app.command()
def show(data: Data = None, url: Url = None) -> None:
    """Show the platform's attributes / 属性を表示する."""
    _print_profile(cast(JsonObject, call_admin(find_platform(url, data), "GET", _PATH)))


@app.command(name="set")
def enter(file: File, data: Data = None, url: Url = None) -> None:
    """Enter the platform's attributes / 属性を登録する."""
    document = _read(file)
    answer = call_admin(find_platform(url, data), "PUT", f"/admin{_PATH}", document)
    told = cast(JsonObject, answer)
    typer.echo(f"Version {told['version']} is entered / 版 {told['version']} を登録しました")
    _print_findings(told)


@app.command()
def check(file: File, data: Data = None, url: Url = None) -> None:
    """Hold attributes against the rules, without entering them / 属性を点検する."""
    answer = call_admin(find_platform(url, data), "POST", f"{_PATH}/check", _read(file))
    told = cast(JsonObject, answer)
    _print_findings(told)
    weights = [finding["weight"] for finding in cast("list[JsonObject]", told["findings"])]
    if "contradiction" in weights:
        raise typer.Exit(1)


@app.command()
def compare(
    peer: Annotated[
        str,
        typer.Argument(
            metavar="URL", help="The other platform, or its profile / 相手の基盤のアドレス"
        ),
    ],
    data: Data = None,
    url: Url = None,
) -> None:
    """Compare with a peer: what differs, what must change / 相手の基盤と属性を比較する."""
    theirs = _fetch(peer)
    answer = call_admin(find_platform(url, data), "POST", f"{_PATH}/comparison", theirs)
    _print_comparison(cast(JsonObject, answer))


def _fetch(peer: str) -> JsonObject:
    address = peer if peer.rstrip("/").endswith(_PATH) else peer.rstrip("/") + _PATH
    try:
        answer = httpx2.get(
            address,
            timeout=_TIMEOUT_S,
            follow_redirects=True,
            headers={"Accept": "application/json"},
        )
        document = answer.raise_for_status().json()
    except (httpx2.HTTPError, ValueError) as error:
        raise PeerRefused(
            f"{address} gives no profile: {error} / 相手の属性を取得できません"
        ) from error
    return cast(JsonObject, document)


def _read(file: Path) -> JsonObject:
    try:
        if file.suffix == ".toml":
            return _without_absent(tomllib.loads(file.read_text("utf-8-sig")))
        return cast(JsonObject, orjson.loads(file.read_bytes().removeprefix(b"\xef\xbb\xbf")))
    except (ValueError, OSError) as error:
        raise PeerRefused(f"{file} cannot be read: {error}") from error


def _without_absent(document: JsonObject) -> JsonObject:
    """TOML has no null: terms for residents that are not there are written as なし."""
    terms = document.get("residentTerms")
    return {**document, "residentTerms": None if terms in ("なし", False) else terms}


def _text(value: JsonValue) -> str:
    if value is None:
        return "なし"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_text(one)}" for name, one in value.items())
    if isinstance(value, bool):
        return "○" if value else "×"
    return str(value)


def _print_profile(document: JsonObject) -> None:
    table = Table("項目 Attribute", "値 Value")
    for member, value in document.items():
        table.add_row(member, _text(value))
    Console().print(table)


def _print_findings(told: JsonObject) -> None:
    for finding in cast("list[JsonObject]", told["findings"]):
        typer.echo(
            f"[{finding['weight']}] {finding['attribute']}: {finding['ja']} / {finding['en']}"
        )


def _print_comparison(told: JsonObject) -> None:
    table = Table("項目", "こちら Ours", "相手 Theirs", "共同利用 Joining", "連携 Linking")
    reasons: list[str] = []
    for row in cast("list[JsonObject]", told["attributes"]):
        title = cast(JsonObject, row["title"])
        cells = []
        for step, words in (("joining", "共同利用"), ("linking", "連携")):
            verdict = cast(JsonObject, row[step])
            cells.append(_NEEDS[str(verdict["need"])])
            if verdict["ja"]:
                reasons.append(f"{words}・{title['ja']}: {verdict['ja']} / {verdict['en']}")
        table.add_row(str(title["ja"]), _text(row["ours"]), _text(row["theirs"]), *cells)
    Console().print(table)
    for reason in reasons:
        typer.echo(reason)
    joins, links = (told[one] is True for one in ("canJoin", "canLink"))
    typer.echo(f"共同利用 Joining: {_can(joins)}　連携 Linking: {_can(links)}")


def _can(is_possible: bool) -> str:
    return "可 possible" if is_possible else "変更が必要 something must change"
