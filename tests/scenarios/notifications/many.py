"""Ten thousand subscriptions of which ten match, and how many entities are created a second.

`python -m tests.scenarios.notifications.many`: a tenant with them and one without take turns.
"""

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import aiohttp
import uvloop

from kit.json import JsonObject
from loadtests.generator import Load, Plan
from loadtests.shelters import TYPE, Shelters
from loadtests.wire import Target
from loadtests.workloads import Create
from renkei.instance import Instance
from tests.scenarios.durability.killable import Killable
from tests.scenarios.notifications.chaos import free_port
from tests.scenarios.notifications.meter import a_meter
from tests.scenarios.notifications.stage import BASE, Api, a_platform

MATCHING = 10
_TURNS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Creations a second, without subscriptions and with them."""

    without: float
    with_them: float
    subscriptions: int

    @property
    def share(self) -> float:
        return self.with_them / self.without

    def __str__(self) -> str:
        return (
            f"{self.without:.0f} creations/s without subscriptions, {self.with_them:.0f} with "
            f"{self.subscriptions} of which {MATCHING} match: {self.share:.0%}"
        )


def subscriptions(uri: str, count: int) -> list[JsonObject]:
    """Ten that match one shelter in a thousand each, and others that wait for other types."""
    documents: list[JsonObject] = []
    for number in range(count):
        is_matching = number < MATCHING
        q = f'managedBy=="urn:ngsi-ld:Organization:372013-{number:03d}"'
        selector: JsonObject = {"type": TYPE if is_matching else f"Other{number % 500}"}
        documents.append(
            {
                "type": "Subscription",
                "entities": [selector],
                "watchedAttributes": ["managedBy" if is_matching else f"attribute{number % 50}"],
                "q": q if is_matching else f"capacity>{number}",
                "notification": {"endpoint": {"uri": f"{uri}{number}"}},
            }
        )
    return documents


async def make_tenant(platform: Killable, session: aiohttp.ClientSession, name: str) -> None:
    token = Instance(platform.data).operator_token()
    async with session.post(
        f"{platform.url}/admin/tenants",
        json={"name": name, "storage": "separated"},
        headers={"Authorization": f"Bearer {token}"},
    ) as answer:
        assert answer.status == 201, await answer.text()


async def create(platform: Killable, tenant: str, turn: int, seconds: float) -> float:
    target = Target(url=f"{platform.url}{BASE}", tenant=tenant)
    creations = Create(target, Shelters(run=f"{tenant}{turn}"))
    figures = await Load(creations, target, Plan(warmup_s=2.0, seconds=seconds)).run("create")
    return figures.per_second


async def run(directory: Path, seconds: float, count: int) -> Verdict:
    """Play the scenario once."""
    with a_platform(directory, free_port()) as platform:
        async with aiohttp.ClientSession() as session, a_meter() as meter:
            for name in ("bare", "crowded"):
                await make_tenant(platform, session, name)
            api = Api(platform.url, session, tenant="crowded")
            await api.subscribe(subscriptions(meter.uri("s"), count))
            found: dict[str, list[float]] = {"bare": [], "crowded": []}
            for turn in range(_TURNS):
                for tenant, results in found.items():
                    results.append(await create(platform, tenant, turn, seconds))
            return Verdict(
                without=median(found["bare"]),
                with_them=median(found["crowded"]),
                subscriptions=count,
            )


def main() -> None:
    """Play it from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=8.0, help="of each turn")
    parser.add_argument("--count", type=int, default=10_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        verdict = uvloop.run(run(Path(directory), options.seconds, options.count))
    sys.stdout.write(f"{verdict}\n")
    sys.exit(0 if verdict.share >= 0.85 else 1)


if __name__ == "__main__":
    main()
