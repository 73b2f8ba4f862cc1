"""Counts, in a write's own transaction, what it changed and by how much that made a tenant grow."""

from uuid import UUID, uuid4

import orjson

from broker.store.amounts import Amount
from broker.store.hooks import Written
from broker.store.together import Together
from joint_use import japanese_day
from kit.clock import Clock

_ADD = """
INSERT INTO written_amount AS w
    (tenant, day, service, process, changes, entities, attributes, bytes)
SELECT entered(row.tenant), row.day, row.service, row.process, row.changes, row.entities,
       row.attributes, row.bytes
FROM unnest($1::int[], $2::date[], $3::text[], $4::uuid[], $5::bigint[], $6::bigint[],
            $7::bigint[], $8::bigint[])
    AS row (tenant, day, service, process, changes, entities, attributes, bytes)
ON CONFLICT (tenant, day, service, process) DO UPDATE
SET changes = w.changes + excluded.changes, entities = w.entities + excluded.entities,
    attributes = w.attributes + excluded.attributes, bytes = w.bytes + excluded.bytes"""


class UsageCount:
    """Adds each group to the rows of this process; a group that is rolled back adds nothing.

    Args:
        clock: says what day it is.
        process: whose rows; by default a new one.
    """

    def __init__(self, clock: Clock, process: UUID | None = None) -> None:
        self._clock = clock
        self._process = process or uuid4()

    def add(self, written: Written, together: Together) -> None:
        """Let what the group changed be added with what it writes, by service.

        What is stored has no service: it is added to the first one's row.
        """
        services = sorted(written.credits)  # who folds rows locks them in this order, too
        others = [0] * (len(services) - 1)
        amount = _grown(written)
        together.add(
            "counted",
            _ADD,
            [written.tenant.number] * len(services),
            [japanese_day(self._clock())] * len(services),
            services,
            [self._process] * len(services),
            [written.credits[service] for service in services],
            [amount.entities, *others],
            [amount.attributes, *others],
            [amount.bytes, *others],
        )


def _grown(written: Written) -> Amount:
    """Sum up by how much what is stored grows; no object per entity, this is every write's way."""
    entities = attributes = octets = 0
    for entity_id, (before, after) in written.states.items():
        if after is not None:
            given = written.serialized.get(entity_id)
            is_whole = given is not None and given.attributes is after.attributes
            entities += 1
            attributes += sum(map(len, after.attributes.values()))
            octets += given.size if given and is_whole else len(orjson.dumps(after.attributes))
        if before is not None:
            entities -= 1
            attributes -= sum(map(len, before.attributes.values()))
            octets -= len(orjson.dumps(before.attributes))
    return Amount(entities=entities, attributes=attributes, bytes=octets)
