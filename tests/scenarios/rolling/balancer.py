"""A balancer as small as one can be: new connections go to an instance that says it is ready."""

import asyncio
import itertools
from collections.abc import Sequence
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit

import aiohttp

_EVERY_S = 0.2


class Balancer:
    """Passes connections on to instances, whose health it asks for all the time.

    Args:
        urls: of the instances.
    """

    def __init__(self, urls: Sequence[str]) -> None:
        self.url = ""
        self._urls = urls
        self._ready: list[str] = []
        self._turns = itertools.count()

    async def __aenter__(self) -> Self:
        self._asking = asyncio.create_task(self._ask())
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        for url in self._urls:
            await self.until_ready(url)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self._asking.cancel()
        await asyncio.gather(self._asking, return_exceptions=True)

    async def until_ready(self, url: str) -> None:
        """Wait until connections are passed on to an instance."""
        while url not in self._ready:  # noqa: ASYNC110 - asked for every fifth of a second
            await asyncio.sleep(_EVERY_S)

    async def _ask(self) -> None:
        timeout = aiohttp.ClientTimeout(total=2)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                self._ready = [url for url in self._urls if await _is_ready(session, url)]
                await asyncio.sleep(_EVERY_S)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._ready:
            writer.transport.abort()
            return
        place = urlsplit(self._ready[next(self._turns) % len(self._ready)])
        try:
            there, back = await asyncio.open_connection(place.hostname, place.port)
        except OSError:
            writer.transport.abort()
            return
        with suppress(OSError):
            await asyncio.gather(_pass(reader, back), _pass(there, writer))
        for one in (writer, back):
            one.transport.abort()


async def _is_ready(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(f"{url}/health/ready") as answer:
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(1 << 16):
        writer.write(chunk)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
