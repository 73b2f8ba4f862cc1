"""Requests as a browser sends them, without a server."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.types import Message


def asked(
    path: str = "/", *, method: str = "GET", query: str = "", body: bytes = b"", **headers: str
) -> Request:
    sent = {"host": "renkei.example", **headers}
    chunks = [body[start : start + 1000] for start in range(0, len(body), 1000)] or [b""]

    async def receive() -> Message:
        chunk = chunks.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(chunks)}

    scope = {
        "type": "http",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [
            (name.replace("_", "-").encode(), value.encode()) for name, value in sent.items()
        ],
        "server": ("renkei.example", 80),
    }
    return Request(scope, receive)


def posted(values: dict[str, str], **headers: str) -> Request:
    form = {"content_type": "application/x-www-form-urlencoded", **headers}
    return asked(method="POST", body=urlencode(values).encode(), **form)
