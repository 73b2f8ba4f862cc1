"""The broker's store, put together from its parts."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from broker.ports import JudgeOf, StorageLimitOf, unjudged, unlimited
from broker.store.committer import Committer
from broker.store.entities import PostgresEntities
from broker.store.history import HistoryHook
from broker.store.hooks import FlushHook
from broker.store.index_work import IndexWork
from broker.store.indexes import StoredIndexes
from broker.store.indexing import IndexHook
from broker.store.lanes import Lanes
from broker.store.queue import Limits
from broker.store.reads import Reads
from broker.store.shared_commits import SharedCommits
from broker.store.tenants import TenantDatabases
from broker.store.usage_count import UsageCount
from kit.clock import Clock, utc_now
from kit.db import Databases


@dataclass(frozen=True, slots=True)
class Store:
    """Entities and tenants' databases of one process; closed before its connections are.

    Args:
        index_work: what declared paths still need; its `run` is for `kit.tasks.supervise`.
    """

    tenants: TenantDatabases
    entities: PostgresEntities
    indexes: StoredIndexes
    index_work: IndexWork
    lanes: Lanes
    shared: SharedCommits
    reads: Reads

    @classmethod
    def open(
        cls,
        databases: Databases,
        tenants: TenantDatabases,
        *,
        hooks: Sequence[FlushHook] = (),
        limits: Limits | None = None,
        clock: Clock = utc_now,
        max_walked: int | None = None,
        limit_of: StorageLimitOf = unlimited,
        judge_of: JudgeOf = unjudged,
        is_metered: bool = True,
    ) -> Self:
        """Put a store together.

        Args:
            databases: the process's connections.
            tenants: their databases.
            hooks: what writes take part in each group's transaction after index and history.
            limits: how much groups and queues may hold.
            clock: says what is expired.
            max_walked: entities that a query without an index may go through; None: any number.
            limit_of: says how much a tenant may store.
            judge_of: says who judges a tenant's Entities.
            is_metered: whether writes are counted; without it storage limits are not kept.
        """
        count = UsageCount(clock) if is_metered else None
        shared = SharedCommits(databases, tenants)

        def make_committer() -> Committer:
            written: Sequence[FlushHook] = (IndexHook(), HistoryHook(), *hooks)
            return Committer(
                databases,
                tenants,
                written,
                shared,
                limit_of=limit_of,
                judge_of=judge_of,
                count=count,
            )

        lanes, reads = Lanes(make_committer, limits), Reads(databases, tenants, clock)
        entities = PostgresEntities(lanes, reads, tenants, clock=clock, max_walked=max_walked)
        work = IndexWork(tenants)
        indexes = StoredIndexes(tenants, work.take_up)
        return cls(tenants, entities, indexes, work, lanes, shared, reads)

    async def end_idle(self, every_s: float = 60.0) -> None:
        """End lanes that are not used any more, until cancelled; for `kit.tasks.supervise`."""
        while True:
            await asyncio.sleep(every_s)
            self.lanes.end_idle()
            self.shared.end_idle()
            self.reads.end_idle()

    async def close(self) -> None:
        """Commit what waits, then stop."""
        await self.lanes.close()
        await self.shared.close()
        await self.reads.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
