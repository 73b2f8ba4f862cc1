"""A line between two programs that can be cut and held: a TCP proxy of the scenario's own."""

import asyncio
from contextlib import suppress
from typing import Self


class Link:
    """Passes connections on to a port of this machine.

    Args:
        target: the port.
    """

    def __init__(self, target: int) -> None:
        self.port = 0
        self._target = target
        self._writers: set[asyncio.StreamWriter] = set()
        self._is_open = asyncio.Event()
        self._is_open.set()
        self._is_cut = False

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self._is_open.set()
        self._abort()
        await self._server.wait_closed()

    def uri(self, path: str) -> str:
        """Name the target's path, over this line."""
        return f"http://127.0.0.1:{self.port}/{path}"

    async def drop(self, seconds: float) -> None:
        """Cut every connection, and let none be made for so long."""
        self._is_cut = True
        self._abort()
        try:
            await asyncio.sleep(seconds)
        finally:
            self._is_cut = False

    async def hold(self, seconds: float) -> None:
        """Pass nothing on for so long, and cut nothing."""
        self._is_open.clear()
        try:
            await asyncio.sleep(seconds)
        finally:
            self._is_open.set()

    def _abort(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, back}
        with suppress(OSError):
            await asyncio.gather(self._pass(reader, back), self._pass(there, writer))
        self._writers -= {writer, back}
        for one in (writer, back):
            one.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(1 << 16):
            await self._is_open.wait()
            writer.write(chunk)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
