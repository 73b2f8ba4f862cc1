"""`renkei up`: start the whole platform on this machine, and stay until it is stopped."""

from enum import StrEnum
from typing import Annotated

import typer

from renkei.commands.options import Data, as_text
from renkei.settings import Settings, load
from renkei.supervisor import Supervisor


class Switch(StrEnum):
    """On or off."""

    ON = "on"
    OFF = "off"


def command(
    data: Data = None,
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="The port; 0 takes any free one.")] = None,
    workers: Annotated[int | None, typer.Option(help="How many processes serve.")] = None,
    demo: Annotated[
        bool | None, typer.Option("--demo/--no-demo", help="Bring example municipalities.")
    ] = None,
    auth: Annotated[Switch | None, typer.Option(help="Whether requests need a token.")] = None,
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
    settings = load(
        {
            "data": as_text(data),
            "host": host,
            "port": port,
            "workers": workers,
            "demo": demo,
            "auth": auth.value if auth else None,
            "egress_allow": list(egress_allow) if egress_allow else None,
            "insecure": insecure,
        }
    )
    Supervisor(settings, on_ready=lambda url: typer.echo(banner(settings, url))).run()


def banner(settings: Settings, url: str) -> str:
    """Say where to look."""
    return "\n".join(
        (
            "",
            "  renkei 連携 is up",
            "",
            f"    Home page   {url}/",
            f"    NGSI-LD     {url}/ngsi-ld/v1",
            f"    Health      {url}/health/ready",
            f"    Data        {settings.data}",
            f"    Stop        Ctrl-C, or: renkei down --data {settings.data}",
            "",
        )
    )
