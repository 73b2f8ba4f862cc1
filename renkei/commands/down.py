"""`renkei down`: stop a running instance."""

import os
import signal
import time

import typer

from renkei.commands.options import Data, as_text
from renkei.instance import Instance
from renkei.settings import load

_PATIENCE_S = 15.0


def command(data: Data = None) -> None:
    """Stop the instance that runs with this data, and wait until it is down."""
    settings = load({"data": as_text(data)})
    directory, stopping = settings.data, settings.stopping
    running = Instance(directory).running()
    if running is None:
        typer.echo(f"renkei: nothing runs with the data in {directory}", err=True)
        raise typer.Exit(1)
    os.kill(running.pid, signal.SIGTERM)
    ends_at = time.monotonic() + _PATIENCE_S + stopping.notice_s + stopping.finish_s
    while running.is_alive:
        if time.monotonic() > ends_at:
            typer.echo(f"renkei: process {running.pid} does not stop", err=True)
            raise typer.Exit(1)
        time.sleep(0.05)
    typer.echo(f"renkei: {running.url} is down")
