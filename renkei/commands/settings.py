"""`renkei settings`: every setting, its value and where that comes from."""

import typer

from kit.settings import shown
from renkei.commands.options import Data, as_text
from renkei.settings import SETTINGS_FILE, load


def command(data: Data = None) -> None:
    """Show every setting as its environment variable; secrets stay hidden."""
    options = {"data": as_text(data)} if data else {}
    settings = load(options)
    for one in shown(settings, options=options, file=settings.data / SETTINGS_FILE):
        typer.echo(f"{one.variable}={one.value}  ({one.source.value})\n    {one.description}")
