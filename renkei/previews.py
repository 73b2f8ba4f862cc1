"""Data that our own pages show: let in and counted as any request that reads the same."""

from collections.abc import Sequence
from http import HTTPStatus

import orjson

from broker import (
    AccessDenied,
    Broker,
    TooManyRequests,
    Unavailable,
    enter,
    page_of_entities,
)
from joint_use import Operation, Principal, Tenant
from kit.json import JsonObject


async def preview(
    broker: Broker, tenant: Tenant, reader: Principal, type_: str, *, limit: int, offset: int
) -> tuple[Sequence[JsonObject], int]:
    """Read a part of a tenant's entities of a type in order of id, and how many there are.

    It takes its turn among the tenant's requests, spends of its quota, and is noted as a query
    with the bytes that an answer over HTTP would have had.

    Raises:
        AccessDenied: the reader may not read entities of this type.
        TooManyRequests: the tenant is asked more often than it may be.
        Unavailable: it cannot be read now.
    """
    try:
        some, total = await _in_turn(broker, tenant, reader, type_, limit, offset)
    except AccessDenied:
        _note(broker, tenant, reader, HTTPStatus.FORBIDDEN)
        raise
    except TooManyRequests:
        _note(broker, tenant, reader, HTTPStatus.TOO_MANY_REQUESTS)
        raise
    except Unavailable:
        _note(broker, tenant, reader, HTTPStatus.SERVICE_UNAVAILABLE)
        raise
    _note(broker, tenant, reader, HTTPStatus.OK, len(orjson.dumps(some)))
    return some, total


async def _in_turn(
    broker: Broker, tenant: Tenant, reader: Principal, type_: str, limit: int, offset: int
) -> tuple[Sequence[JsonObject], int]:
    await broker.admission.enter(tenant, 0)
    try:
        seen, call = await enter(broker, tenant, reader)
        return await page_of_entities(seen, call, type_, limit=limit, offset=offset)
    finally:
        broker.admission.leave(tenant)


def _note(
    broker: Broker, tenant: Tenant, reader: Principal, status: HTTPStatus, bytes_out: int = 0
) -> None:
    if broker.meter is not None:
        broker.meter.note(
            tenant, reader, Operation.QUERY, status=status, bytes_in=0, bytes_out=bytes_out
        )
