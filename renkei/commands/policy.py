"""`renkei policy`: what a tenant lets whom do, shown, set and explained."""

from pathlib import Path
from typing import Annotated, cast

import orjson
import typer

from joint_use import Action
from kit.errors import RenkeiError
from kit.json import JsonObject
from renkei.commands.admin import call_admin
from renkei.commands.options import Data
from renkei.commands.platform import Url, find_platform

app = typer.Typer(no_args_is_help=True, help="Who may do what in a tenant / アクセスポリシー")

Name = Annotated[str, typer.Argument(help="The tenant / テナント", metavar="TENANT")]
File = Annotated[Path, typer.Argument(help="A JSON file / JSON", exists=True, dir_okay=False)]


class PolicyUnreadable(RenkeiError):
    """A file holds no policy."""


@app.command()
def show(name: Name, data: Data = None, url: Url = None) -> None:
    """Show a tenant's policy / ポリシーを表示する."""
    told = cast(JsonObject, call_admin(find_platform(url, data), "GET", _path(name)))
    typer.echo(f"Version {told['version']} / 第{told['version']}版", err=True)
    typer.echo(orjson.dumps(told["policy"], option=orjson.OPT_INDENT_2).decode())


@app.command(name="set")
def put(name: Name, file: File, data: Data = None, url: Url = None) -> None:
    """Set a tenant's policy / ポリシーを定める."""
    try:
        document = orjson.loads(file.read_bytes())
    except ValueError as error:
        raise PolicyUnreadable(f"{file} is not JSON: {error}") from error
    platform = find_platform(url, data)
    before = cast(JsonObject, call_admin(platform, "GET", _path(name)))
    asked: JsonObject = {"version": before["version"], "policy": document}
    told = cast(JsonObject, call_admin(platform, "PUT", _path(name), asked))
    typer.echo(f"Version {told['version']} holds / 第{told['version']}版を適用しました")


@app.command()
def history(name: Name, data: Data = None, url: Url = None) -> None:
    """Show who set which version / 変更の履歴を表示する."""
    told = call_admin(find_platform(url, data), "GET", f"{_path(name)}/history")
    for one in cast("list[JsonObject]", told):
        typer.echo(f"{one['version']}\t{one['at']}\t{one['by']}")


@app.command()
def explain(
    name: Name,
    action: Annotated[Action, typer.Option(help="What is to be done / 操作")],
    token: Annotated[
        str | None, typer.Option(help="An access token; without: anyone / トークン")
    ] = None,
    type_: Annotated[str | None, typer.Option("--type", help="A type's IRI / 型のIRI")] = None,
    data: Data = None,
    url: Url = None,
) -> None:
    """Explain what a token may do, and why not / 判定とその理由を説明する."""
    asked: JsonObject = {"token": token, "action": action.value, "type": type_}
    answer = call_admin(find_platform(url, data), "POST", f"{_path(name)}/explain", asked)
    told = cast(JsonObject, answer)
    typer.echo(f"{told['outcome']}: {told['reason']} (policy version {told['policy_version']})")
    for input_, value in cast(JsonObject, told["inputs"]).items():
        if value not in (None, [], ""):
            typer.echo(f"  {input_}: {orjson.dumps(value).decode()}")
    if told["outcome"] != "allow":
        raise typer.Exit(1)


def _path(name: str) -> str:
    return f"/admin/tenants/{name}/policy"
