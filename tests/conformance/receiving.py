"""A receiver of notifications, as subscribers run them."""

import json
import queue
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

from kit.json import JsonObject

SOON_S = 10.0
QUIET_S = 0.7


@dataclass(frozen=True, slots=True)
class Received:
    """One notification as it came; header names in lower case."""

    headers: Mapping[str, str]
    body: JsonObject

    @property
    def data(self) -> list[JsonObject]:
        """The entities in it."""
        return cast("list[JsonObject]", self.body["data"])


@dataclass
class Receiver:
    """Takes notifications at `url` and hands them out in the order they came."""

    url: str = ""
    status: int = 200
    arrived: "queue.Queue[Received]" = field(default_factory=queue.Queue)

    def next(self) -> Received:
        """Wait for the next notification."""
        return self.arrived.get(timeout=SOON_S)

    def stays_quiet(self) -> bool:
        """Tell whether nothing comes for a while."""
        try:
            self.arrived.get(timeout=QUIET_S)
        except queue.Empty:
            return True
        return False


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Receive on a free port of 127.0.0.1 until the block ends."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.arrived.put(Received(headers, json.loads(body)))
            self.send_response(receiver.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/notify"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
