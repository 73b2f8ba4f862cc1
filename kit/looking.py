"""Looking again and again what is due, for as long as a process serves."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from kit.db import DatabaseUnavailable

log = structlog.get_logger(__name__)


async def look_again(
    look: Callable[[], Awaitable[object]], *, every_s: float, failing: str
) -> None:
    """Look, wait, and look again, until cancelled; to be run under `kit.tasks`.

    What is not reached now is looked for the next time; any other failure is the caller's.

    Args:
        look: does what is due.
        every_s: the pause between two looks, in seconds.
        failing: what is logged where the database, or somebody, does not answer.
    """
    while True:
        try:
            await look()
        except (DatabaseUnavailable, TimeoutError) as error:
            log.warning(failing, reason=str(error))
        await asyncio.sleep(every_s)
