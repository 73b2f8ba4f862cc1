"""Which paths queries may look for in entity_index."""

import time
from collections.abc import Collection
from typing import Final

from joint_use import Tenant
from kit.db import Connection

STALE_S: Final = 2.0
"""For how long a process goes by what it read; who withdraws a path waits longer before its rows
go."""

_COMPLETE = "SELECT path FROM index_declaration WHERE tenant = $1 AND is_complete"


class Declarations:
    """The complete paths of each tenant, read again every two seconds of use."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[float, frozenset[str]]] = {}

    async def complete(self, connection: Connection, tenant: Tenant) -> Collection[str]:
        """Answer with the keys of paths whose rows are complete."""
        now_s = time.monotonic()
        read_at_s, paths = self._known.get(tenant.number, (-STALE_S, frozenset()))
        if now_s - read_at_s >= STALE_S:
            rows = await connection.fetch(_COMPLETE, tenant.number)
            paths = frozenset(row["path"] for row in rows)
            self._known[tenant.number] = (now_s, paths)
        return paths
