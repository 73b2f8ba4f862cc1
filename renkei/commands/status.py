"""`renkei status`: whether an instance runs, where, and how it is."""

import typer

from renkei.commands.options import Data, as_text
from renkei.instance import Instance
from renkei.settings import load


def command(data: Data = None) -> None:
    """Show who runs with this data; exit code 1 when nobody does."""
    directory = load({"data": as_text(data)}).data
    running = Instance(directory).running()
    if running is None:
        typer.echo(f"renkei: nothing runs with the data in {directory}")
        raise typer.Exit(1)
    typer.echo(f"state    {'up' if running.is_ready else 'starting'}")
    typer.echo(f"url      {running.url}")
    typer.echo(f"process  {running.pid}")
    typer.echo(f"since    {running.started_at.isoformat(timespec='seconds')}")
    typer.echo(f"data     {directory}")
