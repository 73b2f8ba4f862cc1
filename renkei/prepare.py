"""The preparation: one process that readies the databases before any worker serves."""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from typing import TypeAlias, cast

from kit.errors import RenkeiError
from renkei.loading import imported
from renkei.order import end_with_supervisor, receive
from renkei.settings import Settings

Preparation: TypeAlias = Callable[[Settings], Coroutine[None, None, None]]


def main(task: str) -> None:
    """Prepare, and say by the exit code whether it is done.

    Args:
        task: the import string of the function that does it.
    """
    prepare = cast(Preparation, imported(task))
    order, channel = receive()
    end_with_supervisor(channel)
    try:
        asyncio.run(prepare(order.settings))
    except RenkeiError as error:
        sys.exit(f"renkei: {error.detail}")
    sys.stdout.flush()
    os._exit(0)  # to take apart what was loaded takes longer than the preparation, for nothing


if __name__ == "__main__":
    main(sys.argv[1])
