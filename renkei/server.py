"""A worker's HTTP server: uvicorn, that leaves without cutting anybody off.

A stop has four steps, and a request that arrives in any of the first three is answered:

    notice   /health/ready says no, and each answer closes its connection; new ones are still taken
    linger   no new connections; who asks on one that is open is answered a last time
    finish   idle connections are closed, requests under way come to their end
    end      what still waits in lanes is committed or refused, the rest is cut off
"""

import asyncio
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, runtime_checkable

import uvicorn

from kit.tasks import Tasks
from renkei.order import READY
from renkei.settings import StoppingSettings
from renkei.tls import Certificate

LINGER_S = 0.3
_END_S = 1
_GLANCE_S = 0.02


@runtime_checkable
class Drainable(Protocol):
    """An app that can be told that its process ends."""

    def depart(self) -> None:
        """Say from now on that nothing new should be sent here; answer what comes all the same."""
        ...

    async def drain(self) -> None:
        """Answer what is under way, or refuse it; take nothing new."""
        ...


class Server(uvicorn.Server):
    """uvicorn, that tells the supervisor when it serves, and the app when it is about to stop.

    SIGTERM stops it within the times of the settings; SIGHUP says that another worker serves in
    its place already, so that requests under way have all the time they need.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        app: object,
        channel: socket.socket,
        stopping: StoppingSettings,
    ) -> None:
        super().__init__(config)
        self._app = app
        self._channel = channel
        self._stopping = stopping
        self._is_replaced = False
        self._tasks = Tasks()
        config.timeout_graceful_shutdown = _END_S

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._retire)
        await super().startup(sockets)
        self._follow_certificate()
        if self.started:
            self._channel.send(READY)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop; what the app still works on is answered before uvicorn cancels it."""
        await self._take_leave()
        await self._tasks.close()
        async with asyncio.TaskGroup() as stopping:
            stopping.create_task(super().shutdown(sockets))
            if isinstance(self._app, Drainable):
                stopping.create_task(self._app.drain())

    def _follow_certificate(self) -> None:
        context, certificate, key = (
            self.config.ssl,
            self.config.ssl_certfile,
            self.config.ssl_keyfile,
        )
        if context is not None and certificate is not None and key is not None:
            pair = Certificate(context, Path(certificate), Path(key))
            self._tasks.start("certificate", pair.follow)

    def _retire(self) -> None:
        self._is_replaced = True
        self.should_exit = True

    async def _take_leave(self) -> None:
        if isinstance(self._app, Drainable):
            self._app.depart()
        state = self.server_state
        state.default_headers = [*state.default_headers, (b"connection", b"close")]
        if not self._is_replaced:
            await asyncio.sleep(self._stopping.notice_s)
        for server in self.servers:
            server.close()
        await _until(lambda: not state.connections, LINGER_S)
        for connection in list(state.connections):
            connection.shutdown()
        stopping = self._stopping
        finish_s = stopping.retire_s if self._is_replaced else stopping.finish_s
        await _until(lambda: not state.connections, finish_s)


async def _until(is_so: Callable[[], bool], limit_s: float) -> None:
    """Wait until something is so, or the time is over."""
    clock = asyncio.get_running_loop().time
    ends_at_s = clock() + limit_s
    while not is_so() and clock() < ends_at_s:  # noqa: ASYNC110 - uvicorn tells of no event
        await asyncio.sleep(_GLANCE_S)
