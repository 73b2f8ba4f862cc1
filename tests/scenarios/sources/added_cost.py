"""What mediation adds to a request: the same requests to the source itself and over the hub.

    python -m tests.scenarios.sources.added_cost [--seconds 4] [--connections 8]

Two platforms of one worker each, PostgreSQL of their own; phases of both ways alternate, and each
figure is the median over them. The generator is in this process: all share the machine.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import aiohttp

from renkei.instance import Instance
from tests import asking
from tests.scenarios.durability.killable import Killable

_ROUNDS = 5
_API = "/ngsi-ld/v1"
_EXTERNAL = "mediated"
_FILLER = "x" * 600
_numbers = count()


@dataclass(frozen=True, slots=True)
class Way:
    """One way to the same data.

    Args:
        name: what it is called in the report.
        url: whom requests go to.
        headers: what they carry.
    """

    name: str
    url: str
    headers: dict[str, str]


@dataclass(slots=True)
class Figures:
    """What was measured of one kind of request on one way, phase by phase."""

    per_s: list[float] = field(default_factory=list)
    alone_ms: list[float] = field(default_factory=list)


Request = Callable[[aiohttp.ClientSession, Way], Awaitable[None]]


def entity(number: int) -> dict[str, object]:
    """An entity of about 850 bytes."""
    return {
        "id": f"urn:ngsi-ld:EvacuationShelter:{number}",
        "type": "EvacuationShelter",
        "capacity": {"type": "Property", "value": number},
        "note": {"type": "Property", "value": _FILLER},
    }


async def get(session: aiohttp.ClientSession, way: Way) -> None:
    """Retrieve one entity."""
    url = f"{way.url}{_API}/entities/urn:ngsi-ld:EvacuationShelter:0"
    async with session.get(url, headers=way.headers) as answer:
        assert answer.status == 200, await answer.text()
        await answer.read()


async def query(session: aiohttp.ClientSession, way: Way) -> None:
    """Query twenty entities."""
    url = f"{way.url}{_API}/entities?type=EvacuationShelter&limit=20"
    async with session.get(url, headers=way.headers) as answer:
        assert answer.status == 200, await answer.text()
        await answer.read()


async def post(session: aiohttp.ClientSession, way: Way) -> None:
    """Create one entity."""
    body = entity(next(_numbers))
    async with session.post(f"{way.url}{_API}/entities", json=body, headers=way.headers) as answer:
        assert answer.status == 201, await answer.text()
        await answer.read()


async def phase(request: Request, way: Way, seconds: float, connections: int) -> float:
    """Send as fast as the connections allow; answers with requests per second."""
    done = 0
    async with aiohttp.ClientSession() as session:
        await request(session, way)
        ends_at_s = time.perf_counter() + seconds

        async def send() -> None:
            nonlocal done
            while time.perf_counter() < ends_at_s:
                await request(session, way)
                done += 1

        began_s = time.perf_counter()
        await asyncio.gather(*(send() for _ in range(connections)))
    return done / (time.perf_counter() - began_s)


async def alone(request: Request, way: Way, times: int = 300) -> float:
    """Send one after another; answers with the median time of one, in milliseconds."""
    taken = []
    async with aiohttp.ClientSession() as session:
        for _ in range(times):
            began_s = time.perf_counter()
            await request(session, way)
            taken.append((time.perf_counter() - began_s) * 1000)
    return statistics.median(taken)


async def measure(ways: list[Way], seconds: float, connections: int) -> None:
    """Measure and print."""
    async with aiohttp.ClientSession() as session:
        for _ in range(50):
            await post(session, ways[0])
    for name, request in {"GET by id": get, "GET 20 by type": query, "POST": post}.items():
        figures = {way.name: Figures() for way in ways}
        for _ in range(_ROUNDS):
            for way in ways:
                figures[way.name].alone_ms.append(await alone(request, way))
                figures[way.name].per_s.append(await phase(request, way, seconds, connections))
        for way in ways:
            found = figures[way.name]
            print(  # noqa: T201 — the report
                f"{name:15} {way.name:9} {statistics.median(found.alone_ms):7.2f} ms alone"
                f" {statistics.median(found.per_s):8.0f}/s over {connections} connections",
                flush=True,
            )


def make_external(hub: Killable, source: Killable) -> None:
    """Make the tenant of the hub whose data are at the source."""
    token = Instance(hub.data).operator_token()
    asked = {"name": _EXTERNAL, "storage": "external", "endpoint": {"url": source.url}}
    answer = asking.post(
        f"{hub.url}/admin/tenants", json=asked, headers={"Authorization": f"Bearer {token}"}
    )
    answer.raise_for_status()


def main() -> None:
    """Start both platforms, measure, stop them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each phase")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--port", type=int, default=28_441, help="the first of two")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        loopback = ("--egress-allow", "127.0.0.0/8")
        places = [Path(folder, name) for name in ("source", "hub")]
        for place in places:
            place.mkdir()
        source, hub = (
            stack.enter_context(Killable(place / "data", port, workers=1, more=loopback))
            for place, port in zip(places, (asked.port, asked.port + 1), strict=True)
        )
        make_external(hub, source)
        ways = [
            Way("direct", source.url, {}),
            Way(_EXTERNAL, hub.url, {"NGSILD-Tenant": _EXTERNAL}),
        ]
        asyncio.run(measure(ways, asked.seconds, asked.connections))


if __name__ == "__main__":
    main()
