"""Counts, in a write's own transaction, what it changed and by how much that made a tenant grow."""

from datetime import date
from uuid import UUID, uuid4

import orjson

from broker.store.amounts import NOTHING, Amount
from broker.store.hooks import Written
from joint_use import japanese_day
from kit.clock import Clock


class UsageCount:
    """Adds each group to the row of this process; a group that is rolled back adds nothing.

    Args:
        clock: says what day it is.
        process: whose row; by default a new one.
    """

    def __init__(self, clock: Clock, process: UUID | None = None) -> None:
        self._clock = clock
        self._process = process or uuid4()

    def statements(self, written: Written) -> str:
        """Write SQL that adds what the group changed, to be sent along with its COMMIT.

        A statement of its own would cost a group as much as a tenth of its other work.
        """
        day, amount = japanese_day(self._clock()), _grown(written)
        parts = []
        for service, changes in written.credits.items():
            parts.append(
                counting(written.tenant.number, day, service, self._process, changes, amount)
            )
            amount = NOTHING
        return "".join(parts)


def counting(
    tenant: int,
    day: date,
    service: str,
    process: UUID,
    changes: int,
    amount: Amount,
    notifications: int = 0,
) -> str:
    """Write one statement that counts; the service's name travels as digits, whatever is in it."""
    name = f"convert_from('\\x{service.encode().hex()}', 'UTF8')"
    return (
        f"SELECT count_written({tenant:d}, '{day}', {name}, '{process}', {changes:d}, "
        f"{notifications:d}, {amount.entities:d}, {amount.attributes:d}, {amount.bytes:d});"
    )


def _grown(written: Written) -> Amount:
    """Sum up by how much what is stored grows; no object per entity, this is every write's way."""
    entities = attributes = octets = 0
    for before, after in written.states.values():
        if after is not None:
            entities += 1
            attributes += sum(map(len, after.attributes.values()))
            octets += len(orjson.dumps(after.attributes))
        if before is not None:
            entities -= 1
            attributes -= sum(map(len, before.attributes.values()))
            octets -= len(orjson.dumps(before.attributes))
    return Amount(entities=entities, attributes=attributes, bytes=octets)
