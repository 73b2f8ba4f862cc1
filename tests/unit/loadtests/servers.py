"""A server that answers as a test tells it to."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from loadtests.wire import Target

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
CREATED = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"
AWAY = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\nContent-Length: 0\r\n\r\n"
AWAY_MUTELY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
FAILED = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
BROKEN = b""


@asynccontextmanager
async def a_server(answer: Callable[[int], bytes | None]) -> AsyncIterator[Target]:
    """Answer request after request; an empty answer closes, None says nothing for ever."""
    count = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                _, _, length = head.partition(b"Content-Length: ")
                await reader.readexactly(int(length.split(b"\r\n")[0]) if length else 0)
                count += 1
                payload = answer(count)
                if payload is None:
                    await reader.read()
                if not payload:
                    return
                writer.write(payload[:-2])
                await asyncio.sleep(0)  # an answer may come in pieces
                writer.write(payload[-2:])
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield Target(url=f"http://127.0.0.1:{port}/ngsi-ld/v1")
