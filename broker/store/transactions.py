"""The transaction in which groups are committed: one tenant's alone, or several tenants' together.

Alone, a group waits for whom it meets: a mover, another process. Together, none waits for a mover
on another's account: who would have to is left behind and goes alone.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby

import asyncpg

from broker.store.flush import Flush
from broker.store.inside import Reentering
from broker.store.rows import spans
from broker.store.tenants import TENANT_LOCK
from broker.store.together import Together
from kit.db import Connection

# Rows are reached by key alone, whatever the tables' statistics were when a plan was made; that
# it is made once, is a setting of the connection.
_BY_KEY = "SET LOCAL enable_seqscan = off"
_BEGIN = (
    "BEGIN;SET LOCAL renkei.tenant = '{tenant:d}';SET LOCAL lock_timeout = '5s';"
    f"{_BY_KEY};SELECT pg_advisory_xact_lock_shared({TENANT_LOCK:d}, {{tenant:d}})"
)
_ENTER = """
WITH this AS (INSERT INTO flush (tenant, id) VALUES ($1, $2)),
locked AS (
    SELECT id, kind, created_at, modified_at, expires_at, scopes, document
    FROM entity WHERE tenant = $1 AND id = ANY ($3) ORDER BY id FOR UPDATE
)
SELECT s.epoch, s.subscription_version, s.index_version, s.history_days, u.*, locked.*
FROM tenant_state s LEFT JOIN locked ON true LEFT JOIN LATERAL (
    SELECT coalesce(sum(entities), 0)::bigint AS stored_entities,
           coalesce(sum(bytes), 0)::bigint AS stored_bytes
    FROM written_amount WHERE tenant = $1
) u ON $4 WHERE s.tenant = $1"""
# Who waits for a row lets others wait: not for long.
_BEGIN_TOGETHER = f"BEGIN;SET LOCAL lock_timeout = '1s';{_BY_KEY}"
_ENTER_TOGETHER = "SELECT * FROM enter_together($1, $2, $3, $4, $5, $6, $7)"
_NOTE = """
INSERT INTO flush (tenant, id)
SELECT entered(row.tenant), id FROM unnest($1::int[], $2::uuid[]) AS row (tenant, id)"""


class Moved(Exception):
    """The tenant is not in this database, or at another epoch."""


async def commit_alone(connection: Connection, flush: Flush) -> None:
    """Commit one group; then its outcomes are the answers.

    Raises:
        Moved: the tenant is elsewhere.
        asyncpg.PostgresError: nothing is committed, unless `is_committing`.
    """
    tenant, group = flush.tenant, flush.group
    await connection.execute(_BEGIN.format(tenant=tenant.number))
    rows = await connection.fetch(
        _ENTER, tenant.number, group.id, flush.ids, flush.limit is not None
    )
    if not rows or rows[0]["epoch"] != tenant.epoch:
        raise Moved
    together = Together(connection)
    await flush.apply(connection, together, rows)
    for hook in flush.hooks:
        await flush.let(hook, connection, together)
    await _commit(connection, [flush], together)


async def commit_together(connection: Connection, flushes: Sequence[Flush]) -> Sequence[Flush]:
    """Commit groups of several tenants, each its own; answer with those that were left behind.

    Of those nothing is committed: their tenant is elsewhere, moving, or being copied. A group goes
    together with others once: that it is noted finds no replay, as it does where it goes alone.

    Args:
        connection: outside a transaction.
        flushes: of one group a tenant, each with the same hooks, or its own of the same kinds.

    Raises:
        asyncpg.PostgresError: nothing is committed of any, unless they are `is_committing`.
    """
    flushes = sorted(flushes, key=lambda flush: flush.tenant.number)  # locks are had in this order
    await connection.execute(_BEGIN_TOGETHER)
    rows = await _enter(connection, flushes)
    together = Together(connection)
    going = [flush for place, flush in enumerate(flushes, 1) if place in rows]
    insides = [Reentering(connection, flush.tenant.number) for flush in going]
    for flush, inside, found in zip(going, insides, rows.values(), strict=True):
        await flush.apply(inside, together, found)
    for hooks in zip(*(flush.hooks for flush in going), strict=True):
        for flush, inside, hook in zip(going, insides, hooks, strict=True):
            await flush.let(hook, inside, together)
    numbers = [flush.tenant.number for flush in going]
    together.add("flushed", _NOTE, numbers, [flush.group.id for flush in going])
    await _commit(connection, going, together)
    return [flush for place, flush in enumerate(flushes, 1) if place not in rows]


async def _enter(
    connection: Connection, flushes: Sequence[Flush]
) -> Mapping[int, Sequence[asyncpg.Record]]:
    """Lock tenants and the groups' Entities; answer with the rows by the tenant's place, from 1."""
    rows = await connection.fetch(
        _ENTER_TOGETHER,
        TENANT_LOCK,
        [flush.tenant.number for flush in flushes],
        [flush.tenant.epoch for flush in flushes],
        [flush.limit is not None for flush in flushes],
        *spans(flush.ids for flush in flushes),
    )
    return {place: list(found) for place, found in groupby(rows, key=lambda row: row["place"])}


async def _commit(connection: Connection, flushes: Sequence[Flush], together: Together) -> None:
    """Send what was gathered and commit, or roll back where nothing has changed."""
    if not any(flush.has_changes for flush in flushes):
        await connection.execute("ROLLBACK")
        return
    await together.send()
    for flush in flushes:
        flush.is_committing = True
    await connection.execute("COMMIT")
    for flush in flushes:
        flush.committed()
