"""The usage of tenants in the control database (port `UsageLedger`): all of its SQL but queries."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from joint_use.store.usage_journal import NAMES, amounts_of, name_of, slots_in
from joint_use.store.usage_queries import read_usage
from joint_use.terms.tenant import Tenant
from joint_use.terms.usage import Operation, TenantCount, Usage, Wanted, japanese_day
from kit.db import Connection, Database, Databases

_HOLD = """
INSERT INTO usage_journal (file, up_to) VALUES ($1, $2)
ON CONFLICT (file) DO UPDATE SET counted_at = now() RETURNING up_to"""
_MOVE_ON = "UPDATE usage_journal SET up_to = $2 WHERE file = $1"
_FORGET = "DELETE FROM usage_journal WHERE file = $1"
_UP_TO = "SELECT up_to FROM usage_journal WHERE file = $1"
# In order of the key, so that processes wait for each other in one direction alone.
_ADD_REQUESTS = """
INSERT INTO usage_request AS u
    (day, tenant, service, operation, status, requests, bytes_in, bytes_out)
SELECT r.day, r.tenant, r.service, r.operation, r.status, r.requests, r.bytes_in, r.bytes_out
FROM unnest($1::date[], $2::int[], $3::text[], $4::text[], $5::smallint[], $6::bigint[],
            $7::bigint[], $8::bigint[])
    AS r (day, tenant, service, operation, status, requests, bytes_in, bytes_out)
