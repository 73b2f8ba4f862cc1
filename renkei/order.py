"""What the supervisor tells a child, and the channel between them.

The child's standard input is one end of a socket pair: the order comes through it first, with the
socket to listen on, "ready" goes back; when it closes the supervisor is gone and the child ends. A
child that is started before there is an order loads its modules meanwhile.
"""

import importlib
import json
import os
import signal
import socket
import threading
import time
from dataclasses import dataclass, replace

from pydantic import TypeAdapter

from kit import logs
from kit.json import JsonObject
from renkei.lifeline import tie_to_parent
from renkei.settings import Settings, revealed

READY = b"ready\n"
AUTH_OFF = "Running without authentication (--auth off): anyone may do everything"
BACKLOG = 2048  # connections that wait to be accepted
_LAST_MOMENTS_S = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """With what a child is to do its task.

    Args:
        parent: the supervisor's process; filled in when the child is started.
        listener_fd: the listening socket, if it is to listen; another number in each process.
    """

    settings: Settings
    parent: int = 0
    listener_fd: int | None = None

    def dump(self) -> bytes:
        """Write it as one line."""
        plain: JsonObject = {
            "settings": revealed(self.settings),
            "parent": self.parent,
            "listener_fd": self.listener_fd,
        }
        return json.dumps(plain).encode() + b"\n"

    @classmethod
    def parse(cls, line: bytes) -> "Order":
        """Read what `dump` wrote."""
        return TypeAdapter(cls).validate_json(line)


def receive() -> tuple[Order, socket.socket]:
    """Receive the order in a child, and from then on end with the supervisor."""
    channel = socket.socket(fileno=0)
    line, given = b"", []
    while not line.endswith(b"\n"):
        chunk, fds, _, _ = socket.recv_fds(channel, 1 << 16, 1)
        if not chunk:
            raise SystemExit(1)
        line += chunk
        given += fds
    order = replace(Order.parse(line), listener_fd=given[0] if given else None)
    tie_to_parent(order.parent, signal.SIGTERM)
    log_as(order.settings)
    threading.Thread(target=_end_when_closed, args=(channel,), daemon=True).start()
    return order, channel


def log_as(settings: Settings) -> None:
    """Set up the log of a process of ours; where nobody is asked for a token, it begins so."""
    logs.configure(
        settings.log.level,
        settings.log.form,
        warning=None if settings.auth == "on" else AUTH_OFF,
    )


def imported(name: str) -> object:
    """Import `module:attribute`."""
    module, _, attribute = name.partition(":")
    found: object = getattr(importlib.import_module(module), attribute)
    return found


def _end_when_closed(channel: socket.socket) -> None:
    while channel.recv(1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_LAST_MOMENTS_S)
    os._exit(1)
