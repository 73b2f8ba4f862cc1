"""`renkei secrets`: make the secrets that several instances of one platform share."""

from pathlib import Path
from typing import Annotated

import typer

from renkei.instance import SECRETS, made_secret
from renkei.settings import load


def command(
    folder: Annotated[Path, typer.Argument(help="Where the files go; what is there stays.")],
) -> None:
    """Make what is missing: one file for each secret, to be given to every instance.

    Each instance is told of them by RENKEI_SECRETS. Whoever has the folder has the platform.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    names = [*SECRETS, *(f"server_{name}" for name in load({}).database.servers)]
    new = [name for name in names if not (folder / name).exists()]
    for name in names:
        made_secret(folder, name)
    typer.echo(f"{folder}: {len(names)} secrets, {len(new)} of them new")
