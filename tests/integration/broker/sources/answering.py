"""A source that answers as a test says, and notes what it was asked."""

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TypeAlias
from urllib.parse import parse_qs

Answer: TypeAlias = tuple[int, Mapping[str, str], bytes]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came; header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Answering:
    """Gives its answers in order, the last one for ever.

    Args:
        tokens: what its token endpoint hands out, in order; the last one for ever.
        hangs: it answers only when it is let go.
    """

    url: str = ""
    answers: list[Answer] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    token_asked: list[Mapping[str, list[str]]] = field(default_factory=list)
    hangs: bool = False
    let_go: threading.Event = field(default_factory=threading.Event)

    def answer(self) -> Answer:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def token(self, body: bytes) -> Answer:
        self.token_asked.append(parse_qs(body.decode()))
        token = self.tokens.pop(0) if len(self.tokens) > 1 else self.tokens[0]
        told = f'{{"access_token":"{token}","token_type":"Bearer","expires_in":3600}}'
        return 200, {"Content-Type": "application/json"}, told.encode()


def json_answer(status: int, text: str, **headers: str) -> Answer:
    return status, {"Content-Type": "application/json", **headers}, text.encode()


def _handler(source: Answering) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def __getattr__(self, name: str) -> Callable[[], None]:
            """Take a request of whatever method."""
            if name.startswith("do_"):
                return self._take
            raise AttributeError(name)

        def _take(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, headers, content = self._answer(body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _answer(self, body: bytes) -> Answer:
            if self.path == "/token":
                return source.token(body)
            headers = {name.lower(): value for name, value in self.headers.items()}
            source.asked.append(Asked(self.command, self.path, headers, body))
            if source.hangs:
                source.let_go.wait(30)
            return source.answer()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that go away."""


def _secured(server: _Server, certificates: Path, *, asks_for_certificate: bool) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "cert.pem", certificates / "key.pem")
    if asks_for_certificate:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(certificates / "ca.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)


@contextmanager
def answering(
    *answers: Answer,
    tokens: tuple[str, ...] = (),
    certificates: Path | None = None,
    asks_for_certificate: bool = False,
) -> Iterator[Answering]:
    """Serve on a free port of 127.0.0.1 until the block ends."""
    source = Answering(answers=list(answers), tokens=list(tokens))
    server = _Server(("127.0.0.1", 0), _handler(source))
    if certificates is not None:
        _secured(server, certificates, asks_for_certificate=asks_for_certificate)
    scheme = "http" if certificates is None else "https"
    source.url = f"{scheme}://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield source
    finally:
        source.let_go.set()
        server.shutdown()
        thread.join()
        server.server_close()