JOIN tenant ON tenant.number = r.tenant
ORDER BY 1, 2, 3, 4, 5
ON CONFLICT (day, tenant, service, operation, status) DO UPDATE
SET requests = u.requests + excluded.requests, bytes_in = u.bytes_in + excluded.bytes_in,
    bytes_out = u.bytes_out + excluded.bytes_out"""
_ADD_USERS = """
INSERT INTO usage_user (day, tenant, service, hash)
SELECT r.day, r.tenant, r.service, r.hash
FROM unnest($1::date[], $2::int[], $3::text[], $4::bigint[]) AS r (day, tenant, service, hash)
JOIN tenant ON tenant.number = r.tenant
ORDER BY 1, 2, 3, 4
ON CONFLICT DO NOTHING"""
_NOTE_STORED = """
INSERT INTO usage_stored AS u (day, tenant, entities, attributes, bytes, seen_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (day, tenant) DO UPDATE
SET entities = excluded.entities, attributes = excluded.attributes, bytes = excluded.bytes,
    seen_at = excluded.seen_at
WHERE u.seen_at <= excluded.seen_at"""
_NOTE_WRITTEN = """
INSERT INTO usage_written AS u (day, tenant, service, changes, notifications)
SELECT day, $1, service, changes, notifications
FROM unnest($2::date[], $3::text[], $4::bigint[], $5::bigint[])
    AS r (day, service, changes, notifications)
ORDER BY 1, 3
ON CONFLICT (day, tenant, service) DO UPDATE
SET changes = greatest(u.changes, excluded.changes),
    notifications = greatest(u.notifications, excluded.notifications)"""
_CLOSE_DAYS = """
WITH gone AS (DELETE FROM usage_user WHERE day < $1 RETURNING day, tenant, service, hash)
INSERT INTO usage_user_count AS u (day, tenant, service, users)
SELECT day, tenant, service, count(DISTINCT hash) FROM gone
GROUP BY GROUPING SETS ((day, tenant, service), (day, tenant))
ON CONFLICT (day, tenant, service) DO UPDATE SET users = u.users + excluded.users"""
_NOT_SEEN = """
SELECT name FROM tenant t
WHERE status = 'active' AND storage <> 'external' AND NOT EXISTS (
    SELECT FROM usage_stored u WHERE u.tenant = t.number AND u.day = $1)
ORDER BY random() LIMIT $2"""
_SEEN = """
SELECT number, name, EXISTS (
    SELECT FROM usage_stored u WHERE u.tenant = t.number AND u.day >= $2 AND u.seen_at > $3
) AS is_seen FROM tenant t WHERE number = ANY ($1)"""

_Key = tuple[int, int, int, int, int]  # hour, tenant, name, operation, status
_Row = tuple[date, int, str, str, int, int, int, int]


@dataclass(slots=True)
class Tally:
    """What part of a journal counts for, from one position to another."""

    start: int
    stop: int
    _sums: dict[_Key, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0]))
    _users: set[tuple[int, int, int, int]] = field(default_factory=set)
    _names: list[str] = field(default_factory=list)

    def add(self, part: bytes, names: list[str]) -> None:
        """Add slots as they stand in a journal."""
        for at_s, tenant, name, kind, status, user, total, received in slots_in(part):
            hour = at_s // 3_600
            requests, sent = amounts_of(total)
            sums = self._sums[hour, tenant, name, kind, status]
            sums[0] += requests
            sums[1] += received
            sums[2] += sent
            if user:
                self._users.add((hour, tenant, name, user))
        self._names = names

    @property
    def requests(self) -> Iterator[_Row]:
        """What is to be added of requests, by day, tenant, service, operation and status."""
        for (hour, tenant, name, kind, status), sums in self._sums.items():
            service = name_of(self._names, name)
            requests, received, sent = sums
            day, operation = _day_of(hour), _LABELS[kind]
            yield day, tenant, service, operation, status, requests, received, sent

    @property
    def users(self) -> Iterator[tuple[date, int, str, int]]:
        """Who used what on which day."""
        for hour, tenant, name, user in self._users:
            yield _day_of(hour), tenant, name_of(self._names, name), user

    @property
    def writers(self) -> set[int]:
        """Tenants that were written to."""
        return {tenant for _, tenant, _, kind, _ in self._sums if kind in _WRITING}


class UsageStore:
    """Keeps what was counted.

    Args:
        databases: the process's connections.
        control: the control database.
    """

    def __init__(self, databases: Databases, control: Database) -> None:
        self._databases = databases
        self._control = control

    async def usage(self, wanted: Wanted) -> Sequence[Usage]:
        """Sum up usage, in order of the groups."""
        async with self._databases.connection(self._control) as connection:
            return await read_usage(connection, wanted)

    async def note(self, tenant: Tenant, count: TenantCount, *, day: date, at: datetime) -> None:
        """Keep what a tenant's own database has counted; noted twice it is the same."""
        stored = count.stored
        amounts = (stored.entities, stored.attributes, stored.bytes)
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            await connection.execute(_NOTE_STORED, day, tenant.number, *amounts, at)
            rows = [(one.day, one.service, one.changes, one.notifications) for one in count.written]
            if rows:
                await connection.execute(_NOTE_WRITTEN, tenant.number, *_columns(rows))

    async def close_days(self, before: date) -> None:
        """Keep of earlier days how many users there were, and no more which ones."""
        async with self._databases.connection(self._control) as connection:
            await connection.execute(_CLOSE_DAYS, before)

    async def add(self, file: str, tally: Tally) -> int:
        """Add what part of a journal counts for, unless somebody has; both or neither happens.

        Returns:
            Up to where the journal is counted now.
        """
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            up_to: int = await connection.fetchval(_HOLD, file, NAMES)
            if up_to != tally.start:
                return up_to
            await _add(connection, tally)
            await connection.execute(_MOVE_ON, file, tally.stop)
        return tally.stop

    async def counted(self, file: str) -> int:
        """Answer up to where a journal is counted."""
        async with self._databases.connection(self._control) as connection:
            return await connection.fetchval(_UP_TO, file) or 0

    async def forget(self, file: str) -> None:
        """Forget a journal that is deleted."""
        async with self._databases.connection(self._control) as connection:
            await connection.execute(_FORGET, file)

    async def not_seen(self, day: date, most: int) -> list[str]:
        """Answer with some tenants whose own database nobody has read on a day."""
        async with self._databases.connection(self._control) as connection:
            return [row["name"] for row in await connection.fetch(_NOT_SEEN, day, most)]

    async def due(
        self, numbers: Iterable[int], since: datetime
    ) -> tuple[Sequence[str], AbstractSet[int]]:
        """Say which of some tenants nobody has read since an instant, and which somebody has.

        Returns:
            names of the ones and numbers of the others; numbers that are no tenant's are neither.
        """
        day = japanese_day(since)
        async with self._databases.connection(self._control) as connection:
            rows = await connection.fetch(_SEEN, list(numbers), day, since)
        return (
            [row["name"] for row in rows if not row["is_seen"]],
            {row["number"] for row in rows if row["is_seen"]},
        )


async def _add(connection: Connection, tally: Tally) -> None:
    sums: dict[tuple[object, ...], list[int]] = defaultdict(lambda: [0, 0, 0])
    for *key, requests, bytes_in, bytes_out in tally.requests:  # hours into days
        day = sums[tuple(key)]
        day[0] += requests
        day[1] += bytes_in
        day[2] += bytes_out
    if sums:
        await connection.execute(
            _ADD_REQUESTS, *_columns((*key, *counted) for key, counted in sums.items())
        )
    users = set(tally.users)
    if users:
        await connection.execute(_ADD_USERS, *_columns(users))


def _columns(rows: Iterable[tuple[object, ...]]) -> Iterable[list[object]]:
    return map(list, zip(*rows, strict=True))


def _day_of(hour: int) -> date:
    return japanese_day(datetime.fromtimestamp(hour * 3_600, UTC))


_LABELS = {operation.value: operation.label for operation in Operation}
_WRITING = frozenset({Operation.WRITE.value, Operation.BATCH.value, Operation.SUBSCRIBE.value})
