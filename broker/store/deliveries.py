"""What is due in a tenant: read by its owner, written off in groups."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

import asyncpg
import orjson

from broker.ngsi.delivery import Delivery, Fresh, Lease, Settlement, Wanted
from broker.ngsi.errors import Unavailable
from broker.ngsi.names import EntityId
from broker.ngsi.subscription import Subscription
from broker.store.entering import Entering
from broker.store.groups import new_flush_id
from broker.store.rows import columns
from broker.store.subscription_cache import SubscriptionCache
from broker.store.tenants import TenantDatabases
from broker.store.usage import count_beside
from joint_use import Tenant, japanese_day
from kit.clock import utc_now
from kit.db import Connection

_Row = TypeVar("_Row", bound=tuple[object, ...])

# These tables fill and empty within seconds: statistics say nothing of them.
_PLAN = "SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_generic_plan"
# What is written off may be lost with the server's power: then it is sent once more.
_SETTLING = _PLAN + "; SET LOCAL synchronous_commit = off"
# From where on changes are new: those before were finished at this moment. It is never beyond a
# change that was seen, and so was on the disk: after a crash of the server transactions' numbers
# may be given again, but only beyond those that were.
_HORIZON = "least(pg_snapshot_xmin(pg_current_snapshot())::text::bigint, {seen})"
_LAST = "coalesce((SELECT max(xact) + 1 FROM matched_change WHERE tenant = $1), 0)"
_BEGIN = f"""
SELECT {_HORIZON.format(seen=_LAST)} AS horizon, subscription_version AS version
FROM tenant_state WHERE tenant = $1"""  # noqa: S608 — fixed text
_FRESH = f"""
WITH fresh AS MATERIALIZED (
    SELECT number, entity_id, at, body, trace, xact
    FROM matched_change WHERE tenant = $1 AND xact >= $2
)
SELECT {_HORIZON.format(seen="coalesce((SELECT max(xact) + 1 FROM fresh), $2)")} AS horizon,
       s.subscription_version AS version, due.*
FROM tenant_state s LEFT JOIN LATERAL (
    SELECT d.subscription, c.number, c.entity_id, d.notification, c.at, c.body, c.trace,
           d.failing_since
    FROM fresh c
    JOIN delivery d ON d.tenant = $1 AND d.change = c.number
    JOIN lease l ON l.tenant = $1 AND l.subscription = d.subscription AND l.owner = $3
    ORDER BY c.number LIMIT $4
) due ON true
WHERE s.tenant = $1"""  # noqa: S608 — likewise
_REFILL = """
SELECT d.subscription, c.number, c.entity_id, d.notification, c.at, c.body, c.trace,
       d.failing_since
FROM unnest($2::bigint[], $3::int[], $4::text[], $5::text[])
    AS wanted (subscription, room, known, cut)
