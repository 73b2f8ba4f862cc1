"""A worker: one process that serves the app on the socket that all workers share."""

import asyncio
import gc
import socket
import sys
from collections.abc import Callable
from typing import Protocol, TypeAlias, cast, runtime_checkable

import uvicorn
from starlette.types import ASGIApp

from kit import metrics
from renkei.answering import OneWriteProtocol
from renkei.order import BACKLOG, READY, imported, receive
from renkei.settings import Settings

AppFactory: TypeAlias = Callable[[Settings], ASGIApp]
METRICS = "metrics"
"""Where in the data directory workers count."""

_KEEP_ALIVE_S = 75  # longer than what proxies in front wait, so that they close first
_GRACE_S = 2  # what a stop leaves to requests under way


@runtime_checkable
class Drainable(Protocol):
    """An app that can let requests under way come to an end."""

    async def drain(self) -> None:
        """Answer what is under way, or refuse it; take nothing new."""
        ...


class _Server(uvicorn.Server):
    """uvicorn, that tells the supervisor when it serves, and the app when it is about to stop."""

    def __init__(self, config: uvicorn.Config, app: ASGIApp, channel: socket.socket) -> None:
        super().__init__(config)
        self._app: object = app
        self._channel = channel

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        if self.started:
            self._channel.send(READY)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop; what the app still works on is answered before uvicorn cancels it."""
        async with asyncio.TaskGroup() as stopping:
            stopping.create_task(super().shutdown(sockets))
            if isinstance(self._app, Drainable):
                stopping.create_task(self._app.drain())


def _collect_seldom() -> None:
    """Look for garbage in cycles less often: JSON makes many objects and no cycles.

    Requests cost an eighth less so; what is there from the start is not looked at again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def main() -> None:
    """Serve until told to stop, or until the supervisor is gone."""
    create_app = cast(AppFactory, imported(sys.argv[1]))
    order, channel = receive()
    if order.listener_fd is None:
        raise SystemExit("A worker needs a socket to listen on")
    metrics.keep_in(order.settings.data / METRICS)
    app = create_app(order.settings)
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=OneWriteProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="warning",  # that workers start and end, the supervisor says
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_GRACE_S,
        ssl_certfile=order.settings.tls.certificate,
        ssl_keyfile=order.settings.tls.key,
    )
    server = _Server(config, app, channel)
    _collect_seldom()
    server.run([socket.socket(fileno=order.listener_fd)])
    raise SystemExit(0 if server.started else 1)


if __name__ == "__main__":
    main()
