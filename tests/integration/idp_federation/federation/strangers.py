"""Entities that are no platforms of ours, served over TLS: services, and whoever is hostile."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TypeAlias
from urllib.parse import parse_qs, urlsplit

from kit.json import JsonObject, JsonValue
from tests.integration.idp_federation.federation.members import WELL_KNOWN, Member
from tests.integration.idp_federation.people import ClientKey

STATEMENT = "entity-statement+jwt"
_PIECE = 16_384
CALLBACK = "https://app.example/callback"


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What is answered."""

    body: bytes = b""
    kind: str = f"application/{STATEMENT}"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    slowly_s: float = 0


Answer: TypeAlias = Callable[[str], Reply | None]


@dataclass(kw_only=True)
class Stranger:
    """An entity: its address, its keys, what it answers by path, and what it was asked."""

    url: str = ""
    key: ClientKey = field(default_factory=ClientKey.new)
    protocol: ClientKey = field(default_factory=ClientKey.new)
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def claims(self, *hints: str, **changes: JsonValue) -> JsonObject:
        now = int(time.time())
        claims: dict[str, JsonValue] = {
            "iss": self.url,
            "sub": self.url,
            "iat": now,
            "exp": now + 3600,
            "jwks": self.key.jwks,
            "metadata": {"federation_entity": {"federation_fetch_endpoint": f"{self.url}/fetch"}},
        }
        if hints:
            claims["authority_hints"] = [*hints]
        claims.update(changes)
        return {name: value for name, value in claims.items() if value is not None}

    def configuration(self, *hints: str, **changes: JsonValue) -> str:
        return self.key.sign(self.claims(*hints, **changes), typ=STATEMENT)

    def says(self, *hints: str, **changes: JsonValue) -> str:
        """Publish an Entity Configuration."""
        token = self.configuration(*hints, **changes)
        self.publish(WELL_KNOWN, token.encode())
        return token

    def publish(self, path: str, body: bytes, **more: object) -> None:
        reply = Reply(body=body, **more)  # type: ignore[arg-type]  # a test names fields
        self.answers[path] = lambda _: reply

    def about(self, subject: str, jwks: JsonValue, **changes: JsonValue) -> str:
        now = int(time.time())
        claims: dict[str, JsonValue] = {
            "iss": self.url, "sub": subject, "iat": now, "exp": now + 3600, "jwks": jwks,
        }  # fmt: skip
        claims.update(changes)
        kept = {name: value for name, value in claims.items() if value is not None}
        return self.key.sign(kept, typ=STATEMENT)

    def vouches(self, statements: Mapping[str, str]) -> None:
        """Answer at the fetch endpoint with these statements, by subject."""

        def answer(path: str) -> Reply | None:
            subject = parse_qs(urlsplit(path).query).get("sub", [""])[0]
            token = statements.get(subject)
            return None if token is None else Reply(body=token.encode())

        self.answers["/fetch"] = answer

    def relying_party(self, **changes: JsonValue) -> JsonObject:
        """Metadata of a service."""
        told: JsonObject = {
            "client_name": "江別市図書館",
            "client_registration_types": ["automatic", "explicit"],
            "redirect_uris": [CALLBACK],
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks": self.protocol.jwks,
            **changes,
        }
        return {name: value for name, value in told.items() if value is not None}

    def as_service(self, superior: Member, **changes: JsonValue) -> None:
        """Become a service that a platform has enrolled."""
        metadata: JsonObject = {"openid_relying_party": self.relying_party(**changes)}
        given: JsonObject = {"configuration": self.says(superior.url, metadata=metadata)}
        answer = superior.admin("POST", "/subordinates", given)
        assert answer.status_code == 201, answer.text


@contextmanager
def strange(authority: Path, make: Callable[[], Stranger] = Stranger) -> Iterator[Stranger]:
    """Serve a stranger at an address of this machine."""
    stranger = make()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            self._answer()

        def _answer(self) -> None:
            stranger.asked.append(self.path)
            answer = stranger.answers.get(urlsplit(self.path).path)
            reply = None if answer is None else answer(self.path)
            reply = reply or Reply(status=404, kind="text/plain")
            self.send_response(reply.status)
            self.send_header("content-type", reply.kind)
            self.send_header("content-length", str(len(reply.body)))
            for name, value in reply.headers:
                self.send_header(name, value)
            self.end_headers()
            try:
                for at in range(0, len(reply.body), _PIECE):
                    self.wfile.write(reply.body[at : at + _PIECE])
                    time.sleep(reply.slowly_s)
            except OSError:
                return  # who asked has had enough

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(authority.with_name("cert.pem"), authority.with_name("key.pem"))
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    server.daemon_threads = True
    stranger.url = f"https://localhost:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield stranger
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
