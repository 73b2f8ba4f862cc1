"""Incoming and Reply: one HTTP exchange, as light as the hot path needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import unquote

import orjson
from starlette.types import Receive, Scope, Send

from broker.ngsi.errors import BadRequestData
from kit.json import JsonValue

JSON = "application/json"
LD_JSON = "application/ld+json"
GEO_JSON = "application/geo+json"
MERGE_PATCH = "application/merge-patch+json"
CONTEXT_REL = "http://www.w3.org/ns/json-ld#context"


class Incoming:
    """One request: its method, path segments, headers in lower case, query string and body.

    Args:
        scope: of ASGI.
        receive: of ASGI, for the body.
        segments: the variable segments of the path, as they came.
    """

    __slots__ = ("headers", "method", "receive", "scope", "segments")

    def __init__(self, *, scope: Scope, receive: Receive, segments: Mapping[str, str]) -> None:
        self.scope = scope
        self.receive = receive
        self.segments = segments
        self.method: str = scope["method"]
        """The HTTP method in capitals."""
        self.headers: Mapping[bytes, bytes] = _joined(scope["headers"])
        """Headers by lower-case name; repeated ones joined by a comma (RFC 9110 §5.3)."""

    def header(self, name: bytes) -> str | None:
        """One header as text, or None."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    @property
    def query_string(self) -> bytes:
        """The query string as it came, still percent-encoded."""
        return cast(bytes, self.scope["query_string"])

    @property
    def path(self) -> str:
        """The path as the client knows it, still percent-encoded."""
        return cast(bytes, self.scope["raw_path"]).split(b"?", 1)[0].decode("latin-1")

    def segment(self, name: str) -> str:
        """One segment of the path, decoded once.

        Raises:
            BadRequestData: it is not percent-encoded UTF-8, or holds a NUL, which no name does.
        """
        try:
            text = unquote(self.segments[name], errors="strict")
        except UnicodeDecodeError as error:
            raise BadRequestData("The path is not percent-encoded UTF-8", where="path") from error
        if "\0" in text:
            raise BadRequestData("The path holds a NUL character", where="path")
        return text


def _joined(headers: Sequence[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    found = dict(headers)
    if len(found) != len(headers):
        found = {}
        for name, value in headers:
            found[name] = found[name] + b", " + value if name in found else value
    return found


Header = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One response; a body of None means none, and then no Content-Length either (§6.3.2).

    Args:
        is_mediated: another broker made it, and says itself what it conforms to.
    """

    status: int
    body: bytes | None = None
    media_type: str = JSON
    headers: Sequence[Header] = field(default=())
    is_mediated: bool = False

    async def send(self, send: Send, extra: Sequence[Header] = ()) -> None:
        """Send it, with further headers."""
        headers = [*self.headers, *extra]
        body = self.body
        if body is not None:
            headers.append((b"content-type", self.media_type.encode()))
            headers.append((b"content-length", b"%d" % len(body)))
        elif self.status != 204:
            headers.append((b"content-length", b"0"))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": body or b""})


def json_reply(
    content: JsonValue,
    *,
    status: int = 200,
    media_type: str = JSON,
    headers: Sequence[Header] = (),
) -> Reply:
    """Answer with a JSON body."""
    return Reply(status=status, body=orjson.dumps(content), media_type=media_type, headers=headers)


NO_CONTENT = Reply(status=204)
