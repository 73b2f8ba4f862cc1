"""The tenants that a process knows, dropped when NOTIFY says that one has changed."""

import time
from collections.abc import Callable

from joint_use.ports import TenantRegistry
from joint_use.store.tenants import TENANTS_CHANNEL
from joint_use.terms.tenant import Tenant
from kit.listen import Listener
from kit.metrics.caches import Lookups

_MAX_ABSENT = 10_000
_LOOKUPS = Lookups("tenants")


class TenantCache:
    """Tenants by name; satisfies `TenantDirectory`.

    While the listener is disconnected, what is known stays in use: the epoch that every write and
    read checks is the guard, NOTIFY only hurries.

    Args:
        registry: where tenants are read from.
        absent_s: how long to remember that there is no tenant of a name.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        registry: TenantRegistry,
        *,
        absent_s: float = 2.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._registry = registry
        self._absent_s = absent_s
        self._clock = clock
        self._known: dict[str, Tenant] = {}
        self._absent: dict[str, float] = {}  # until when; the oldest first
        self._changes = 0

    def follow(self, listener: Listener) -> None:
        """Forget tenants as the listener hears of them, and all of them when it connects."""
        listener.hear(TENANTS_CHANNEL, self.forget, self.clear)

    def get(self, name: str) -> Tenant | None:
        """Answer at once with a tenant that is known here; None: ask `find`."""
        known = self._known.get(name)
        if known is not None:
            _LOOKUPS.hit.add()
        return known

    async def find(self, name: str) -> Tenant | None:
        """Answer with the tenant of a name, from the registry where it is not known here."""
        known = self._known.get(name)
        if known is not None or self._absent.get(name, 0.0) > self._clock():
            _LOOKUPS.hit.add()
            return known
        _LOOKUPS.miss.add()
        changes = self._changes
        tenant = await self._registry.find(name)
        if changes == self._changes:  # otherwise the answer may be older than the change
            self._remember(name, tenant)
        return tenant

    def forget(self, name: str) -> None:
        """Ask the registry next time."""
        self._changes += 1
        self._known.pop(name, None)
        self._absent.pop(name, None)

    def clear(self) -> None:
        """Ask the registry next time, whatever the name."""
        self._changes += 1
        self._known.clear()
        self._absent.clear()

    def _remember(self, name: str, tenant: Tenant | None) -> None:
        if tenant is not None:
            self._known[name] = tenant
            return
        self._absent.pop(name, None)
        if len(self._absent) >= _MAX_ABSENT:
            del self._absent[next(iter(self._absent))]
        self._absent[name] = self._clock() + self._absent_s
