"""SnapshotKeeper: the task that fills Snapshots, ends those whose time is over, and clears away."""

import asyncio
from collections import Counter

import structlog

from broker.ngsi.snapshot import Snapshot, SnapshotId
from broker.operations.snapshot_filling import Filler
from joint_use import Tenant
from kit.errors import RenkeiError

log = structlog.stdlib.get_logger("broker.snapshots")

_AT_ONCE = 2  # tenants; each takes two connections while a snapshot is filled
_TOLD_AT_ONCE = 64  # receivers
_TOLD_PER_TENANT = 8
_RETRY_S = 1.0
_MARGIN_S = 0.05  # after an instant in the database, so that it is over by every clock


class SnapshotKeeper:
    """Tends the Snapshots of tenants for which there is something to be done (§5.16).

    Nothing depends on one process: what it has begun is in the database, and another one goes on
    when the claim is over. A receiver that is away holds up nobody.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, Tenant] = {}
        self._tended: set[str] = set()
        self._told: set[tuple[str, SnapshotId]] = set()
        self._told_of: Counter[str] = Counter()
        self._is_woken = asyncio.Event()
        self._receivers = asyncio.Semaphore(_TOLD_AT_ONCE)

    def wake(self, tenant: Tenant) -> None:
        """Say that there is something to be done for a tenant, or may be."""
        self._waiting[tenant.name] = tenant
        self._is_woken.set()

    async def run(self, filler: Filler) -> None:
        """Tend tenants, until cancelled; for `kit.tasks.supervise`."""
        self._tended.clear()
        self._told.clear()
        self._told_of.clear()
        async with asyncio.TaskGroup() as group:
            while True:
                await self._is_woken.wait()
                self._is_woken.clear()
                for name in [name for name in self._waiting if name not in self._tended]:
                    if len(self._tended) < _AT_ONCE:
                        self._tended.add(name)
                        group.create_task(self._tend(filler, self._waiting.pop(name), group))

    async def _tend(self, filler: Filler, tenant: Tenant, group: asyncio.TaskGroup) -> None:
        is_through = False
        try:
            for over in await filler.filling.expire(tenant):
                group.create_task(self._tell_of_end(filler, tenant, over))
            while await filler.fill_next(tenant):
                pass
            await self._tell_all(filler, tenant, group)
            await filler.filling.clear(tenant)
            due = await filler.filling.due(tenant)
            if due is not None:
                delay_s = (due - filler.broker.clock()).total_seconds() + _MARGIN_S
                self._wake_later(tenant, delay_s)
            is_through = True
        except RenkeiError as error:
            log.warning("snapshots_not_tended", tenant=tenant.name, reason=error.detail)
        finally:
            if not is_through:
                self._wake_later(tenant, _RETRY_S)
            self._tended.discard(tenant.name)
            self._is_woken.set()

    async def _tell_all(self, filler: Filler, tenant: Tenant, group: asyncio.TaskGroup) -> None:
        """Begin to tell the receivers that are to be told; the others when these are through."""
        for snapshot in await filler.filling.notices(tenant):
            place = (tenant.name, snapshot.id)
            if place not in self._told and self._told_of[tenant.name] < _TOLD_PER_TENANT:
                self._told.add(place)
                self._told_of[tenant.name] += 1
                group.create_task(self._tell(filler, tenant, snapshot))

    async def _tell(self, filler: Filler, tenant: Tenant, snapshot: Snapshot) -> None:
        try:
            async with self._receivers:
                await filler.tell(tenant, snapshot)
            await filler.filling.noticed(tenant, snapshot)
        except RenkeiError as error:
            log.warning("snapshots_not_tended", tenant=tenant.name, reason=error.detail)
        finally:
            self._told.discard((tenant.name, snapshot.id))
            self._told_of[tenant.name] -= 1
            if not self._told_of[tenant.name]:
                del self._told_of[tenant.name]
        self.wake(tenant)  # there may be others to be told, or a newer status

    async def _tell_of_end(self, filler: Filler, tenant: Tenant, snapshot: Snapshot) -> None:
        async with self._receivers:
            await filler.tell(tenant, snapshot, is_deleted=True)

    def _wake_later(self, tenant: Tenant, delay_s: float) -> None:
        asyncio.get_running_loop().call_later(max(0.0, delay_s), self.wake, tenant)
