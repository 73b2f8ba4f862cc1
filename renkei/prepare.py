"""The preparation: one process that readies the databases before any worker serves."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import TypeAlias, cast

from kit.errors import RenkeiError
from renkei.order import imported, receive
from renkei.settings import Settings

Preparation: TypeAlias = Callable[[Settings], Coroutine[None, None, None]]


def main() -> None:
    """Prepare, and say by the exit code whether it is done."""
    prepare = cast(Preparation, imported(sys.argv[1]))
    order, _ = receive()
    try:
        asyncio.run(prepare(order.settings))
    except RenkeiError as error:
        sys.exit(f"renkei: {error.detail}")


if __name__ == "__main__":
    main()
