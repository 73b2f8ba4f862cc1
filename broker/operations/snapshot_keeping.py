"""SnapshotKeeper: the task that fills Snapshots, ends those whose time is over, and clears away."""

import asyncio

import structlog

from broker.operations.snapshot_filling import Filler
from joint_use import Tenant
from kit.errors import RenkeiError

log = structlog.stdlib.get_logger("broker.snapshots")

_MARGIN_S = 0.05  # after an instant in the database, so that it is over by every clock


class SnapshotKeeper:
    """Tends the Snapshots of tenants for which there is something to be done (§5.16).

    Nothing depends on one process: what it has begun is in the database, and another one goes on
    when the claim is over.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, Tenant] = {}
        self._is_woken = asyncio.Event()

    def wake(self, tenant: Tenant) -> None:
        """Say that there is something to be done for a tenant, or may be."""
        self._waiting[tenant.name] = tenant
        self._is_woken.set()

    async def run(self, filler: Filler) -> None:
        """Tend tenants, until cancelled; for `kit.tasks.supervise`."""
        while True:
            await self._is_woken.wait()
            self._is_woken.clear()
            while self._waiting:
                name = next(iter(self._waiting))
                await self._tend(filler, self._waiting.pop(name))

    async def _tend(self, filler: Filler, tenant: Tenant) -> None:
        try:
            await tend(filler, tenant)
            due = await filler.filling.due(tenant)
        except RenkeiError as error:
            log.warning("snapshots_not_tended", tenant=tenant.name, reason=error.detail)
            self._wake_later(tenant, 1.0)
            return
        if due is not None:
            self._wake_later(tenant, (due - filler.broker.clock()).total_seconds() + _MARGIN_S)

    def _wake_later(self, tenant: Tenant, delay_s: float) -> None:
        asyncio.get_running_loop().call_later(max(0.0, delay_s), self.wake, tenant)


async def tend(filler: Filler, tenant: Tenant) -> None:
    """Do what is to be done for the Snapshots of a tenant.

    Raises:
        RenkeiError: the database is away, or the tenant is suspended or moved; try again.
    """
    filling = filler.filling
    for over in await filling.expire(tenant):
        await filler.tell(tenant, over, is_deleted=True)
    while await filler.fill_next(tenant):
        pass
    for snapshot in await filling.notices(tenant):
        await filler.tell(tenant, snapshot)
        await filling.noticed(tenant, snapshot)
    await filling.clear(tenant)
