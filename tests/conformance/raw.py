"""Requests as no HTTP client would send them: bytes on a socket."""

import socket
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class RawAnswer:
    status: int
    headers: dict[str, str]
    body: bytes


def exchange(url: str, head: str, body: bytes = b"") -> RawAnswer:
    """Send a request's head, without its Host and Connection, and its body; read the answer."""
    host = urlsplit(url)
    lines = f"{head}\r\nHost: {host.netloc}\r\nConnection: close\r\n\r\n"
    with socket.create_connection((host.hostname or "", host.port or 80), timeout=20) as peer:
        peer.sendall(lines.encode("latin-1") + body)
        received = b""
        while chunk := peer.recv(65536):
            received += chunk
    answer_head, _, answer_body = received.partition(b"\r\n\r\n")
    first, *rest = answer_head.decode("latin-1").split("\r\n")
    headers = {
        name.lower(): value.strip() for name, _, value in (one.partition(":") for one in rest)
    }
    return RawAnswer(int(first.split(" ")[1]), headers, answer_body)
