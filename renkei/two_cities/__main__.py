"""`make run-federation`: start the stage, tell the story, stay until Ctrl-C."""

import signal
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from kit.errors import RenkeiError
from renkei.two_cities.stage import Site, stage
from renkei.two_cities.story import CITIES, Story

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def main(
    once: Annotated[
        bool, typer.Option("--once", help="End when the story is told / 終わったら停止する")
    ] = False,
    revoke: Annotated[
        bool, typer.Option("--revoke", help="Then revoke the map, and measure / 失効も試す")
    ] = False,
) -> None:
    """Start a prefecture and two cities on this machine, and tell a story about them."""
    typer.echo("基盤を3つ起動します / Starting three platforms …")
    with tempfile.TemporaryDirectory(prefix="renkei-") as directory, stage(Path(directory)) as all_:
        for site in all_:
            ja, en = CITIES[site.name]
            typer.echo(f"  {ja} {en}: {site.url}")
        story = Story(sites=all_, say=typer.echo)
        story.tell()
        if revoke:
            story.revoke()
        if not once:
            _stay(all_)


def _stay(sites: tuple[Site, ...]) -> None:
    """Stay until Ctrl-C."""
    typer.echo("Ctrl-C で停止します / Ctrl-C stops. 運営者として / As their operators:")
    for site in sites:
        typer.echo(f"  renkei federation status --data {site.data}")
    try:
        signal.pause()
    except KeyboardInterrupt:
        typer.echo("停止します / Stopping")


if __name__ == "__main__":
    try:
        app()
    except RenkeiError as error:
        typer.echo(f"renkei: {error.detail}", err=True)
        sys.exit(1)
