"""How long a move and an archive of many entities take: `python -m tests.scenarios.moving.figures`.

Entities as in the load tests, with their history; shared → separated → shared while one client
writes 100 times a second, then an export, and an import under another name.
"""

import argparse
import asyncio
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import aiohttp

from loadtests.shelters import Shelters
from renkei.instance import Instance
from tests.scenarios.durability.killable import Killable
from tests.scenarios.moving.wandering import TENANT, Operator, TimedApi
from tests.scenarios.notifications.chaos import free_port
from tests.scenarios.notifications.stage import a_platform

_BATCH = 500
_AT_ONCE = 4
_CHUNK = 1 << 20


async def fill(api: TimedApi, entities: int) -> None:
    """Create the entities, several batches at a time."""
    shelters = Shelters(run="move")
    starts = iter(range(0, entities, _BATCH))

    async def create() -> None:
        for start in starts:
            batch = [shelters.entity(number) for number in range(start, start + _BATCH)]
            assert await api.send("POST", "/entityOperations/create", batch) == 201

    async with asyncio.TaskGroup() as tasks:
        for _ in range(_AT_ONCE):
            tasks.create_task(create())


async def write(api: TimedApi, is_over: asyncio.Event) -> int:
    """Change one entity after another; answers with how often."""
    shelters, number = Shelters(run="move"), 0
    while not is_over.is_set():
        body = {"occupancy": {"type": "Property", "value": number}}
        path = f"/entities/{shelters.entity_id(number % 1000)}/attrs"
        status = await api.send("POST", path, body) if number < 1000 else 204
        status = await api.send("PATCH", path, body) if number >= 1000 else status
        assert status == 204, status
        number += 1
        await asyncio.sleep(0.01)
    return number


async def archive(platform: Killable, session: aiohttp.ClientSession, file: Path) -> str:
    """Export and import; answers with both figures."""
    headers = {"Authorization": f"Bearer {Instance(platform.data).operator_token()}"}
    began_s = time.monotonic()
    url = f"{platform.url}/admin/tenants"
    async with session.get(f"{url}/{TENANT}/archive", headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        with file.open("wb") as out:
            async for chunk in answer.content.iter_chunked(_CHUNK):
                out.write(chunk)
    exported_s, began_s = time.monotonic() - began_s, time.monotonic()
    with file.open("rb") as content:
        async with session.post(f"{url}/again/archive", headers=headers, data=content) as answer:
            assert answer.status == 201, await answer.text()
            records = (await answer.json())["records"]
    imported_s = time.monotonic() - began_s
    return f"archive of {records} · exported in {exported_s:.1f} s · imported in {imported_s:.1f} s"


async def run(directory: Path, entities: int, *, has_archive: bool) -> None:
    with a_platform(directory, free_port()) as platform:
        timeout = aiohttp.ClientTimeout(total=None)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            api = TimedApi(platform.url, session, TENANT)
            operator = Operator(platform, session)
            await operator.create()
            await fill(api, entities)
            for place in ("separated", "shared"):
                api.longest_s[0], is_over = 0.0, asyncio.Event()
                writing = asyncio.create_task(write(api, is_over))
                await asyncio.sleep(1.0)
                began_s = time.monotonic()
                moved = await operator.move(place, until=frozenset({"cleaning", "moved"}))
                lasted_s = time.monotonic() - began_s
                is_over.set()
                writes = await writing
                sys.stdout.write(
                    f"{entities} entities → {place}: {lasted_s:.1f} s · {moved['copied']} rows · "
                    f"writers held {moved['held_ms']} ms · longest of {writes} writes "
                    f"{api.longest_s[0] * 1000:.0f} ms\n"
                )
            if not has_archive:
                return
            file = directory / "archive.zip"
            told = await archive(platform, session, file)
            with zipfile.ZipFile(file) as zipped:
                plain = sum(one.file_size for one in zipped.infolist()) / 1e6
                packed = sum(one.compress_size for one in zipped.infolist()) / 1e6
            sys.stdout.write(f"{told} · {plain:.0f} MB, zipped {packed:.0f} MB\n")


def main() -> None:
    """Measure from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--entities", type=int, default=100_000)
    parser.add_argument("--no-archive", action="store_true", help="move alone")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(run(Path(directory), options.entities, has_archive=not options.no_archive))


if __name__ == "__main__":
    main()
