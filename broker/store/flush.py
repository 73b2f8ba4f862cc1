"""One group's part in a transaction: its commands applied to what is stored, and that written."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import asyncpg

from broker.ngsi.apply import apply
from broker.ngsi.changes import Change
from broker.ngsi.commands import Applied
from broker.ngsi.entity import Entity
from broker.ngsi.errors import NgsiLdError, Unfit
from broker.ngsi.names import EntityId
from broker.ports import Judge, StorageLimit
from broker.store.allowance import Room, room_of
from broker.store.groups import Group, Outcome
from broker.store.hooks import AfterCommit, FlushHook, TenantState, Written
from broker.store.inside import Inside
from broker.store.kinds import Kinds
from broker.store.rows import Serialized, entity_of, write_rows
from broker.store.together import Together
from broker.store.usage_count import UsageCount
from joint_use import Tenant


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


class Flush:
    """One try to commit a group, alone or beside other tenants'; tells how far it came.

    Args:
        kinds: of the tenant, as this process knows them.
        hooks: what else is written in the transaction.
        limit: how much the tenant may store; None: there is no limit.
        judge: says whether Entities are what their data models say; None: nobody asks.
        count: counts what is written; None: nobody does.
    """

    __slots__ = (
        "_count",
        "_judge",
        "_kinds",
        "_told",
        "_written",
        "group",
        "hooks",
        "is_committing",
        "limit",
        "outcomes",
        "tenant",
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
        self.tenant = tenant
        self.group = group
        self.hooks = hooks
        self.limit = limit
        self.outcomes: list[Outcome] = []
        self.is_committing = False
        self._kinds = kinds
        self._judge = judge
        self._count = count
        self._written: Written | None = None
        self._told: list[AfterCommit] = []

    @property
    def ids(self) -> Sequence[EntityId]:
        """The Entities that the commands are of, in the order in which they are locked."""
        return sorted({command.id for command in self.group.commands})

    @property
    def has_changes(self) -> bool:
        """Whether the commands that were applied change anything."""
        return self._written is not None

    async def apply(
        self, inside: Inside, together: Together, rows: Sequence[asyncpg.Record]
    ) -> None:
        """Apply the commands to stored rows and gather the new ones; `outcomes` are the answers.

        Args:
            inside: the tenant, entered and locked.
            together: where rows are gathered.
            rows: the state of the tenant, beside each of the group's Entities that there are.
        """
        stored = await self._entities(inside, rows)
        room = None if self.limit is None else room_of(rows[0], self.limit)
        done = self._apply(stored, room)
        if not done.changes:
            return
        states = _states(stored, done.changes)
        numbers = await write_rows(
            inside, together, self.tenant.number, states, self._kinds, done.serialized
        )
        self._written = Written(
            tenant=self.tenant,
            state=_state_of(rows[0]),
            changes=done.changes,
            states=states,
            kinds=numbers,
            serialized=done.serialized,
            credits=done.credits,
            traces=done.traces,
        )
        if self._count is not None and self.tenant.number > 0:  # a snapshot's goes with it
            self._count.add(self._written, together)

    async def let(self, hook: FlushHook, inside: Inside, together: Together) -> None:
        """Let one of the hooks take part."""
        if self._written is not None:
            told = await hook.write(inside, self._written, together)
            if told is not None:
                self._told.append(told)

    def committed(self) -> None:
        """Keep what is true from now on, and tell who wanted to be told."""
        self.is_committing = False
        if self._written is not None:
            self._kinds.keep(self._written.kinds)
        for told in self._told:
            told()

    async def _entities(
        self, inside: Inside, rows: Sequence[asyncpg.Record]
    ) -> dict[EntityId, Entity]:
        entities = {}
        for row in rows:
            if row["id"] is not None:
                types = self._kinds.types(row["kind"])
                if types is None:
                    await self._kinds.learn(inside, self.tenant.number)
                    types = self._kinds.types(row["kind"]) or ()
                entities[EntityId(row["id"])] = entity_of(row, types)
        return entities

    def _apply(self, stored: Mapping[EntityId, Entity], room: Room | None) -> _Done:
        """Apply commands in order of arrival, so that those of one entity compose."""
        self.outcomes = []
        current: dict[EntityId, Entity | None] = dict(stored)
        done, group = _Done(), self.group
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