CROSS JOIN LATERAL (
    SELECT subscription, change, notification, failing_since FROM delivery
    WHERE tenant = $1 AND subscription = wanted.subscription
      AND change <> ALL (wanted.known::bigint[])
      AND (wanted.cut IS NULL OR NOT EXISTS (
          SELECT 1 FROM matched_change m WHERE m.tenant = $1 AND m.number = change
            AND m.entity_id IN (SELECT json_array_elements_text(wanted.cut::json))))
    ORDER BY change LIMIT wanted.room
) d
JOIN matched_change c ON c.tenant = $1 AND c.number = d.change
ORDER BY c.number"""
_DUE = """
WITH ours AS (
    UPDATE lease l SET next_due = due.next_due
    FROM unnest($3::bigint[], $4::bigint[], $5::timestamptz[], $6::uuid[])
        AS due (subscription, fencing, next_due, notification)
    WHERE l.tenant = $1 AND l.subscription = due.subscription AND l.owner = $2
      AND l.fencing = due.fencing
    RETURNING l.subscription, nextval('matched_change_number') AS number, due.notification
), noted AS (
    INSERT INTO matched_change (tenant, number, entity_id, at)
    SELECT $1, number, '', $7 FROM ours
)
INSERT INTO delivery (tenant, change, subscription, notification)
SELECT $1, number, subscription, notification FROM ours"""
_NEXT_DUE = """
UPDATE lease l SET next_due = due.next_due
FROM unnest($3::bigint[], $4::bigint[], $5::timestamptz[]) AS due (subscription, fencing, next_due)
WHERE l.tenant = $1 AND l.subscription = due.subscription AND l.owner = $2
  AND l.fencing = due.fencing"""
# Only the owner gives up: what somebody else took over is for them to try.
_BURY = """
WITH buried AS (
    DELETE FROM delivery d
    USING unnest($3::bigint[], $4::bigint[], $5::text[]) AS dead (subscription, change, cause),
          matched_change c, lease l
    WHERE d.tenant = $1 AND d.change = dead.change AND d.subscription = dead.subscription
      AND c.tenant = $1 AND c.number = d.change
      AND l.tenant = $1 AND l.subscription = d.subscription AND l.owner = $2
    RETURNING d.subscription, d.change, c.entity_id, d.notification, c.at, dead.cause, c.body
)
INSERT INTO dead_letter
    (tenant, subscription, number, entity_id, notification, at, died_at, cause, body)
SELECT $1, subscription, change, entity_id, notification, at, now(), cause, body FROM buried
ON CONFLICT DO NOTHING"""
_BURY_OLD = """
WITH buried AS (
    DELETE FROM delivery d USING matched_change c, lease l
    WHERE d.tenant = $1 AND d.subscription = $2
      AND c.tenant = $1 AND c.number = d.change AND c.at < $3
      AND l.tenant = $1 AND l.subscription = $2 AND l.owner = $5 AND l.fencing = $6
    RETURNING d.change, c.entity_id, d.notification, c.at, c.body
)
INSERT INTO dead_letter
    (tenant, subscription, number, entity_id, notification, at, died_at, cause, body)
SELECT $1, $2, change, entity_id, notification, at, now(), $4, body FROM buried
ON CONFLICT DO NOTHING"""
_DONE = """
DELETE FROM delivery d
USING unnest($2::bigint[], $3::bigint[]) AS done (subscription, change)
WHERE d.tenant = $1 AND d.change = done.change AND d.subscription = done.subscription"""
_CHANGES_DONE = """
DELETE FROM matched_change c WHERE c.tenant = $1 AND c.number = ANY ($2)
  AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.tenant = $1 AND d.change = c.number)"""
_FAILING = """
UPDATE delivery d SET failing_since = failing.since
FROM unnest($2::bigint[], $3::bigint[], $4::timestamptz[])
    AS failing (subscription, change, since)
WHERE d.tenant = $1 AND d.change = failing.change AND d.subscription = failing.subscription
  AND d.failing_since IS NULL"""
_TALLY = """
INSERT INTO subscription_outcome AS o
    (tenant, subscription, times_sent, times_failed, last_notification, last_success,
     last_failure, cause, failing_since)
SELECT $1, t.* FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::timestamptz[],
    $6::timestamptz[], $7::timestamptz[], $8::text[], $9::timestamptz[])
    AS t (subscription, sent, failed, last_notification, last_success, last_failure, cause, since)
