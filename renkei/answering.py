"""How answers leave a worker: head and body in one write.

uvicorn writes the head of an answer, then its body, and each write is a system call and a packet of
its own, which is a tenth of what a retrieved entity costs.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_HEAD = b"HTTP/1.1 "
_INTERIM = b"HTTP/1.1 1"  # 100 Continue: nothing follows it


class OneWriteProtocol(HttpToolsProtocol):
    """uvicorn's protocol over httptools, whose heads wait for the body that follows at once."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin with a connection."""
        super().connection_made(HeadHolding(transport, self.loop))


class HeadHolding(asyncio.Transport):
    """A transport that holds the head of an answer until its body comes.

    Where none comes in the same step of the event loop, as with a stream of events, the head leaves
    alone.

    Args:
        transport: where everything goes.
        loop: the event loop.
    """

    __slots__ = ("_head", "_late", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._head = b""
        self._late: asyncio.Handle | None = None

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Hold a head; write everything else, behind the head that is held."""
        if self._head:
            self._let_go(data)
        elif isinstance(data, bytes) and data.startswith(_HEAD) and not data.startswith(_INTERIM):
            self._head = data
            self._late = self._loop.call_soon(self._let_go)
        else:
            self._transport.write(data)

    def close(self) -> None:
        """Write what is held, and close."""
        self._let_go()
        self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._transport.abort()

    def is_closing(self) -> bool:
        """Whether it is closed or about to be."""
        return self._transport.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Tell what is known of the connection."""
        return self._transport.get_extra_info(name, default)

    def pause_reading(self) -> None:
        """Read nothing for now."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read on."""
        self._transport.resume_reading()

    def _let_go(self, data: bytes | bytearray | memoryview = b"") -> None:
        head, self._head = self._head, b""
        if self._late is not None:
            self._late.cancel()
            self._late = None
        if head:
            self._transport.write(b"".join((head, data)) if data else head)
