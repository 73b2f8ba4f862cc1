"""Watching: notifications of a subscription shown as they are sent, whichever process sends them.

Who watches says so again and again; who sends shows what it sends while somebody does. What is
missed is missed: this is for dashboards, receivers have endpoints.
"""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from secrets import token_hex

from joint_use import Tenant
from kit.tasks import Tasks

WATCH = "watch"
SHOW = "show"
_AGAIN_S = 5.0
_LASTS_S = 15.0
_PIECE = 7_000  # characters of base64: NOTIFY takes less than 8,000 bytes
_MOST_PIECES = 64
_MOST_BEGUN = 64  # notifications of which some pieces are here and others still on their way
_QUEUE = 256

Say = Callable[[str], None]


class Watching:
    """Who watches what, here and elsewhere.

    Args:
        say: says something to all processes, this one too.
        tasks: own what goes on while somebody watches here.
    """

    def __init__(self, say: Say, tasks: Tasks) -> None:
        self._say = say
        self._tasks = tasks
        self._watched: dict[tuple[str, str], float] = {}
        self._queues: dict[tuple[str, str], set[asyncio.Queue[bytes]]] = {}
        self._pieces: dict[str, list[str]] = {}

    @asynccontextmanager
    async def watch(self, tenant: Tenant, subscription: str) -> AsyncIterator[asyncio.Queue[bytes]]:
        """Lend a queue that gets the subscription's notifications as they are sent."""
        key = (tenant.name, subscription)
        queue: asyncio.Queue[bytes] = asyncio.Queue(_QUEUE)
        self._queues.setdefault(key, set()).add(queue)

        async def keep_saying() -> None:
            while True:
                self._say(f"{WATCH} {tenant.name} {subscription}")
                await asyncio.sleep(_AGAIN_S)

        task = self._tasks.start("watch", keep_saying)
        try:
            yield queue
        finally:
            task.cancel()
            self._queues[key].discard(queue)
            if not self._queues[key]:
                del self._queues[key]

    def published(self, tenant: Tenant, subscription: str, body: bytes) -> None:
        """Show a notification that is being sent, if somebody watches."""
        until_s = self._watched.get((tenant.name, subscription))
        if until_s is None or until_s < _now_s():
            return
        text = base64.b64encode(body).decode()
        pieces = [text[start : start + _PIECE] for start in range(0, len(text), _PIECE)]
        if len(pieces) > _MOST_PIECES:
            return
        mark = token_hex(6)
        for number, piece in enumerate(pieces, 1):
            self._say(f"{SHOW} {tenant.name} {subscription} {mark} {number}/{len(pieces)} {piece}")

    def heard_watch(self, tenant: str, subscription: str) -> None:
        """Note that somebody watches, somewhere."""
        now_s = _now_s()
        self._watched = {key: until_s for key, until_s in self._watched.items() if until_s > now_s}
        self._watched[tenant, subscription] = now_s + _LASTS_S

    def heard_show(self, tenant: str, subscription: str, rest: str) -> None:
        """Take in a piece of a notification; whole ones go to who watches here."""
        queues = self._queues.get((tenant, subscription))
        if not queues:
            return
        mark, place, piece = rest.split(" ", 2)
        number, count = place.split("/")
        pieces = self._pieces.setdefault(mark, [])
        if len(self._pieces) > _MOST_BEGUN:  # the last pieces of the oldest were missed
            del self._pieces[next(iter(self._pieces))]
        pieces.append(piece)
        if number != count:
            return
        del self._pieces[mark]
        if len(pieces) == int(count):
            body = base64.b64decode("".join(pieces))
            for queue in queues:
                if not queue.full():
                    queue.put_nowait(body)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
