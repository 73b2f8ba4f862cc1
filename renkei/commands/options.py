"""Options that several commands take."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

Data: TypeAlias = Annotated[
    Path | None,
    typer.Option(help="The directory that holds everything the instance keeps.", metavar="DIR"),
]


def as_text(path: Path | None) -> str | None:
    """Write a path option as the settings read it."""
    return None if path is None else str(path)
