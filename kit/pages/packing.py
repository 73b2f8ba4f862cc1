"""Answers that are packed by gzip, for readers on slow connections."""

import gzip

from starlette.requests import Request
from starlette.responses import Response

_LEAST = 1024  # below it a packet is a packet
_LEVEL = 6


def takes_gzip(request: Request) -> bool:
    """Tell whether a reader takes an answer that is packed by gzip (RFC 9110 §12.5.3)."""
    accepted = request.headers.get("accept-encoding", "").lower().replace(" ", "")
    return any(
        coding.partition(";")[0] == "gzip" and not coding.endswith(("q=0", "q=0.0"))
        for coding in accepted.split(",")
    )


def packed_of(content: bytes) -> bytes | None:
    """Pack a content; None where that saves nothing.

    >>> packed_of(b"short") is None, len(packed_of(b"long" * 1000) or b"") < 4000
    (True, True)
    """
    if len(content) < _LEAST:
        return None
    packed = gzip.compress(content, _LEVEL, mtime=0)
    return packed if len(packed) < len(content) else None


def pack(response: Response) -> None:
    """Pack an answer's body where that saves something; its reader takes gzip."""
    packed = packed_of(bytes(response.body))
    if packed is not None:
        response.body = packed
        response.headers["content-encoding"] = "gzip"
        response.headers["content-length"] = str(len(packed))
