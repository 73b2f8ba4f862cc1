"""Where the `renkei` command begins: a start has the program loaded before all else."""

import sys
from collections.abc import Callable
from contextlib import closing
from typing import TypeAlias, cast

from renkei.loading import EVERYBODYS, Loading, asked_part, imported

Run: TypeAlias = Callable[[Loading | None], None]


def main() -> None:
    """Run the command line, whose own modules are loaded beside what `renkei up` will need."""
    if sys.platform != "linux" or asked_part(sys.argv) != "up":
        _run(None)
        return
    with closing(Loading(EVERYBODYS)) as loading:
        _run(loading)


def _run(loading: Loading | None) -> None:
    cast(Run, imported("renkei.cli:main"))(loading)


if __name__ == "__main__":
    main()
