"""Receivers of notifications: they keep what arrives, and fail as they are told."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

import orjson
from aiohttp import web

from kit.json import JsonObject, JsonValue


@dataclass
class Receiver:
    """An HTTP server that takes notifications.

    Args:
        status: what it answers.
        hangs: whether it answers at all.
        dislikes: of this Entity it refuses everything.
    """

    port: int = 0
    status: int = 200
    hangs: bool = False
    headers: list[dict[str, str]] = field(default_factory=list)
    arrived: list[JsonObject] = field(default_factory=list)
    refused: list[JsonObject] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    redirects_to: str | None = None
    dislikes: str | None = None
    delay_s: float = 0.0

    def uri(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def take(self, request: web.Request) -> web.StreamResponse:
        document = orjson.loads(await request.read())
        if self.hangs:
            await asyncio.sleep(3600)
        await asyncio.sleep(self.delay_s)
        if self.redirects_to is not None:
            raise web.HTTPFound(self.redirects_to)
        if self.dislikes is not None and self.dislikes in [one["id"] for one in document["data"]]:
            self.refused.append(document)
            return web.Response(status=400)
        if 200 <= self.status < 300:
            self.headers.append(dict(request.headers))
            self.paths.append(request.path)
            self.arrived.append(document)
        else:
            self.refused.append(document)
        return web.Response(status=self.status)

    def entities(self) -> list[JsonObject]:
        """The Entities that arrived, in order."""
        return [
            entity
            for notification in self.arrived
            for entity in cast("list[JsonObject]", notification["data"])
        ]

    def values(self, attribute: str = "https://example.org/capacity") -> list[JsonValue]:
        """The attribute's value in each Entity that arrived, in order."""
        return [
            cast("JsonObject", entity[attribute])["value"]
            for entity in self.entities()
            if attribute in entity
        ]

    async def until(self, holds: Callable[[], bool], within_s: float = 60.0) -> None:
        """Wait until something holds."""
        ends_at_s = asyncio.get_running_loop().time() + within_s
        while not holds():
            assert asyncio.get_running_loop().time() < ends_at_s, self
            await asyncio.sleep(0.01)

    async def until_arrived(self, count: int, within_s: float = 60.0) -> None:
        """Wait for as many notifications."""
        await self.until(lambda: len(self.arrived) >= count, within_s)


@asynccontextmanager
async def a_receiver(port: int = 0, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_route("*", "/{path:.*}", receiver.take)
    runner = web.AppRunner(app, shutdown_timeout=0.05)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port, ssl_context=tls)
    await site.start()
    receiver.port = runner.addresses[0][1]
    try:
        yield receiver
    finally:
        await runner.cleanup()
