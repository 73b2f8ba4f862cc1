"""Counts, in a write's own transaction, what it changed and how much is stored then."""

from collections.abc import Mapping
from uuid import UUID, uuid4

import orjson

from broker.store.amounts import Amount
from broker.store.hooks import Written
from joint_use import japanese_day
from kit.clock import Clock
from kit.db import Connection

# One statement: what is stored by this process's row, what was written by its rows of the day.
_ADD = """
WITH stored AS (
    INSERT INTO stored_amount AS s (tenant, process, entities, attributes, bytes)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (tenant, process) DO UPDATE
    SET entities = s.entities + excluded.entities,
        attributes = s.attributes + excluded.attributes,
        bytes = s.bytes + excluded.bytes
)
INSERT INTO written_amount AS w (tenant, day, service, process, changes, notifications)
SELECT $1, $6, service, $2, changes, 0 FROM unnest($7::text[], $8::bigint[]) AS r (service, changes)
ON CONFLICT (tenant, day, service, process) DO UPDATE SET changes = w.changes + excluded.changes"""


class UsageHook:
    """Adds each group to the rows of this process; a group that is rolled back adds nothing.

    Args:
        clock: says what day it is.
        process: whose rows; by default new ones.
    """

    def __init__(self, clock: Clock, process: UUID | None = None) -> None:
        self._clock = clock
        self._process = process or uuid4()

    async def write(self, connection: Connection, written: Written) -> None:
        """Add what the group changed."""
        if not written.credits:
            return  # the filling of a snapshot is nobody's writing
        more = _more(written)
        await connection.execute(
            _ADD,
            written.tenant.number,
            self._process,
            more.entities,
            more.attributes,
            more.bytes,
            japanese_day(self._clock()),
            *_columns(written.credits),
        )


def _more(written: Written) -> Amount:
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


def _columns(credits_: Mapping[str, int]) -> tuple[list[str], list[int]]:
    return list(credits_), list(credits_.values())
