"""`python -m loadtests.run SCENARIO`: what a broker bears of one scenario, or two brokers in turn.

    python -m loadtests.run profile-a --data DIR
    python -m loadtests.run profile-b --url http://HERE/ngsi-ld/v1 --against http://THERE/ngsi-ld/v1

Any NGSI-LD broker is asked by its URL. `--data` names the data directory of a renkei on this
machine instead: then tenants and accounts can be made, and durability and CPU are told, too.
"""

import argparse
import asyncio
import random
import string
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import orjson

from loadtests.catalog_of_scenarios import SCENARIOS, Scenario, Seeds
from loadtests.circumstances import (
    Circumstances,
    Installation,
    circumstances,
    durability,
    facts,
    installation,
)
from loadtests.cpu import CpuMeter
from loadtests.phases import Effort, Measured, measure
from loadtests.scenario_report import ScenarioReport
from loadtests.seeding import CannotSeed, Ground, open_accounts, register_client, seed
from loadtests.wire import Target
from renkei.instance import Instance

_FAILED = 1
_FIRST, _MOST_NEW = 10_000_000, 1_000_000  # numbers of new entities, of each stage
_NGSI_LD = "/ngsi-ld/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One broker, prepared for a scenario."""

    ground: Ground
    under: Circumstances
    meter: CpuMeter
    effort: Effort


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; exit code 1 where a request went wrong or a notification did not come."""
    said = _parser().parse_args(arguments)
    scenario = SCENARIOS[said.scenario]
    try:
        with tempfile.TemporaryDirectory() as folder:
            places = [asyncio.run(_prepared(said, scenario, url, folder)) for url in _urls(said)]
            measured = _measured(said, scenario, places)
    except (CannotSeed, ValueError) as error:
        sys.exit(str(error))
    report = ScenarioReport(
        name=said.scenario,
        scenario=scenario,
        circumstances=[place.under for place in places],
        settings=_settings(said, scenario),
        measured=measured,
    )
    page = report.write(said.out)
    print(report.as_markdown(), end="")
    print(f"\n{page}")
    if report.failed:
        sys.exit(_FAILED)


def _measured(
    said: argparse.Namespace, scenario: Scenario, places: Sequence[Place]
) -> list[Measured]:
    """Run stage after stage; two brokers in turn, whoever begins."""
    chosen = [one for one in scenario.stages if said.stage is None or said.stage in one.name]
    if not chosen:
        raise ValueError(f"No stage of {said.scenario} has {said.stage!r} in its name")
    turns = said.turns if len(places) > 1 else 1
    order = [
        (stage, place)
        for stage in chosen
        for turn in range(turns)
        for place in (places if turn % 2 == 0 else places[::-1])
    ]
    return [
        measure(
            scenario,
            stage,
            place.ground,
            replace(place.effort, first=_FIRST + number * _MOST_NEW),
            place.meter,
        )
        for number, (stage, place) in enumerate(order)
    ]


async def _prepared(
    said: argparse.Namespace, scenario: Scenario, url: str | None, folder: str
) -> Place:
    found = installation(said.data) if url is None else None
    token, operator = _tokens(said, found)
    headers = () if token is None else (f"Authorization: Bearer {token}",)
    target = Target(
        url=found.url if found else str(url).rstrip("/"),
        tenant=said.tenant,
        context=said.context or scenario.context,
        headers=headers,
    )
    run = "".join(random.choices(string.ascii_lowercase, k=8))
    ground = Ground(target=target, run=run, token=token, operator=operator)
    number = said.entities or scenario.entities
    await seed(ground, scenario.seeds, number)
    effort = Effort(seconds=said.seconds, users=said.users, number=number)
    if scenario.seeds is Seeds.RESIDENTS:
        effort = _signing_in(said, ground, effort, Path(folder))
    database = said.database_url or (found.database_url if found else None)
    return Place(
        ground=ground,
        under=circumstances(
            target,
            said.users or max(stage.users for stage in scenario.stages),
            found=found,
            said=await facts(target),
            durable=await durability(database) if database and url in (None, said.url) else None,
            note=said.note,
        ),
        meter=CpuMeter(found.supervisor if found else None),
        effort=effort,
    )


def _signing_in(said: argparse.Namespace, ground: Ground, effort: Effort, folder: Path) -> Effort:
    """Let there be a client and accounts: those that were named, or new ones."""
    client, secret = said.client, said.secret
    residents = said.residents
    if client is None:
        client, secret = register_client(ground)
    if residents is None:
        residents = folder / f"{ground.run}.json"
        residents.write_bytes(orjson.dumps(open_accounts(ground, effort.number)))
    return replace(
        effort,
        more=("--client", client, "--residents", str(residents)),
        secrets={"LOADTEST_SECRET": str(secret)},
    )


def _tokens(said: argparse.Namespace, found: Installation | None) -> tuple[str | None, str | None]:
    """Say what is sent, and what opens the administrative API."""
    operator = said.operator_token
    if found is not None:
        operator = operator or Instance(said.data).operator_token()
    return said.token or (operator if found is not None else None), operator


def _urls(said: argparse.Namespace) -> list[str | None]:
    first: list[str | None] = [said.url]
    return first if said.against is None else [*first, said.against]


def _settings(said: argparse.Namespace, scenario: Scenario) -> dict[str, str]:
    stages = ", ".join(f"{stage.name} ({stage.users} users)" for stage in scenario.stages)
    return {
        "scenario": said.scenario,
        "stages": stages if said.users is None else f"{said.users} users each",
        "seconds each": str(said.seconds),
        "there before": f"{said.entities or scenario.entities:,} ({scenario.seeds.value})",
        "subscriptions": str(scenario.subscriptions or ""),
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m loadtests.run",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("scenario", choices=sorted(SCENARIOS))
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--url", help="the NGSI-LD interface, as in http://HOST:1026/ngsi-ld/v1")
    where.add_argument("--data", type=Path, help="data directory of a renkei running here")
    add("--against", help="a second broker's interface, measured in turn with the first")
    add("--turns", type=int, default=2, help="of each stage and broker (default: %(default)s)")
    add("--tenant", help="sent as NGSILD-Tenant (default: none, the default tenant)")
    add("--context", help="URL of a @context sent as Link (default: the scenario's)")
    add("--token", help="sent as Bearer token (default with --data: the operator's)")
    add("--operator-token", help="makes tenants, clients and accounts (default: of --data)")
    add("--stage", help="only stages with this in their name")
    add("--users", type=int, help="who ask at a time (default: the stage's)")
    add("--seconds", type=int, default=30, help="of each stage (default: %(default)s)")
    add("--entities", type=int, help="how many are there before (default: the scenario's)")
    add("--database-url", help="the broker's PostgreSQL: tells whether commits are durable")
    add("--client", help="a client of the OpenID Provider, for sign-ins (default: a new one)")
    add("--secret", help="its secret")
    add("--residents", type=Path, help="JSON: accounts that sign in (default: new ones)")
    add("--out", type=Path, default=Path("build/load"), help="folder (default: %(default)s)")
    add("--note", default="", help="a remark for the report, as in 'history off'")
    return parser


if __name__ == "__main__":
    main()
