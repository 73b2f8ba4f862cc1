"""`renkei restart`: replace the workers of a running instance, one after the other."""

import os
import signal
import time

import typer

from renkei.commands.options import Data, as_text
from renkei.instance import Instance, Running
from renkei.settings import load

_PATIENCE_S = 300.0


def command(data: Data = None) -> None:
    """Replace the workers with new ones that read settings and certificates; no request fails.

    What only the start reads stays as it is: the address, the port, the number of workers, and
    the PostgreSQL of the platform's own.
    """
    instance = Instance(load({"data": as_text(data)}).data)
    before = instance.running()
    if before is None or not before.is_ready:
        state = "nothing runs" if before is None else "the platform is still starting"
        typer.echo(f"renkei: {state} with the data in {instance.data}", err=True)
        raise typer.Exit(1)
    os.kill(before.pid, signal.SIGHUP)
    after = _ended(instance, before)
    if after is None or after.restart.failure is not None:
        reason = "it went away" if after is None else after.restart.failure
        typer.echo(f"renkei: the restart was given up, the log says more: {reason}", err=True)
        raise typer.Exit(1)
    typer.echo(f"renkei: {after.url} has new workers")


def _ended(instance: Instance, before: Running) -> Running | None:
    """Wait for the end of the restart; None: the platform ended instead, or it takes too long."""
    ends_at = time.monotonic() + _PATIENCE_S
    while time.monotonic() < ends_at:
        now = instance.running()
        if now is None or now.pid != before.pid:
            return None
        if now.restart.count > before.restart.count:
            return now
        time.sleep(0.05)
    return None
