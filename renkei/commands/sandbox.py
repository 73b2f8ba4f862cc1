"""`renkei sandbox`: the tenant in which anybody may try the API."""

from typing import cast

import typer

from kit.json import JsonObject
from renkei.commands.admin import call_admin
from renkei.commands.options import Data
from renkei.commands.platform import Url, find_platform

app = typer.Typer(no_args_is_help=True, help="Where anybody may try the API / お試し用のテナント")

_PATH = "/admin/sandbox"


@app.command()
def create(data: Data = None, url: Url = None) -> None:
    """Make the sandbox, with limits and samples / サンドボックスを作る."""
    _tell(call_admin(find_platform(url, data), "PUT", _PATH))


@app.command()
def show(data: Data = None, url: Url = None) -> None:
    """Show where it is, and when it was last emptied / 表示する."""
    _tell(call_admin(find_platform(url, data), "GET", _PATH))


@app.command()
def reset(data: Data = None, url: Url = None) -> None:
    """Empty it now, and bring the samples again / いま空にする."""
    _tell(call_admin(find_platform(url, data), "POST", f"{_PATH}/reset"))


@app.command()
def end(data: Data = None, url: Url = None) -> None:
    """Let nobody write to it any more; its tenant stays / 終了する."""
    call_admin(find_platform(url, data), "DELETE", _PATH)
    typer.echo("The sandbox is ended / サンドボックスを終了しました")


def _tell(answer: object) -> None:
    told = cast(JsonObject, answer)
    typer.echo(f"Tenant {told['tenant']}, API {told['path']}, emptied {told['reset_at']}")
