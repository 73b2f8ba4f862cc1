"""Monthly partitions of the history: made ahead of need, dropped when their time is over."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from kit.db import Connection

PARENT = "attribute_instance"
_MONTHS_AHEAD = 2
_LOCK_CLASS = 0x726E6B70
_LIST = """
SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'attribute_instance'::regclass"""


def month_of(instant: datetime) -> datetime:
    """Answer with the first instant of the month.

    >>> month_of(datetime(2026, 9, 17, 5, tzinfo=UTC)).isoformat()
    '2026-09-01T00:00:00+00:00'
    """
    return datetime(instant.year, instant.month, 1, tzinfo=UTC)


def next_month(month: datetime) -> datetime:
    """Answer with the month after the one that begins here."""
    return month_of(month + timedelta(days=32))


def partition_name(month: datetime) -> str:
    """Answer with the table that holds what was recorded in a month.

    >>> partition_name(datetime(2026, 9, 1, tzinfo=UTC))
    'attribute_instance_2026_09'
    """
    return f"{PARENT}_{month:%Y_%m}"


def months_ahead(now: datetime) -> Iterator[datetime]:
    """Answer with the months that must have a partition now."""
    month = month_of(now)
    for _ in range(_MONTHS_AHEAD + 1):
        yield month
        month = next_month(month)


async def add_partitions(connection: Connection, now: datetime) -> list[str]:
    """Create the partitions that this month and the next ones lack; the connection is the owner's.

    A table is made apart and attached, so that writers wait for nothing.
    """
    names = {partition_name(month): month for month in months_ahead(now)}
    there = await _partitions(connection)
    missing = [name for name in names if name not in there]
    if not missing:
        return []
    async with connection.transaction():
        await _lock(connection)
        there = await _partitions(connection)
        added = [name for name in missing if name not in there]
        for name in added:
            await _attach(connection, name, names[name])
    return added


async def add_partitions_since(connection: Connection, earliest: datetime, now: datetime) -> None:
    """Create the partitions for what was recorded from an instant on until now."""
    there, month = await _partitions(connection), month_of(earliest)
    while month <= now:
        name = partition_name(month)
        if name not in there:
            async with connection.transaction():
                await _lock(connection)
                if name not in await _partitions(connection):
                    await _attach(connection, name, month)
        month = next_month(month)


async def add_same_partitions(source: Connection, target: Connection) -> None:
    """Create the partitions in one database that another one has; both are the owner's."""
    missing = await _partitions(source) - await _partitions(target)
    for name in sorted(missing):
        async with target.transaction():
            await _lock(target)
            if name not in await _partitions(target):
                await _attach(target, name, _month_named(name))


async def drop_partitions(connection: Connection, before: datetime) -> list[str]:
    """Drop the partitions that hold nothing recorded at `before` or later."""
    last_kept = partition_name(month_of(before))
    dropped = sorted(name for name in await _partitions(connection) if name < last_kept)
    for name in dropped:
        async with connection.transaction():
            await _lock(connection)
            await connection.execute(f'DROP TABLE IF EXISTS "{name}"')
    return dropped


def _month_named(name: str) -> datetime:
    """Answer with the month that a partition is of.

    >>> _month_named("attribute_instance_2026_09").isoformat()
    '2026-09-01T00:00:00+00:00'
    """
    return datetime(int(name[-7:-3]), int(name[-2:]), 1, tzinfo=UTC)


async def _partitions(connection: Connection) -> set[str]:
    return {row[0] for row in await connection.fetch(_LIST)}


async def _lock(connection: Connection) -> None:
    await connection.execute("SET LOCAL lock_timeout = '4s'")
    await connection.execute("SELECT pg_advisory_xact_lock($1::int, 0)", _LOCK_CLASS)


async def _attach(connection: Connection, name: str, month: datetime) -> None:
    """Make one partition; name and bounds are made of numbers alone."""
    await connection.execute(
        f'CREATE TABLE "{name}" (LIKE {PARENT} INCLUDING ALL);'
        f'ALTER TABLE {PARENT} ATTACH PARTITION "{name}"'
        f" FOR VALUES FROM ('{month:%Y-%m-%d}Z') TO ('{next_month(month):%Y-%m-%d}Z')"
    )
