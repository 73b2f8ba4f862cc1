"""`renkei tenant export` and `renkei tenant import`: a whole tenant as one archive."""

from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import httpx2
import typer

from renkei.archive_header import ARCHIVE_HEADER
from renkei.commands.admin import AdminRefused, reason_of
from renkei.commands.options import Data
from renkei.commands.platform import Platform, Url, find_platform

_CHUNK = 1 << 20
_CONNECT_S = 10.0

Passphrase = Annotated[
    str | None,
    typer.Option(
        "--passphrase",
        envvar="RENKEI_ARCHIVE_PASSPHRASE",
        help="Seals subscribers' secrets; without one they are left out / 秘密情報の封印",
        show_default=False,
    ),
]


def export(
    name: Annotated[str, typer.Argument(help="The tenant / テナント名", metavar="NAME")],
    file: Annotated[Path, typer.Argument(help="The archive to write / 書き出すファイル")],
    passphrase: Passphrase = None,
    data: Data = None,
    url: Url = None,
) -> None:
    """Write all of a tenant to one archive: the way out / テナント全体を書き出す.

    (One data model's entities as CSV: `renkei export`.)
    """
    platform = find_platform(url, data)
    partial = file.with_name(f".{file.name}.partial")
    try:
        with (
            _client(platform) as client,
            client.stream(
                "GET", f"/admin/tenants/{name}/archive", headers=_secret(passphrase)
            ) as answer,
        ):
            if not answer.is_success:
                answer.read()
                raise AdminRefused(reason_of(answer))
            with partial.open("wb") as out:
                for chunk in answer.iter_bytes(_CHUNK):
                    out.write(chunk)
        partial.replace(file)
    except httpx2.HTTPError as error:
        raise AdminRefused(f"{platform.url} does not answer to the end: {error!r}") from error
    finally:
        partial.unlink(missing_ok=True)
    typer.echo(f"{file}: {file.stat().st_size} bytes")


def import_(
    file: Annotated[Path, typer.Argument(help="The archive / アーカイブ", exists=True)],
    as_name: Annotated[
        str, typer.Option("--as", help="The new tenant's name / 新しいテナント名", metavar="NAME")
    ],
    storage: Annotated[str, typer.Option(help="separated or shared / データ管理方式")] = "shared",
    server: Annotated[str | None, typer.Option(help="Server of a separated one")] = None,
    passphrase: Passphrase = None,
    data: Data = None,
    url: Url = None,
) -> None:
    """Make a new tenant of an archive / アーカイブから新しいテナントを作る.

    (A municipal CSV file into a tenant: `renkei import`.)
    """
    platform = find_platform(url, data)
    asked = {"storage": storage, **({} if server is None else {"server": server})}
    try:
        with _client(platform) as client, file.open("rb") as content:
            answer = client.post(
                f"/admin/tenants/{as_name}/archive",
                params=asked,
                content=iter(lambda: content.read(_CHUNK), b""),
                headers=_secret(passphrase),
            )
    except httpx2.HTTPError as error:
        raise AdminRefused(f"{platform.url} does not answer to the end: {error!r}") from error
    if not answer.is_success:
        raise AdminRefused(reason_of(answer))
    told = answer.json()
    counts = ", ".join(f"{part} {count}" for part, count in told["records"].items())
    typer.echo(f"{as_name}: {counts}")


def _client(platform: Platform) -> httpx2.Client:
    token = platform.operator_token
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    timeout = httpx2.Timeout(None, connect=_CONNECT_S)
    return httpx2.Client(base_url=platform.url, headers=headers, timeout=timeout, trust_env=False)


def _secret(passphrase: str | None) -> dict[str, str]:
    return {} if passphrase is None else {ARCHIVE_HEADER: quote(passphrase)}
