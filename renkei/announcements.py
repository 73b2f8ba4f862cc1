"""What processes tell each other by NOTIFY on the control database."""

from collections.abc import Callable

from joint_use import Tenant
from kit.db import Database, Databases
from kit.listen import Listener

CONTEXTS = "renkei_contexts"
"""Channel: the number of a tenant whose stored @contexts have changed."""


class Announcements:
    """Tells the other processes; who misses it finds out by version or age."""

    def __init__(self, databases: Databases, control: Database) -> None:
        self._databases = databases
        self._control = control

    async def contexts_changed(self, tenant: Tenant) -> None:
        """Tell that a tenant's stored @contexts have changed."""
        async with self._databases.connection(self._control) as connection:
            await connection.execute("SELECT pg_notify($1, $2)", CONTEXTS, str(tenant.number))

    def hear_contexts(
        self, listener: Listener, drop: Callable[[int], None], drop_all: Callable[[], None]
    ) -> None:
        """Let a tenant's contexts be dropped here when another process changed them."""
        listener.hear(CONTEXTS, lambda number: drop(int(number)), drop_all)