WHERE EXISTS (SELECT 1 FROM subscription s WHERE s.tenant = $1 AND s.number = t.subscription)
ORDER BY t.subscription
ON CONFLICT (tenant, subscription) DO UPDATE
SET times_sent = o.times_sent + excluded.times_sent,
    times_failed = o.times_failed + excluded.times_failed,
    last_notification = coalesce(excluded.last_notification, o.last_notification),
    last_success = coalesce(excluded.last_success, o.last_success),
    last_failure = coalesce(excluded.last_failure, o.last_failure),
    cause = excluded.cause, failing_since = excluded.failing_since"""
_WINDOWS = """
UPDATE lease l SET window_ends_at = w.ends_at
FROM unnest($3::bigint[], $4::bigint[], $5::timestamptz[]) AS w (subscription, fencing, ends_at)
WHERE l.tenant = $1 AND l.subscription = w.subscription AND l.owner = $2
  AND l.fencing = w.fencing"""
_ANY_LEFT = "SELECT EXISTS (SELECT 1 FROM delivery WHERE tenant = $1)"
_ANY_DEAD = "SELECT EXISTS (SELECT 1 FROM dead_letter WHERE tenant = $1)"
# Of a subscription that was removed while a write matched it.
_STRAYS = """
WITH RECURSIVE there AS (
    SELECT min(subscription) AS number FROM delivery WHERE tenant = $1
    UNION ALL
    SELECT (SELECT min(subscription) FROM delivery
            WHERE tenant = $1 AND subscription > there.number)
    FROM there WHERE there.number IS NOT NULL
)
DELETE FROM delivery d USING there
WHERE d.tenant = $1 AND d.subscription = there.number
  AND NOT EXISTS (SELECT 1 FROM subscription s WHERE s.tenant = $1 AND s.number = there.number)"""
_ORPHANS = """
DELETE FROM matched_change c WHERE c.tenant = $1 AND c.at < now() - interval '10 minutes'
  AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.tenant = $1 AND d.change = c.number)"""
_EXPIRE = "DELETE FROM dead_letter WHERE tenant = $1 AND died_at < now() - $2::interval"


class PostgresDeliveries:
    """Undelivered notifications of tenants; all statements are of one tenant's database.

    Args:
        tenants: lends connections that have entered a tenant.
        cache: the process's subscriptions.
    """

    def __init__(self, tenants: TenantDatabases, cache: SubscriptionCache) -> None:
        self._tenants = Entering(tenants)
        self._cache = cache

    async def subscriptions(self, tenant: Tenant, version: int) -> Mapping[int, Subscription]:
        """Answer with the tenant's subscriptions by number, at this version or a later one."""
        known = self._cache.get(tenant)
        if known is None or known.version < version or version == 0:
            async with self._tenants.reading(tenant) as connection:
                known = await self._cache.refresh(connection, tenant)
        return known.readable

    async def begin(self, tenant: Tenant) -> Fresh:
        """Say from where on changes are new; what was due before is found by `refill`."""
        async with self._tenants.reading(tenant) as connection:
            await connection.execute(_PLAN)
            row = await connection.fetchrow(_BEGIN, tenant.number)
        if row is None:
            raise Unavailable("The tenant is not in this database any more")
        return Fresh(horizon=row["horizon"], version=row["version"])

    async def fresh(self, tenant: Tenant, owner: UUID, horizon: int, limit: int) -> Fresh:
        """Look for what was committed since another look, in order of changes."""
        async with self._tenants.reading(tenant) as connection:
            await connection.execute(_PLAN)
            rows = await connection.fetch(_FRESH, tenant.number, horizon, owner, limit)
        found = [_delivery(row) for row in rows if row["number"] is not None]
        return Fresh(
            horizon=rows[0]["horizon"],
            version=rows[0]["version"],
            deliveries=found,
            is_cut=len(found) == limit,
        )

    async def refill(self, tenant: Tenant, wanted: Mapping[int, Wanted]) -> Sequence[Delivery]:
        """Read the oldest undelivered ones of some subscriptions, in order of changes."""
        asked = [
            (
                number,
                one.room,
                "{" + ",".join(map(str, one.known)) + "}",
                orjson.dumps(one.cut).decode() if one.cut else None,
            )
            for number, one in wanted.items()
        ]
        async with self._tenants.reading(tenant) as connection:
            await connection.execute(_PLAN)
            rows = await connection.fetch(_REFILL, tenant.number, *columns(asked))
        return [_delivery(row) for row in rows]

    async def fire(
        self,
        tenant: Tenant,
        owner: UUID,
        due: Sequence[tuple[Lease, datetime]],
        *,
        at: datetime,
    ) -> None:
        """Let intervals be over: what is due is inserted and the next time set, or neither."""
        rows = [
            (lease.subscription, lease.fencing, next_due, new_flush_id()) for lease, next_due in due
        ]
        async with self._tenants.writing(tenant) as connection:
            await connection.execute(_DUE, tenant.number, owner, *columns(rows), at)

    async def set_next_due(
        self, tenant: Tenant, owner: UUID, due: Sequence[tuple[Lease, datetime]]
    ) -> None:
        """Set when intervals are over next, without anything being due now."""
        rows = [(lease.subscription, lease.fencing, next_due) for lease, next_due in due]
        async with self._tenants.writing(tenant) as connection:
            await connection.execute(_NEXT_DUE, tenant.number, owner, *columns(rows))

    async def settle(self, tenant: Tenant, owner: UUID, settlement: Settlement) -> None:
        """Write down what became of attempts, in one transaction."""
        number = tenant.number
        gone = {change for _, change in settlement.done}
        gone |= {change for _, change, _ in settlement.dead}
        async with self._tenants.writing(tenant) as connection:
            await connection.execute(_SETTLING)
            if settlement.dead:
                await connection.execute(_BURY, number, owner, *columns(settlement.dead))
            await _each(connection, _DONE, number, sorted(settlement.done))
            if gone:
                await connection.execute(_CHANGES_DONE, number, sorted(gone))
            await _each(connection, _FAILING, number, settlement.failing)
            await _each(connection, _TALLY, number, _tally_rows(settlement))
            windows = [(one, *window) for one, window in sorted(settlement.windows.items())]
            if windows:
                await connection.execute(_WINDOWS, number, owner, *columns(windows))
            arrived = sum(one.sent - one.failed for one in settlement.tallies.values())
            if arrived:
                day = japanese_day(utc_now())
                await count_beside(connection, number, day, notifications=arrived)

    async def bury(self, tenant: Tenant, lease: Lease, before: datetime, cause: str) -> int:
        """Make dead letters of what became due before a time, if the lease still holds."""
        holder = (lease.owner, lease.fencing)
        number = lease.subscription
        async with self._tenants.writing(tenant) as connection:
            told: str = await connection.execute(
                _BURY_OLD, tenant.number, number, before, cause, *holder
            )
        return int(told.rpartition(" ")[2])  # INSERT 0 17

    async def is_drained(self, tenant: Tenant) -> bool:
        """Tell whether nothing is undelivered in a tenant, whoever owns it."""
        async with self._tenants.reading(tenant) as connection:
            return not await connection.fetchval(_ANY_LEFT, tenant.number)

    async def has_dead_letters(self, tenant: Tenant) -> bool:
        """Tell whether dead letters are kept in a tenant that are to be removed one day."""
        async with self._tenants.reading(tenant) as connection:
            return bool(await connection.fetchval(_ANY_DEAD, tenant.number))

    async def tidy(self, tenant: Tenant, dead_letters_kept_s: float) -> None:
        """Remove what nobody refers to, and dead letters that are too old."""
        async with self._tenants.writing(tenant) as connection:
            await connection.execute(_STRAYS, tenant.number)
            await connection.execute(_ORPHANS, tenant.number)
            await connection.execute(_EXPIRE, tenant.number, timedelta(seconds=dead_letters_kept_s))


async def _each(connection: Connection, statement: str, tenant: int, rows: Sequence[_Row]) -> None:
    if rows:
        await connection.execute(statement, tenant, *columns(rows))


def _tally_rows(settlement: Settlement) -> list[tuple[object, ...]]:
    return [
        (
            number,
            one.sent,
            one.failed,
            one.last_notification,
            one.last_success,
            one.last_failure,
            one.cause,
            one.failing_since,
        )
        for number, one in sorted(settlement.tallies.items())
    ]


def _delivery(row: asyncpg.Record) -> Delivery:
    return Delivery(
        subscription=row["subscription"],
        change=row["number"],
        entity_id=EntityId(row["entity_id"]),
        notification=row["notification"],
        at=row["at"],
        body=row["body"],
        trace=row["trace"],
        failing_since=row["failing_since"],
    )
