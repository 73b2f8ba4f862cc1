"""Where the platform is that a command talks to, and what it knows of a tenant."""

import os
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, TypeAlias

import httpx2
import typer

from datamodels import DataModelError, Language, Registry, open_registry
from joint_use import JointUseError
from kit.http import new_tls_context
from renkei.commands.options import Data, as_text
from renkei.instance import Instance
from renkei.settings import load

_ADMIN_TIMEOUT_S = 5.0
TOKEN = "RENKEI_TOKEN"  # noqa: S105 - a variable of the environment
"""Where commands find a token for a platform that is not on this machine."""


class Lang(StrEnum):
    """The language of a report."""

    JA = "ja"
    EN = "en"


ModelName: TypeAlias = Annotated[
    str, typer.Option("--model", help="The data model / データモデル: AED, EvacuationSite …")
]
TenantName: TypeAlias = Annotated[str, typer.Option("--tenant", help="The tenant / テナント")]
Url: TypeAlias = Annotated[
    str | None, typer.Option("--url", help="Where the platform is; by default the running one.")
]
Speaking: TypeAlias = Annotated[Lang, typer.Option("--lang", help="ja: 日本語, en: English")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """A platform to talk to.

    Args:
        operator_token: of the instance on this machine, never shown to one elsewhere; of one
            elsewhere what RENKEI_TOKEN holds.
        ca_file: whose certificates are believed beside the usual authorities'.
    """

    url: str
    operator_token: str | None = None
    ca_file: Path | None = None

    @property
    def trusted(self) -> ssl.SSLContext | bool:
        """Whose certificates are believed."""
        return new_tls_context(self.ca_file) if self.url.startswith("https:") else True


def find_platform(url: str | None, data: Data) -> Platform:
    """Answer with the platform at a URL, or the one that runs with this data."""
    settings = load({"data": as_text(data)})
    instance = Instance(settings.data, settings.secrets)
    running = instance.running()
    url = url.rstrip("/") if url else None
    if running is not None and url in {None, running.url}:
        return Platform(
            url=running.url,
            operator_token=instance.operator_token(),
            ca_file=settings.egress_ca_file,
        )
    return Platform(
        url=url or f"http://127.0.0.1:{settings.port}",
        operator_token=os.environ.get(TOKEN),
        ca_file=settings.egress_ca_file,
    )


def registry_of(data: Data) -> Registry:
    """Answer with the data models that an instance on this machine knows.

    Raises:
        DataModelError: one of the operator's own is none.
    """
    return open_registry(load({"data": as_text(data)}).datamodels.folder)


def municipality_of(platform: Platform, tenant: str) -> str | None:
    """Ask which municipality a tenant is; None where that cannot be told."""
    if platform.operator_token is None:
        return None
    try:
        answer = httpx2.get(
            f"{platform.url}/admin/tenants/{tenant}",
            headers={"Authorization": f"Bearer {platform.operator_token}"},
            timeout=_ADMIN_TIMEOUT_S,
            trust_env=False,
            verify=platform.trusted,
        )
    except httpx2.HTTPError:
        return None
    if answer.status_code != HTTPStatus.OK:
        return None
    code = answer.json().get("municipality_code")
    return code if isinstance(code, str) and code else None


def in_words(lang: Language, act: Callable[[], int]) -> None:
    """Do something and leave with its exit code; a refusal is one sentence and exit code 1."""
    try:
        code = act()
    except DataModelError as refused:
        typer.echo(f"renkei: {refused.words.in_(lang)}", err=True)
        code = 1
    except JointUseError as refused:
        typer.echo(f"renkei: {refused.detail_ja if lang == 'ja' else refused.detail}", err=True)
        code = 1
    if code:
        raise typer.Exit(code)
