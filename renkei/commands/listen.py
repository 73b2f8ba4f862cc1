"""`renkei listen`: a receiver to try notifications with; takes them, or fails as it is told."""

import asyncio
import os
import sys
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

import orjson
import typer
from aiohttp import web

from kit.json import JsonValue
from renkei.listening import bound, listeners, url_of

_MOST_BYTES = 64 * 1024 * 1024
_HELP = (
    "ok: 受け取る acknowledge ・ fail [503]: 失敗を返す answer with a failure ・ "
    "hang: 応答しない do not answer ・ Ctrl-C: 終了 end"
)


@dataclass(slots=True)
class _Receiver:
    """Takes notifications and prints them.

    Args:
        status: what is answered.
        hangs: nothing is answered at all.
        is_brief: a line each instead of the whole document.
    """

    status: int
    is_brief: bool
    hangs: bool = False
    count: int = 0
    _seen: set[str] = field(default_factory=set)

    async def take(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.count += 1
        self._print(request.path, body)
        if self.hangs:
            await asyncio.Event().wait()
        return web.Response(status=self.status)

    def obey(self, line: str) -> None:
        """Do what a line of input says."""
        words = line.split()
        match words:
            case ["ok"]:
                self.status, self.hangs = 200, False
            case ["fail"]:
                self.status, self.hangs = 503, False
            case ["fail", status] if status.isdigit() and 400 <= int(status) <= 599:
                self.status, self.hangs = int(status), False
            case ["hang"]:
                self.hangs = True
            case []:
                return
            case _:
                typer.echo(_HELP)
                return
        typer.echo("→ " + ("応答しません silent" if self.hangs else f"{self.status}"))

    def _print(self, path: str, body: bytes) -> None:
        try:
            document = orjson.loads(body)
        except orjson.JSONDecodeError:
            typer.echo(f"JSON ではありません / not JSON: {len(body)} bytes")
            return
        answer = "…" if self.hangs else str(self.status)
        id_ = str(document.get("id", "")) if isinstance(document, dict) else ""
        again = " (再送 again)" if id_ in self._seen else ""
        self._seen.add(id_)
        now = datetime.now().astimezone().strftime("%H:%M:%S.%f")[:-3]
        typer.echo(f"{now} {path} → {answer}  #{self.count} {id_}{again} {_entities(document)}")
        if not self.is_brief:
            typer.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())


def command(
    port: Annotated[int, typer.Option(help="Where to listen; 0: any free port.")] = 8090,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    fail: Annotated[
        int | None, typer.Option(min=400, max=599, help="Begin by answering with this failure.")
    ] = None,
    brief: Annotated[bool, typer.Option("--brief", help="One line for each notification.")] = False,
) -> None:
    """Receive notifications and print them; ok, fail and hang on the keyboard change the answer."""
    receiver = _Receiver(status=fail or 200, is_brief=brief)
    try:
        asyncio.run(_listen(receiver, host, port))
    except KeyboardInterrupt:
        typer.echo(f"{receiver.count} 件を受け取りました / were received")


async def _listen(receiver: _Receiver, host: str, port: int) -> None:
    app = web.Application(client_max_size=_MOST_BYTES)
    app.router.add_route("*", "/{path:.*}", receiver.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        (listening,) = listeners(bound(host, port), 1)
        await web.SockSite(runner, listening).start()
        typer.echo(f"{url_of(host, listening)}/ で待っています / is listening")
        typer.echo(_HELP)
        await _obey_keyboard(receiver)
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


async def _obey_keyboard(receiver: _Receiver) -> None:
    """Follow what is typed, until the input ends."""
    if sys.stdin is None:  # closed from the start
        return
    typed = asyncio.StreamReader()
    loop = asyncio.get_running_loop()

    def read(descriptor: int) -> None:
        found = os.read(descriptor, 4096)
        if found:
            typed.feed_data(found)
        else:
            loop.remove_reader(descriptor)
            typed.feed_eof()

    try:
        descriptor = sys.stdin.fileno()
        loop.add_reader(descriptor, read, descriptor)
    except (ValueError, OSError):  # nothing to wait for, as in a service
        return
    while line := await typed.readline():
        receiver.obey(line.decode(errors="replace"))


def _entities(document: JsonValue) -> str:
    notified = document.get("data") if isinstance(document, dict) else None
    entities = notified.get("features") if isinstance(notified, dict) else notified
    if not isinstance(entities, list):
        return ""
    return " ".join(str(one.get("id")) for one in entities[:5] if isinstance(one, dict))
