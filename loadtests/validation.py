"""What checking entities against their data model costs: `python -m loadtests.validation`.

First by itself, for each model: microseconds for an example with a value in every column. Then in a
running renkei: creations of one model's entities with validation off and enforced, turn about in
one run, so that both meet the same machine.
"""

import argparse
import asyncio
import secrets
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import aiohttp
import orjson

from datamodels import Checker, Model, example_of, model_named, models, to_iris
from kit.json import JsonObject
from loadtests.circumstances import Installation, installation
from loadtests.generator import Load, Plan
from loadtests.wire import Target
from renkei.instance import Instance

_CALLS = 5_000
_HEARD_S = 1.0  # until every worker knows what the tenant asks
_MODES = ("off", "enforce")


class Creations:
    """Creates entities of one model; a workload for the generator.

    Args:
        run: sets one run's ids apart from another's.
    """

    wanted = 201

    def __init__(self, target: Target, model: Model, run: str) -> None:
        example = to_iris(example_of(model, every=True), model)
        example["id"] = f"urn:ngsi-ld:{model.type}:{run}-@NUMBER@"
        self.next = 0
        self._template = orjson.dumps(example)
        self._head = target.request("POST", "/entities", len(self._body(0)))

    def take(self) -> tuple[int, bytes]:
        """Hand out the creation of the next entity."""
        number = self.next
        self.next += 1
        return number, self._head + self._body(number)

    def answer(self, number: int) -> None:
        """Hear that one was created."""

    def _body(self, number: int) -> bytes:
        return self._template.replace(b"@NUMBER@", b"%08d" % number)


def microseconds(model: Model) -> float:
    """Measure how long one check takes, the median of several runs."""
    checker = Checker(model)
    example = example_of(model, every=True)
    attributes: JsonObject = {
        model.iri_of(name): [value] for name, value in example.items() if name not in {"id", "type"}
    }
    if not checker.is_valid(attributes):
        raise ValueError(f"The example of {model.type} does not fit it")
    spent = []
    for _ in range(5):
        began_s = time.perf_counter()
        for _ in range(_CALLS):
            checker.is_valid(attributes)
        spent.append((time.perf_counter() - began_s) / _CALLS * 1e6)
    return statistics.median(spent)


async def throughput(options: argparse.Namespace) -> dict[str, list[float]]:
    """Measure creations a second in turns, with validation off and enforced."""
    found = installation(options.data)
    token = Instance(options.data).operator_token()
    model = model_named(options.model)
    tenant = f"validation_{secrets.token_hex(3)}"
    figures: dict[str, list[float]] = {mode: [] for mode in _MODES}
    base = found.url.removesuffix("/ngsi-ld/v1")
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as http:
        body = {"name": tenant, "storage": "separated"}
        async with http.post(f"{base}/admin/tenants", json=body) as answer:
            answer.raise_for_status()
        for turn in range(options.turns):
            for mode in _MODES:
                path = f"{base}/datamodels/tenants/{tenant}/models/{model.type}"
                async with http.put(path, json={"validation": mode}) as answer:
                    answer.raise_for_status()
                await asyncio.sleep(_HEARD_S)
                figures[mode].append(await _create(found, tenant, model, f"{mode}{turn}", options))
    return figures


async def _create(
    found: Installation, tenant: str, model: Model, run: str, options: argparse.Namespace
) -> float:
    target = Target(url=found.url, tenant=tenant)
    plan = Plan(connections=options.connections, warmup_s=1.0, seconds=options.seconds)
    figures = await Load(Creations(target, model, run), target, plan).run(run)
    if figures.errors:
        raise ValueError(f"{figures.errors} requests went wrong: {figures.refusals}")
    return figures.per_second


def _options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m loadtests.validation", description=__doc__)
    add = parser.add_argument
    add("--data", type=Path, help="data directory of a running renkei; without it, checks alone")
    add("--model", default="EvacuationShelter", help="whose entities (default: %(default)s)")
    add("--turns", type=int, default=3, help="default: %(default)s")
    add("--seconds", type=float, default=6.0, help="of each turn (default: %(default)s)")
    add("--connections", type=int, default=32, help="default: %(default)s")
    return parser.parse_args(arguments)


def main() -> None:
    """Run the command; exit code 1 where enforcing costs more than a tenth."""
    options = _options()
    alone = {model.type: microseconds(model) for model in models()}
    for type_, spent in sorted(alone.items(), key=lambda one: -one[1]):
        print(f"{type_:<24} {spent:6.1f} µs")
    print(f"median of {len(alone)} models: {statistics.median(alone.values()):.1f} µs")
    if options.data is None:
        return
    figures = asyncio.run(throughput(options))
    off, enforce = (statistics.median(figures[mode]) for mode in _MODES)
    for mode in _MODES:
        print(f"{mode:<8} " + "  ".join(f"{one:,.0f}/s" for one in figures[mode]))
    print(f"enforced: {enforce / off:.0%} of off")
    sys.exit(0 if enforce >= 0.9 * off else 1)


if __name__ == "__main__":
    main()
