"""`python -m loadtests.peak`: how much a broker bears at its peak.

Its generator takes about 12 µs of CPU a request, so that on a machine shared with the broker the
broker stays the bottleneck; the report shows the generator's share.
"""

import asyncio
import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvloop

from loadtests.circumstances import (
    Installation,
    circumstances,
    durability,
    facts,
    installation,
)
from loadtests.cpu import CpuMeter
from loadtests.floor import Pace, measure
from loadtests.generator import Load, Plan
from loadtests.options import Options, read
from loadtests.report import Report
from loadtests.shelters import Shelters
from loadtests.tally import Figures
from loadtests.wire import Target
from loadtests.workloads import Create, Delete, Get, Patch, Query, Workload

_FLOOR_S = 3.0
_FAILED = 1


class Peak:
    """One run: scenario after scenario over the shelters that its creations made."""

    def __init__(
        self,
        options: Options,
        target: Target,
        supervisor: int | None,
        acknowledged: Callable[[int], None] | None = None,
    ) -> None:
        self._options = options
        self._target = target
        self._meter = CpuMeter(supervisor)
        self._entities = Shelters(run=options.run)
        self._acknowledged = acknowledged
        self._made = options.entities if options.is_made else 0

    async def run(self) -> list[Figures]:
        """Run the scenarios in their order."""
        return [await self._measure(scenario) for scenario in self._options.scenarios]

    async def _measure(self, scenario: str) -> Figures:
        options = self._options
        if scenario == "create":
            return await self._create(options.warmup_s, options.seconds, options.requests)
        if self._made < options.entities:
            await self._make(options.entities - self._made)
        # A deletion ends with what there is; there is nothing to warm up on.
        is_delete = scenario == "delete"
        requests = (
            min(options.requests or self._made, self._made) if is_delete else options.requests
        )
        plan = Plan(
            connections=options.connections,
            warmup_s=0.0 if is_delete else options.warmup_s,
            seconds=options.seconds,
            requests=requests,
        )
        return await Load(self._workload(scenario), self._target, plan, self._meter).run(scenario)

    async def _make(self, count: int) -> None:
        """Create entities to read, unmeasured.

        Raises:
            ValueError: some cannot be created.
        """
        figures = await self._create(0.0, None, count)
        if figures.errors:
            raise ValueError(
                f"{figures.errors} of {count} entities to read cannot be created: "
                f"statuses {figures.refusals}, {figures.lost} lost"
            )

    async def _create(
        self, warmup_s: float, seconds: float | None, requests: int | None
    ) -> Figures:
        plan = Plan(
            connections=self._options.connections,
            warmup_s=warmup_s,
            seconds=seconds,
            requests=requests,
        )
        creations = Create(
            self._target, self._entities, first=self._made, acknowledged=self._acknowledged
        )
        figures = await Load(creations, self._target, plan, self._meter).run("create")
        self._made = creations.next
        return figures

    def _workload(self, scenario: str) -> Workload:
        if scenario == "query":
            return Query(self._target)
        kinds = {"get": Get, "patch": Patch, "delete": Delete}
        return kinds[scenario](self._target, self._entities, self._made)


async def run(options: Options) -> Report:
    """Make one run and report it."""
    found = installation(options.data) if options.data else None
    target = _target(options, found)
    await _require_answer(target)
    database_url = options.database_url or (found.database_url if found else None)
    durable = await durability(database_url) if database_url else None
    under = circumstances(
        target,
        options.connections,
        found=found,
        said=await facts(target),
        durable=durable,
        note=options.note,
    )
    with _acknowledgements(options) as acknowledged:
        peak = Peak(options, target, found.supervisor if found else None, acknowledged)
        figures = await peak.run()
    floor: dict[str, Pace] = {}
    if options.is_floor_wanted and database_url:
        floor = await measure(database_url, requesters=options.connections, seconds=_FLOOR_S)
    return Report(circumstances=under, figures=figures, floor=floor)


def _target(options: Options, found: Installation | None) -> Target:
    url = options.url or (found.url if found else "")
    return Target(url=url, tenant=options.tenant, context=options.context, headers=options.headers)


async def _require_answer(target: Target) -> None:
    """Refuse to measure nobody.

    Raises:
        ValueError: nobody listens there.
    """
    try:
        _, writer = await asyncio.open_connection(target.host, target.port)
    except OSError as error:
        raise ValueError(
            f"{target.host}:{target.port} does not answer: start a broker there, "
            "as with `renkei up`, or name another by --url or --data"
        ) from error
    writer.close()
    await writer.wait_closed()


@contextmanager
def _acknowledgements(options: Options) -> Iterator[Callable[[int], None] | None]:
    """Open the file that is told every acknowledged id, where one is wanted."""
    if options.ack_log is None:
        yield None
        return
    entities = Shelters(run=options.run)
    with options.ack_log.open("w") as log:
        yield lambda number: print(entities.entity_id(number), file=log)


def main() -> None:
    """Run the command; exit code 1 when a request went wrong."""
    options = read()
    gc.disable()  # a collection would show as the broker's latency
    try:
        report = uvloop.run(run(options))
    except ValueError as error:
        sys.exit(str(error))
    print(report.as_text(), end="")
    if options.json is not None:
        options.json.write_bytes(report.as_json())
    if any(figures.errors for figures in report.figures):
        sys.exit(_FAILED)


if __name__ == "__main__":
    main()
