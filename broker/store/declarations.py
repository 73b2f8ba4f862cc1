"""Which paths queries may look for in entity_index."""

import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from broker.store.tenants import database_of
from joint_use import Tenant
from kit.db import Connection, Database

STALE_S: Final = 2.0
"""For how long a process goes by what it read."""

FORGOTTEN_S: Final = 2.5 * STALE_S
"""For how long rows of a withdrawn path stay: no query looks for them any more."""

_COMPLETE = "SELECT path FROM index_declaration WHERE tenant = $1 AND is_complete"


@dataclass(frozen=True, slots=True)
class Known:
    """The complete paths that a transaction read; between which moments its snapshot was taken."""

    paths: frozenset[str]
    earliest_s: float
    latest_s: float

    def holds(self, taken_s: float) -> bool:
        """Tell whether it holds for a later snapshot, taken at this moment or before."""
        return taken_s - self.earliest_s < FORGOTTEN_S


class Declarations:
    """The complete paths of each tenant, read again every two seconds of use.

    A transaction reads everything in one snapshot. Paths that another one read are good for it if
    that one's snapshot is the older: rows of a path are there before it is complete. They are good
    for so long as rows of a withdrawn path stay.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[Database, int], Known] = {}

    async def complete(
        self, connection: Connection, tenant: Tenant, began_s: float
    ) -> Collection[str]:
        """Answer with the keys of paths whose rows are complete.

        Args:
            connection: in a transaction of one snapshot, taken already.
            tenant: whose paths.
            began_s: a moment before that (`time.monotonic`).
        """
        now_s = time.monotonic()
        known = self.known(tenant, began_s)
        if known is None or not known.holds(now_s):
            rows = await connection.fetch(_COMPLETE, tenant.number)
            paths = frozenset(row["path"] for row in rows)
            known = Known(paths, began_s, now_s)
            self._known[database_of(tenant), tenant.number] = known
        return known.paths

    def known(self, tenant: Tenant, began_s: float) -> Known | None:
        """Answer with what was read before this moment and is fresh; None: nothing."""
        known = self._known.get((database_of(tenant), tenant.number))
        if known is None or known.latest_s > began_s or began_s - known.earliest_s >= STALE_S:
            return None
        return known
