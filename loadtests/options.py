"""What the command line of a peak says."""

import argparse
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from loadtests.wire import CORE

SCENARIOS = ("create", "get", "query", "patch", "delete")
_USUAL = "create,get,query,patch"
_HERE = "http://127.0.0.1:1026/ngsi-ld/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """A peak as it was ordered."""

    url: str | None
    data: Path | None
    tenant: str | None
    context: str
    headers: tuple[str, ...]
    scenarios: tuple[str, ...]
    connections: int
    warmup_s: float
    seconds: float | None
    requests: int | None
    run: str
    entities: int
    is_made: bool
    database_url: str | None
    is_floor_wanted: bool
    ack_log: Path | None
    json: Path | None
    note: str


def read(arguments: Sequence[str] | None = None) -> Options:
    """Read the command line; ends the program with a sentence where it is wrong."""
    parser = _parser()
    said = parser.parse_args(arguments)
    scenarios = tuple(said.scenarios.split(","))
    if unknown := [name for name in scenarios if name not in SCENARIOS]:
        parser.error(f"scenario {unknown[0]} is not one of {', '.join(SCENARIOS)}")
    if said.floor and not (said.database_url or said.data):
        parser.error("--floor needs --data or --database-url")
    return Options(
        url=said.url if said.url or said.data else _HERE,
        data=said.data,
        tenant=said.tenant,
        context=said.context,
        headers=tuple(said.header),
        scenarios=scenarios,
        connections=said.connections,
        warmup_s=said.warmup,
        seconds=None if said.requests else said.seconds,
        requests=said.requests,
        run=said.run or secrets.token_hex(4),
        entities=said.entities,
        is_made=said.made,
        database_url=said.database_url,
        is_floor_wanted=said.floor,
        ack_log=said.ack_log,
        json=said.json,
        note=said.note,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m loadtests.peak",
        description="Measure an NGSI-LD broker's peaks: requests per second and latencies.",
    )
    _add_target(parser)
    _add_amount(parser)
    _add_report(parser)
    return parser


def _add_target(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("whom it asks").add_argument
    add("--url", help=f"the NGSI-LD interface (default: of --data, else {_HERE})")
    add(
        "--data", type=Path, help="data directory of a renkei running here: tells workers, database"
    )
    add("--tenant", help="sent as NGSILD-Tenant (default: none, the default tenant)")
    add("--context", default=CORE, help="URL of a @context sent as Link (default: %(default)s)")
    add("--header", action="append", default=[], help="a further header line; may be repeated")


def _add_amount(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("what and how much it asks").add_argument
    add("--scenarios", default=_USUAL, help=f"of {','.join(SCENARIOS)} (default: %(default)s)")
    add("--connections", type=int, default=32, help="default: %(default)s")
    add("--warmup", type=float, default=2.0, help="seconds before measuring (default: %(default)s)")
    add("--seconds", type=float, default=10.0, help="of each scenario (default: %(default)s)")
    add("--requests", type=int, help="measure this many requests instead of --seconds")
    add("--run", help="sets the ids of this run apart (default: random)")
    add("--entities", type=int, default=10_000, help="read at least these (default: %(default)s)")
    add("--made", action="store_true", help="the --entities of --run are there from before")


def _add_report(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("what it tells").add_argument
    add("--database-url", help="the broker's PostgreSQL: tells whether commits are durable")
    add("--floor", action="store_true", help="measure the same rows in the bare database too")
    add("--ack-log", type=Path, help="write the id of every acknowledged creation to this file")
    add("--json", type=Path, help="write the figures to this file too")
    add("--note", default="", help="a remark for the report, as in 'history off'")
