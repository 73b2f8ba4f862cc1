"""`renkei status`: whether an instance runs, where, and how it is."""

import typer

from kit.errors import RenkeiError
from renkei.commands.options import Data, as_text
from renkei.commands.platform import find_platform
from renkei.commands.top import read
from renkei.health import told_ready
from renkei.instance import Instance
from renkei.settings import load

_MB = 1_000_000


def command(data: Data = None) -> None:
    """Show who runs with this data and how it is; exit code 1 when nobody does, or not ready."""
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
    if running.is_ready and not _tell_health(data):
        raise typer.Exit(1)


def _tell_health(data: Data) -> bool:
    """Say what is missing, and what workers take."""
    platform = find_platform(None, data)
    told = told_ready(platform.url, platform.trusted)
    for name, value in told.items():
        typer.echo(f"{name:<8} {value}")
    try:
        workers = read(platform).by("renkei_worker_memory_bytes", "worker")
    except RenkeiError as error:
        typer.echo(f"workers  {error.detail}")
        return False
    memory = ", ".join(f"{size / _MB:,.0f} MB" for _, size in sorted(workers.items()))
    typer.echo(f"workers  {len(workers)}: {memory}")
    return told.get("status") == "ready"
