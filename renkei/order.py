"""What the supervisor tells a child, and the channel between them.

The child's standard input is one end of a socket pair: the order comes through it first, and for a
worker, when the databases are ready, the socket to listen on; "ready" goes back. When it closes the
supervisor is gone and the child ends. What a worker does between the two, it does beside the
preparation.
"""

import json
import os
import signal
import socket
import threading
import time
from dataclasses import dataclass

from pydantic import TypeAdapter

from kit import logs
from kit.json import JsonObject
from renkei.lifeline import tie_to_parent
from renkei.settings import Settings, revealed

READY = b"ready\n"
LISTEN = b"listen\n"
AUTH_OFF = "Running without authentication (--auth off): anyone may do everything"
BACKLOG = 2048  # connections that wait to be accepted
_LAST_MOMENTS_S = 4.0
_LENGTH_DIGITS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """With what a child is to do its task.

    Args:
        parent: the supervisor's process; filled in when the child is started.
    """

    settings: Settings
    parent: int = 0

    def dump(self) -> bytes:
        """Write it, behind its length."""
        plain: JsonObject = {
            "settings": revealed(self.settings),
            "parent": self.parent,
        }
        written = json.dumps(plain).encode()
        return b"%0*d" % (_LENGTH_DIGITS, len(written)) + written

    @classmethod
    def parse(cls, written: bytes) -> "Order":
        """Read what `dump` wrote, without the length."""
        return TypeAdapter(cls).validate_json(written)


def receive() -> tuple[Order, socket.socket]:
    """Receive the order in a child, that from then on is signalled when the supervisor dies."""
    channel = socket.socket(fileno=0)
    order = Order.parse(_whole(channel, int(_whole(channel, _LENGTH_DIGITS))))
    tie_to_parent(order.parent, signal.SIGTERM)
    log_as(order.settings)
    return order, channel


def listener_from(channel: socket.socket) -> socket.socket:
    """Receive in a worker, when it is time, the socket that it is to serve on."""
    _, fds = _heard(channel, len(LISTEN))
    if not fds:
        raise SystemExit("A worker needs a socket to listen on")
    return socket.socket(fileno=fds[0])


def end_with_supervisor(channel: socket.socket) -> None:
    """End from now on, in order, when the supervisor is gone."""
    threading.Thread(target=_end_when_closed, args=(channel,), daemon=True).start()


def _whole(channel: socket.socket, length: int) -> bytes:
    heard = b""
    while len(heard) < length:
        heard += _heard(channel, length - len(heard))[0]
    return heard


def _heard(channel: socket.socket, most: int) -> tuple[bytes, list[int]]:
    heard, fds, _, _ = socket.recv_fds(channel, most, 1)
    if not heard:
        raise SystemExit(1)
    return heard, fds


def log_as(settings: Settings) -> None:
    """Set up the log of a process of ours; where nobody is asked for a token, it begins so."""
    logs.configure(
        settings.log.level,
        settings.log.form,
        warning=None if settings.auth == "on" else AUTH_OFF,
    )


def _end_when_closed(channel: socket.socket) -> None:
    while channel.recv(1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_LAST_MOMENTS_S)
    os._exit(1)
