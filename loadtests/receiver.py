"""`python -m loadtests.receiver`: takes notifications as fast as they come, and counts them.

A process of its own, so that receiving takes nothing from the generator. It prints its port; GET
answers with what came: how many, how many different, and how late, where a value of a notified
entity says when it was written (seconds since 1970).
"""

import asyncio
import os
import time
from array import array
from dataclasses import asdict, dataclass, field
from typing import cast

import httptools
import orjson
import uvloop

from loadtests.tally import latency

_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
_JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
_PAST_S = 1.5e9  # what is larger is a time


@dataclass(slots=True)
class Received:
    """What came so far."""

    arrived: int = 0
    ids: set[str] = field(default_factory=set)
    late_s: "array[float]" = field(default_factory=lambda: array("d"))

    def take(self, body: bytes) -> None:
        """Count one notification."""
        now_s = time.time()
        document = orjson.loads(body)
        self.arrived += 1
        known = len(self.ids)
        self.ids.add(document["id"])
        if len(self.ids) == known:
            return
        for entity in document.get("data", ()):
            sent_s = max((_value(attribute) for attribute in entity.values()), default=0.0)
            if sent_s > _PAST_S:
                self.late_s.append(max(now_s - sent_s, 0.0))

    def as_json(self) -> bytes:
        """Say what came."""
        told = {"arrived": self.arrived, "distinct": len(self.ids)}
        return orjson.dumps({**told, "lateness": asdict(latency(self.late_s))})


def _value(attribute: object) -> float:
    value = attribute.get("value") if isinstance(attribute, dict) else attribute
    return float(value) if isinstance(value, int | float) else 0.0


class _Taking(asyncio.Protocol):
    """One connection of who notifies, or of who asks."""

    def __init__(self, received: Received) -> None:
        self._received = received
        self._parser = httptools.HttpRequestParser(self)
        self._body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._transport.abort()

    def on_message_begin(self) -> None:
        """Begin with a request (called by the parser)."""
        self._body = b""

    def on_body(self, body: bytes) -> None:
        """Take a part of its body (called by the parser)."""
        self._body += body

    def on_message_complete(self) -> None:
        """Answer it (called by the parser)."""
        if self._parser.get_method() == b"GET":
            told = self._received.as_json()
            self._transport.write(_JSON % (len(told), told))
            return
        self._received.take(self._body)
        self._transport.write(_OK)


async def serve() -> None:
    """Serve until the process that started this one is gone."""
    received, loop = Received(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Taking(received), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    parent = os.getppid()
    while os.getppid() == parent:  # noqa: ASYNC110 - nobody says that a parent is gone
        await asyncio.sleep(0.5)


if __name__ == "__main__":
    uvloop.run(serve())
