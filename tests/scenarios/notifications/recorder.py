"""A receiver in a process of its own: it writes down what arrives before it says so.

Killed with -9 it has said 200 to nothing that is not in its file.
"""

import asyncio
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import orjson
from aiohttp import web

from tests.scenarios.durability.killable import wait_until


@dataclass(frozen=True, slots=True)
class Arrival:
    """One notification of one entity that arrived."""

    subscription: str
    entity: str
    value: int
    notification: str
    at_s: float


class Recorder:
    """Starts, kills and restarts the receiver, and reads what it wrote."""

    def __init__(self, file: Path, port: int) -> None:
        self.port = port
        self._file = file
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def uri(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}"

    def start(self) -> None:
        command = (sys.executable, "-m", __name__, str(self._file), str(self.port))
        ready = self._file.with_suffix(".ready")
        ready.unlink(missing_ok=True)
        self._process = subprocess.Popen(command)
        wait_until(ready.exists, 20.0)

    def kill(self) -> None:
        """Kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)

    def arrivals(self) -> list[Arrival]:
        """Read what arrived, in order; a line cut off by a kill was not acknowledged."""
        found = []
        for line in self._file.read_text().splitlines():
            parts = line.split("\t")
            if len(parts) == 6 and parts[5] == ".":
                found.append(Arrival(parts[0], parts[1], int(parts[2]), parts[3], float(parts[4])))
        return found


async def _serve(file: Path, port: int) -> None:
    fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    async def take(request: web.Request) -> web.Response:
        notification = orjson.loads(await request.read())
        for entity in notification["data"]:
            parts = (
                notification["subscriptionId"],
                entity["id"],
                str(entity["reading"]["value"]),
                notification["id"],
                f"{time.time():.6f}",
                ".",
            )
            os.write(fd, ("\t".join(parts) + "\n").encode())
        return web.Response()

    app = web.Application()
    app.router.add_post("/{path:.*}", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, reuse_address=True).start()
    file.with_suffix(".ready").touch()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), int(sys.argv[2])))
