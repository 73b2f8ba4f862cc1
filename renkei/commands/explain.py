"""`renkei explain`: how a query would be answered, by which index and by which plan."""

from typing import Annotated, cast
from urllib.parse import parse_qsl

import typer

from joint_use import DEFAULT_TENANT
from kit.json import JsonObject
from renkei.commands.admin import call_admin
from renkei.commands.index import ContextUrl, OfTenant, tenant_headers
from renkei.commands.options import Data
from renkei.commands.platform import Url, find_platform

_EXPLAIN = "/broker/v1/explain"


def command(
    query: Annotated[
        str,
        typer.Argument(help="What follows ? in GET /entities: 'type=AED&q=…' / 検索条件"),
    ],
    tenant: OfTenant = DEFAULT_TENANT,
    context: ContextUrl = None,
    data: Data = None,
    url: Url = None,
) -> None:
    """Show how a query would be answered, without running it."""
    answer = call_admin(
        find_platform(url, data),
        "GET",
        _EXPLAIN,
        params=dict(parse_qsl(query.lstrip("?"), keep_blank_values=True)),
        headers=tenant_headers(tenant, context),
    )
    for line in cast("list[str]", cast(JsonObject, answer)["plan"]):
        typer.echo(line)
