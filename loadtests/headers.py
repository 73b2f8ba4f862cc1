"""What every request of a locust scenario carries, by options that all scenarios share."""

from argparse import ArgumentParser

from locust.env import Environment
from locust.event import Events

from loadtests.wire import CORE, link


def listen(events: Events) -> None:
    """Add the options to locust's command line and its web page."""
    register = events.init_command_line_parser.add_listener
    register(_add_options)  # type: ignore[no-untyped-call]  # locust leaves it untyped


def headers(environment: Environment) -> dict[str, str]:
    """Answer with the headers that the options ask for."""
    options = environment.parsed_options
    chosen = {"Accept": "application/json"}
    if options is not None and options.tenant:
        chosen["NGSILD-Tenant"] = options.tenant
    if options is not None and options.context != CORE:
        chosen["Link"] = link(options.context)
    return chosen


def _add_options(parser: ArgumentParser) -> None:
    add = parser.add_argument_group("NGSI-LD").add_argument
    add("--tenant", default="", help="sent as NGSILD-Tenant (default: the default tenant)")
    add("--context", default=CORE, help="URL of a @context sent as Link (default: core)")
