"""`python -m loadtests.enforcement_cost --on DIR --off DIR`: what tokens and policies cost.

Two platforms run side by side, both started with --demo, one with `--auth off`. The one that
enforces is asked with a bearer token of the demo's client, the other without. They are asked in
turn, as `loadtests.metering_cost` does; told is the median of the pairs.
"""

import argparse
import gc
from pathlib import Path

import uvloop

from loadtests.metering_cost import Side, compare
from renkei.commands.platform import Platform
from renkei.demo import CLIENT
from renkei.instance import Instance
from renkei.tokens import client_token

_TENANT = "sarabetsu"


def bearer(data: Path) -> str:
    """Get a token as `renkei idp token` does, as a header line."""
    instance = Instance(data)
    running = instance.running()
    if running is None:
        raise ValueError(f"Nothing runs with the data in {data}: start it with `renkei up --demo`")
    platform = Platform(url=running.url)
    token = client_token(platform, CLIENT, instance.client_secret(CLIENT), tenant=_TENANT)
    return f"Authorization: Bearer {token}"


async def _compare(said: argparse.Namespace) -> None:
    sides = (
        await Side.of(said.on, _TENANT, bearer(said.on)),
        await Side.of(said.off, _TENANT),
    )
    await compare(sides, said.scenarios.split(","), said.rounds)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.enforcement_cost")
    parser.add_argument("--on", type=Path, required=True, help="data directory of one that asks")
    parser.add_argument("--off", type=Path, required=True, help="of one with --auth off")
    parser.add_argument("--scenarios", default="create,get,patch")
    parser.add_argument("--rounds", type=int, default=8, help="a token lasts for about 12")
    said = parser.parse_args()
    gc.disable()  # a collection would show as a difference
    uvloop.run(_compare(said))


if __name__ == "__main__":
    main()
