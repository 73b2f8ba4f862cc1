"""What our own pages and downloads read of a tenant: let in and counted as any request is."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus

from broker import AccessDenied, Broker, TooManyRequests, Unavailable
from datamodels import NotAllowed, SinkRefused
from joint_use import Operation, Principal, Tenant


@dataclass(slots=True)
class Sent:
    """What goes out for a read.

    Args:
        bytes: of the answer's body.
    """

    bytes: int = 0


@asynccontextmanager
async def in_turn(broker: Broker, tenant: Tenant, reader: Principal) -> AsyncIterator[Sent]:
    """Read in a turn among the tenant's requests: it spends of the quota and is noted as a query.

    Raises:
        TooManyRequests: the tenant is asked more often than it may be.
    """
    sent = Sent()
    try:
        await broker.admission.enter(tenant, 0)
        try:
            yield sent
        finally:
            broker.admission.leave(tenant)
    except Exception as error:
        _note(broker, tenant, reader, _status_of(error), 0)
        raise
    _note(broker, tenant, reader, HTTPStatus.OK, sent.bytes)


def _status_of(error: Exception) -> HTTPStatus:
    if isinstance(error, AccessDenied | NotAllowed):
        return HTTPStatus.FORBIDDEN
    if isinstance(error, TooManyRequests):
        return HTTPStatus.TOO_MANY_REQUESTS
    if isinstance(error, Unavailable | SinkRefused):
        return HTTPStatus.SERVICE_UNAVAILABLE
    return HTTPStatus.INTERNAL_SERVER_ERROR


def _note(
    broker: Broker, tenant: Tenant, reader: Principal, status: HTTPStatus, bytes_out: int
) -> None:
    if broker.meter is not None:
        broker.meter.note(
            tenant, reader, Operation.QUERY, status=status, bytes_in=0, bytes_out=bytes_out
        )
