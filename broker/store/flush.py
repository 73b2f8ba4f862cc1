"""One group of commands in one transaction (architecture: The write path)."""

import os
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import asyncpg

from broker.ngsi.apply import apply
from broker.ngsi.changes import Change
from broker.ngsi.commands import Applied, Command
from broker.ngsi.entity import Entity
from broker.ngsi.errors import NgsiLdError, Unfit
from broker.ngsi.names import EntityId
from broker.ports import Judge, StorageLimit
from broker.store.allowance import Room, room_of
from broker.store.hooks import FlushHook, TenantState, Written
from broker.store.kinds import Kinds
from broker.store.rows import Serialized, entity_of, write_rows
from broker.store.tenants import TENANT_LOCK
from broker.store.together import Together
from broker.store.usage_count import UsageCount
from joint_use import Tenant
from kit.db import Connection

Outcome: TypeAlias = Applied | NgsiLdError

# Rows are reached by key alone, whatever the tables' statistics were when a plan was made; that
# it is made once, is a setting of the connection.
_BEGIN = (
    "BEGIN;SET LOCAL renkei.tenant = '{tenant:d}';SET LOCAL lock_timeout = '5s';"
    "SET LOCAL enable_seqscan = off;"
    f"SELECT pg_advisory_xact_lock_shared({TENANT_LOCK:d}, {{tenant:d}})"
)
_ENTER = """
WITH this AS (INSERT INTO flush (tenant, id) VALUES ($1, $2)),
locked AS (
    SELECT id, kind, created_at, modified_at, expires_at, scopes, document
    FROM entity WHERE tenant = $1 AND id = ANY ($3) ORDER BY id FOR UPDATE
)
SELECT s.epoch, s.subscription_version, s.index_version, s.history_days, locked.*
FROM tenant_state s LEFT JOIN locked ON true WHERE s.tenant = $1"""


class Moved(Exception):
    """The tenant is not in this database, or at another epoch."""


@dataclass(frozen=True, slots=True)
class Group:
    """Commands that are committed together.

    Args:
        id: the same for every attempt; a committed group is found by it.
        serialized: by command, the JSON of its attributes; None: it has none.
        services: by command, the service on whose account it is.
        traces: by command, the traceparent of its request; None: it has none.
    """

    id: UUID
    commands: Sequence[Command]
    serialized: Sequence[Serialized | None]
    services: Sequence[str]
    traces: Sequence[str | None]


def new_flush_id() -> UUID:
    """Answer with a UUID (version 7) that begins with the time, so that old ones are a range."""
    milliseconds = time.time_ns() // 1_000_000
    number = (milliseconds << 80) | int.from_bytes(os.urandom(10), "big")
    number = number & ~(0xF << 76) | 0x7 << 76
    return UUID(int=number & ~(0x3 << 62) | 0x2 << 62)


def first_flush_id(at: datetime) -> UUID:
    """Answer with the least UUID that a group of this instant can have."""
    return UUID(int=int(at.timestamp() * 1000) << 80)


@dataclass(slots=True)
class _Done:
    """What commands came to: changes, each with its request's trace, and what is written of them.

    Args:
        credits: how many of the changes are on each service's account.
    """

    changes: list[Change] = field(default_factory=list)
    traces: list[str | None] = field(default_factory=list)
    serialized: dict[EntityId, Serialized] = field(default_factory=dict)
    credits: Counter[str] = field(default_factory=Counter)


