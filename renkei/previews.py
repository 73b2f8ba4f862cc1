"""Data that our own pages show."""

from collections.abc import Sequence

import orjson

from broker import Broker, enter, page_of_entities
from joint_use import Principal, Tenant
from kit.json import JsonObject
from renkei.own_reads import in_turn


async def preview(
    broker: Broker, tenant: Tenant, reader: Principal, type_: str, *, limit: int, offset: int
) -> tuple[Sequence[JsonObject], int]:
    """Read a part of a tenant's entities of a type in order of id, and how many there are.

    It takes its turn, with the bytes that an answer over HTTP would have had.

    Raises:
        AccessDenied: the reader may not read entities of this type.
        TooManyRequests: the tenant is asked more often than it may be.
        Unavailable: it cannot be read now.
    """
    async with in_turn(broker, tenant, reader) as sent:
        seen, call = await enter(broker, tenant, reader)
        some, total = await page_of_entities(seen, call, type_, limit=limit, offset=offset)
        sent.bytes = len(orjson.dumps(some))
    return some, total
