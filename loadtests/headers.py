"""What every request of a locust scenario carries, by options that all scenarios share."""

import os
from argparse import ArgumentParser

from locust.env import Environment
from locust.event import Events

from loadtests.figuring import write_figures
from loadtests.wire import CORE, link


def listen(events: Events) -> None:
    """Add the options to locust's command line and its web page, and write figures at the end."""
    register = events.init_command_line_parser.add_listener
    register(_add_options)  # type: ignore[no-untyped-call]  # locust leaves it untyped
    events.init.add_listener(write_figures)  # type: ignore[no-untyped-call]  # likewise


def headers(environment: Environment) -> dict[str, str]:
    """Answer with the headers that the options ask for."""
    options = environment.parsed_options
    chosen = {"Accept": "application/json"}
    if options is None:
        return chosen
    if options.tenant:
        chosen["NGSILD-Tenant"] = options.tenant
    if options.context != CORE:
        chosen["Link"] = link(options.context)
    if options.token:
        chosen["Authorization"] = f"Bearer {options.token}"
    return chosen


def _add_options(parser: ArgumentParser) -> None:
    add = parser.add_argument_group("NGSI-LD").add_argument
    token, secret = os.environ.get("LOADTEST_TOKEN", ""), os.environ.get("LOADTEST_SECRET", "")
    add("--tenant", default="", help="sent as NGSILD-Tenant (default: the default tenant)")
    add("--context", default=CORE, help="URL of a @context sent as Link (default: core)")
    add("--token", default=token, help="a Bearer token (default: LOADTEST_TOKEN)")
    add("--run", default="abcdefgh", help="sets the ids of this run apart: eight letters")
    add("--number", type=int, default=1_000, help="entities of the run that are there")
    add("--first", type=int, default=10_000_000, help="number of the first new entity")
    add("--figures", default="", help="a file that is told each second's latencies, as JSON")
    add("--client", default="", help="id of a client of the OpenID Provider")
    add("--secret", default=secret, help="its secret (default: LOADTEST_SECRET)")
    add("--residents", default="", help="a file of accounts that sign in, as JSON")