class Attempt:
    """One try to commit a group; tells how far it came when it fails.

    Args:
        kinds: of the tenant, as this process knows them.
        hooks: what else is written in the transaction.
        limit: how much the tenant may store; None: there is no limit.
        judge: says whether Entities are what their data models say; None: nobody asks.
        count: counts what is written; None: nobody does.
    """

    __slots__ = (
        "_count",
        "_group",
        "_hooks",
        "_judge",
        "_kinds",
        "_limit",
        "_tenant",
        "is_begun",
        "is_committing",
        "outcomes",
    )

    def __init__(
        self,
        tenant: Tenant,
        group: Group,
        kinds: Kinds,
        hooks: Sequence[FlushHook],
        limit: StorageLimit | None = None,
        judge: Judge | None = None,
        count: UsageCount | None = None,
    ) -> None:
        self._tenant = tenant
        self._group = group
        self._kinds = kinds
        self._hooks = hooks
        self._limit = limit
        self._judge = judge
        self._count = count
        self.outcomes: list[Outcome] = []
        self.is_begun = False
        self.is_committing = False

    async def run(self, connection: Connection) -> None:
        """Begin, read, apply, write, commit; then `outcomes` are the answers.

        Raises:
            Moved: the tenant is elsewhere.
            asyncpg.PostgresError: nothing is committed, unless `is_committing`.
        """
        tenant = self._tenant.number
        self.is_begun = True
        await connection.execute(_BEGIN.format(tenant=tenant))
        ids = sorted({command.id for command in self._group.commands})
        rows = await connection.fetch(_ENTER, tenant, self._group.id, ids)
        if not rows or rows[0]["epoch"] != self._tenant.epoch:
            raise Moved
        stored = await self._entities(connection, rows)
        room = None if self._limit is None else await room_of(connection, tenant, self._limit)
        done = self._apply(stored, room)
        changes = done.changes
        if not changes:
            await connection.execute("ROLLBACK")
            return
        states = _states(stored, changes)
        together = Together()
        numbers = await write_rows(
            connection, together, tenant, states, self._kinds, done.serialized
        )
        written = Written(
            tenant=self._tenant,
            state=_state_of(rows[0]),
            changes=changes,
            states=states,
            kinds=numbers,
            serialized=done.serialized,
            credits=done.credits,
            traces=done.traces,
        )
        if self._count is not None and tenant > 0:  # what is in a snapshot goes with it
            self._count.add(written, together)
        asked = [await hook.write(connection, written, together) for hook in self._hooks]
        await together.send(connection)
        self.is_committing = True
        await connection.execute("COMMIT")
        self.is_committing = False
        self._kinds.keep(numbers)
        for after_commit in asked:
            if after_commit is not None:
                after_commit()

    async def _entities(
        self, connection: Connection, rows: Sequence[asyncpg.Record]
    ) -> dict[EntityId, Entity]:
        entities = {}
        for row in rows:
            if row["id"] is not None:
                types = self._kinds.types(row["kind"])
                if types is None:
                    await self._kinds.learn(connection, self._tenant.number)
                    types = self._kinds.types(row["kind"]) or ()
                entities[EntityId(row["id"])] = entity_of(row, types)
        return entities

    def _apply(self, stored: Mapping[EntityId, Entity], room: Room | None) -> _Done:
        """Apply commands in order of arrival, so that those of one entity compose."""
        self.outcomes = []
        current: dict[EntityId, Entity | None] = dict(stored)
        done, group = _Done(), self._group
        for command, given, service, trace in zip(
            group.commands, group.serialized, group.services, group.traces, strict=True
        ):
            try:
                applied = self._judged(apply(command, current.get(command.id)))
                if room is not None and applied.change is not None:
                    room.take(applied.change)
            except NgsiLdError as refusal:
                self.outcomes.append(refusal)
                continue
            self.outcomes.append(applied)
            if applied.change is not None:
                done.changes.append(applied.change)
                done.traces.append(trace)
                done.credits[service] += 1
                current[command.id] = applied.change.after
                if given is not None:
                    done.serialized[command.id] = given
        return done

    def _judged(self, applied: Applied) -> Applied:
        """Let the Entity's next state be judged, before it is anybody's.

        Raises:
            Unfit: it is refused.
        """
        change = applied.change
        if self._judge is None or change is None or change.after is None:
            return applied
        judgement = self._judge(change.before, change.after)
        if judgement is None:
            return applied
        if judgement.is_refused:
            raise Unfit(judgement.findings)
        return replace(applied, findings=judgement.findings)


def _states(
    stored: Mapping[EntityId, Entity], changes: Sequence[Change]
) -> dict[EntityId, tuple[Entity | None, Entity | None]]:
    """Answer with each changed entity's row before and after, in order of id.

    What was created and deleted again in one group leaves no row and needs none.
    """
    last = {change.entity_id: change.after for change in changes}
    return {
        entity_id: (stored.get(entity_id), last[entity_id])
        for entity_id in sorted(last)
        if entity_id in stored or last[entity_id] is not None
    }


def _state_of(row: asyncpg.Record) -> TenantState:
    return TenantState(
        epoch=row["epoch"],
        subscription_version=row["subscription_version"],
        index_version=row["index_version"],
        history_days=row["history_days"],
    )
