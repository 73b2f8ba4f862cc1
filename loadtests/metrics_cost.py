"""`python -m loadtests.metrics_cost --data DIR`: what it costs to be watched.

Counting a request is measured by itself, in CPU time a call. Being asked for /metrics is measured
under load: retrievals are asked for in turns of some seconds, while somebody scrapes as often as is
said and while nobody does; told is the median of the pairs.
"""

import argparse
import asyncio
import gc
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import uvloop

from kit.metrics import keep_in
from kit.metrics.requests import Answered
from loadtests.cpu import microseconds
from loadtests.generator import Plan
from loadtests.metering_cost import Side
from loadtests.tally import Figures
from renkei.instance import Instance

_CALLS = 100_000


def counting_us() -> tuple[float, float]:
    """Measure what counting a request costs, and beside it the addition to a dict that it is."""
    with tempfile.TemporaryDirectory() as folder:
        keep_in(Path(folder))
        answered, plain = Answered("broker", "GET /measured"), {("shared", 200): 0}

        def count() -> None:
            answered.count("shared", 200, 0.004)

        def add() -> None:
            plain["shared", 200] += 1

        return microseconds(count, _CALLS), microseconds(add, _CALLS)


class Scraper:
    """Asks for /metrics again and again, as Prometheus does.

    Args:
        url: of /metrics.
        token: that lets in.
        every_s: how often.
    """

    def __init__(self, url: str, token: str, every_s: float) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"}
        self._every_s = every_s
        self.took_s: list[float] = []
        self.bytes = 0

    @asynccontextmanager
    async def scraping(self) -> AsyncIterator[None]:
        """Scrape meanwhile."""
        task = asyncio.create_task(self._scrape())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _scrape(self) -> None:
        async with aiohttp.ClientSession(headers=self._headers) as http:
            while True:
                began_s = time.perf_counter()
                async with http.get(self._url) as answer:
                    answer.raise_for_status()
                    self.bytes = len(await answer.read())
                self.took_s.append(time.perf_counter() - began_s)
                await asyncio.sleep(self._every_s)


async def compare(side: Side, scraper: Scraper, rounds: int) -> list[tuple[Figures, Figures]]:
    """Ask with somebody scraping and with nobody, in turn."""
    plan = Plan(connections=32, warmup_s=0.3, seconds=3.0)
    pairs = []
    for number in range(rounds):
        figures: dict[bool, Figures] = {}
        for is_watched in (number % 2 == 0, number % 2 == 1):
            if is_watched:
                async with scraper.scraping():
                    figures[True] = await side.ask(side.workload("get"), plan)
            else:
                figures[False] = await side.ask(side.workload("get"), plan)
        pairs.append((figures[True], figures[False]))
    return pairs


async def _measure(said: argparse.Namespace) -> None:
    side = await Side.of(said.data)
    url = side.target.url.removesuffix("/ngsi-ld/v1") + "/metrics"
    scraper = Scraper(url, Instance(said.data).operator_token(), said.every)
    pairs = await compare(side, scraper, said.rounds)
    rate = statistics.median(on.per_second / off.per_second for on, off in pairs)
    cost = statistics.median(
        on.cpu_us_per_request("workers") / off.cpu_us_per_request("workers") for on, off in pairs
    )
    took_ms = statistics.median(scraper.took_s) * 1000
    print(f"a scrape: {scraper.bytes:,} bytes in {took_ms:.1f} ms, {len(scraper.took_s)} of them")
    print(f"scraped every {said.every:g} s: requests {rate - 1:+.1%}, workers' CPU {cost - 1:+.1%}")


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.metrics_cost")
    parser.add_argument(
        "--data", type=Path, required=True, help="data directory of the running renkei"
    )
    parser.add_argument("--every", type=float, default=1.0, help="seconds between two scrapes")
    parser.add_argument("--rounds", type=int, default=10)
    said = parser.parse_args()
    counted, added = counting_us()
    print(f"counting a request: {counted:.2f} µs; adding to a dict: {added:.2f} µs")
    gc.disable()  # a collection would show as a difference
    uvloop.run(_measure(said))


if __name__ == "__main__":
    main()
