"""`renkei up`: start the whole platform on this machine, and stay until it is stopped."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

import typer

from kit.json import JsonValue
from renkei import commands
from renkei.commands.options import Data, as_text
from renkei.loading import Loading
from renkei.settings import Settings, load
from renkei.supervisor import Supervisor


class Switch(StrEnum):
    """On or off."""

    ON = "on"
    OFF = "off"


def command(
    context: typer.Context,
    data: Data = None,
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="The port; 0 takes any free one.")] = None,
    workers: Annotated[int | None, typer.Option(help="How many processes serve.")] = None,
    house: Annotated[
        list[str] | None,
        typer.Option(help="What is served: broker, idp_federation, …; by default all."),
    ] = None,
    demo: Annotated[
        bool | None, typer.Option("--demo/--no-demo", help="Bring example municipalities.")
    ] = None,
    auth: Annotated[
        Switch | None,
        typer.Option(
            help="Whether tokens and policies say who may do what; on unless said otherwise."
        ),
    ] = None,
    egress_allow: Annotated[
        list[str] | None,
        typer.Option(help="A private network that outgoing requests may reach.", metavar="CIDR"),
    ] = None,
    insecure: Annotated[
        bool | None,
        typer.Option("--insecure", help="Listen beyond this machine though auth is off."),
    ] = None,
) -> None:
    """Start the platform; Ctrl-C, SIGTERM or `renkei down` stops it."""
    options: Mapping[str, JsonValue] = {
        "data": as_text(data),
        "host": host,
        "port": port,
        "workers": workers,
        "houses": [*house] if house else None,
        "demo": demo,
        "auth": auth.value if auth else None,
        "egress_allow": list(egress_allow) if egress_allow else None,
        "insecure": insecure,
    }
    settings = load(options)
    Supervisor(
        settings,
        on_ready=lambda url: typer.echo(banner(settings, url, _token(settings, url))),
        reread=lambda: load(options),
        loading=context.find_object(Loading),
    ).run()


def _token(settings: Settings, url: str) -> str | None:
    """Answer with what the demo is written to with; None: there is no need of one, or none."""
    is_needed = settings.demo and settings.auth == "on"
    return commands.demo_token(settings, url) if is_needed else None


def banner(settings: Settings, url: str, token: str | None = None) -> str:
    """Say where to look, and who may do what."""
    told = [
        f"Home page   {url}/",
        f"NGSI-LD     {url}/ngsi-ld/v1",
        f"Health      {url}/health/ready",
        f"Data        {settings.data}",
        f"Access      {_access(settings)}",
    ]
    if token is not None:
        told.append(f"Token       {token}")
    told.append(f"Stop        Ctrl-C, or: renkei down --data {settings.data}")
    return "\n".join(("", "  renkei 連携 is up", "", *(f"    {line}" for line in told), ""))


def _access(settings: Settings) -> str:
    if settings.auth == "off":
        return "anyone may do everything: --auth off"
    if settings.demo:
        ask = f"renkei idp token --data {settings.data}"
        return f"the demo is read by anyone; to write takes a token, for five minutes: {ask}"
    return "as tenants' policies say: renkei policy; tokens: renkei idp"
