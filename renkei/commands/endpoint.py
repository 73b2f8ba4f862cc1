"""`renkei tenant endpoint`: where an external tenant's data are, and how we enter there."""

import sys
import tomllib
from pathlib import Path
from typing import Annotated, TypeAlias, cast

import typer
from rich.console import Console
from rich.table import Table

from kit.errors import RenkeiError
from kit.json import JsonObject
from renkei.commands.admin import call_admin
from renkei.commands.options import Data
from renkei.commands.platform import Url, find_platform

app = typer.Typer(
    no_args_is_help=True,
    help="Endpoints of external tenants / 外部テナントの接続先",
)

_CREDENTIALS = {
    "none": "なし",
    "api_key": "APIキー",
    "oauth2": "OAuth 2.0",
    "mtls": "クライアント証明書",
}
_TEXT_FILES = {"certificate_file": "certificate", "key_file": "key"}

_Name: TypeAlias = Annotated[
    str, typer.Argument(help="Canonical name: a-z, 0-9, _ / テナント名", metavar="NAME")
]
EndpointUrl: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--endpoint",
        metavar="URL",
        help="What stands before /ngsi-ld/v1 of an external one / 外部の接続先",
    ),
]
EndpointTenant: TypeAlias = Annotated[
    str | None,
    typer.Option("--endpoint-tenant", help="Its name there / 接続先でのテナント名"),
]
CredentialsFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--credentials",
        metavar="FILE",
        help="TOML with kind = none, api_key, oauth2 or mtls and its members; - reads from the "
        "standard input / 認証情報のファイル",
    ),
]
AuthoritiesFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--ca", metavar="FILE", help="Certificates to trust in addition, PEM / 追加の認証局"
    ),
]
TimeoutS: TypeAlias = Annotated[
    float | None,
    typer.Option("--timeout", metavar="SECONDS", help="Time for an answer / 応答を待つ秒数"),
]


class Unreadable(RenkeiError):
    """A file with credentials cannot be used."""


def asked_endpoint(
    url: str | None,
    tenant: str | None,
    credentials: Path | None,
    authorities: Path | None,
    timeout_s: float | None,
) -> JsonObject | None:
    """Write the endpoint that the options describe; None: they describe none.

    Raises:
        Unreadable: a file cannot be read.
    """
    if url is None:
        return None
    given: JsonObject = {
        "url": url,
        "tenant": tenant,
        "credentials": None if credentials is None else _credentials_in(credentials),
        "authorities": None if authorities is None else _text_in(authorities),
        "timeout_s": timeout_s,
    }
    return {name: value for name, value in given.items() if value is not None}


@app.command()
def show(name: _Name, data: Data = None, url: Url = None) -> None:
    """Show where an external tenant's data are / 接続先を表示する."""
    path = f"/admin/tenants/{name}/endpoint"
    _print(cast(JsonObject, call_admin(find_platform(url, data), "GET", path)))


@app.command(name="set")
def set_endpoint(
    name: _Name,
    endpoint: EndpointUrl = None,
    endpoint_tenant: EndpointTenant = None,
    credentials: CredentialsFile = None,
    ca: AuthoritiesFile = None,
    timeout: TimeoutS = None,
    data: Data = None,
    url: Url = None,
) -> None:
    """Set where an external tenant's data are, or new credentials / 接続先や認証情報を変更する.

    What no option names stays as it is. To rotate credentials: `--credentials FILE` alone.
    """
    platform = find_platform(url, data)
    path = f"/admin/tenants/{name}/endpoint"
    known = cast(JsonObject, call_admin(platform, "GET", path))
    asked = asked_endpoint(
        endpoint or str(known["url"]),
        endpoint_tenant or cast("str | None", known["tenant"]),
        credentials,
        ca,
        timeout or cast(float, known["timeout_s"]),
    )
    _print(cast(JsonObject, call_admin(platform, "PUT", path, asked)))


def _credentials_in(path: Path) -> JsonObject:
    """Read credentials; certificate_file and key_file name files beside it."""
    try:
        found = cast("JsonObject", tomllib.loads(_text_in(path)))
    except tomllib.TOMLDecodeError as error:
        raise Unreadable(f"File {path} is no TOML: {error} / TOMLとして読めません") from error
    for name, member in _TEXT_FILES.items():
        if name in found:
            found[member] = _text_in(path.parent / str(found.pop(name)))
    return found


def _text_in(path: Path) -> str:
    try:
        return sys.stdin.read() if str(path) == "-" else path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"File {path} cannot be read / ファイルを読めません") from error


def _print(endpoint: JsonObject) -> None:
    kind = str(endpoint["credentials"])
    table = Table(show_header=False)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    table.add_row("接続先 Endpoint", str(endpoint["url"]))
    table.add_row("接続先でのテナント名 Tenant there", str(endpoint["tenant"] or "―"))
    table.add_row("認証 Credentials", f"{_CREDENTIALS[kind]} {kind}")
    table.add_row("追加の認証局 Authorities", "あり yes" if endpoint["has_authorities"] else "―")
    table.add_row("応答時間 Timeout", f"{endpoint['timeout_s']:g} s")
    table.add_row("版 Version", str(endpoint["version"]))
    table.add_row("変更 Changed", f"{endpoint['changed_at']} {endpoint['changed_by']}")
    Console(emoji=False, markup=False).print(table)  # a name is no emoji, whatever is in it
