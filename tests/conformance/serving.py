"""A small HTTP server of @contexts, as others run them; it counts what is asked of it."""

import json
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from kit.json import JsonValue


@dataclass(frozen=True, slots=True)
class Document:
    body: bytes
    headers: Mapping[str, str]
    status: int
    delay_s: float = 0.0


@dataclass
class Served:
    """What is served, by path, and how often each was asked for."""

    url: str = ""
    documents: dict[str, Document] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)

    def put(self, path: str, content: JsonValue, **headers: str) -> str:
        """Serve JSON there from now on; answers with its URL."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.put_bytes(path, json.dumps(content).encode(), named)

    def put_bytes(
        self,
        path: str,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        status: int = 200,
        delay_s: float = 0.0,
    ) -> str:
        """Serve these bytes there from now on; answers with their URL."""
        self.documents[path] = Document(body, headers or {}, status, delay_s)
        return self.url + path


@contextmanager
def serving() -> Iterator[Served]:
    """Serve on a free port of 127.0.0.1 until the block ends."""
    served = Served()
    released = threading.Event()  # lets those go that were to wait longer than the test

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked[self.path] += 1
            document = served.documents.get(self.path, Document(b"", {}, 404))
            if document.delay_s:
                released.wait(document.delay_s)
            self.send_response(document.status)
            for name, value in document.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(document.body)))
            self.end_headers()
            self.wfile.write(document.body)

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield served
    finally:
        released.set()
        server.shutdown()
        thread.join()
        server.server_close()
