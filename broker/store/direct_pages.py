"""Reads a page by one statement that is its own transaction: one round trip instead of three.

It serves what one statement can answer, while the process knows the tenant's kinds and declared
paths; all else is read in a transaction (`store.pages`).
"""

import time

from broker.ngsi.names import Iri
from broker.ngsi.queries import EntityFilter, Window
from broker.ports import Page
from broker.store.declarations import Declarations
from broker.store.filter_sql import Reach
from broker.store.order_sql import is_sortable
from broker.store.page_sql import Scene, Slice, query_statement
from broker.store.rows import entity_of
from broker.store.tenants import TenantDatabases
from joint_use import Tenant
from kit.clock import Clock


class DirectPages:
    """Pages of matching entities, where one statement suffices.

    Args:
        tenants: runs the statement inside a tenant.
        declarations: what the process knows of declared paths.
        clock: says what is expired.
        is_bounded: a query may not go through types without an index, however small they are.
    """

    def __init__(
        self,
        tenants: TenantDatabases,
        declarations: Declarations,
        clock: Clock,
        *,
        is_bounded: bool,
    ) -> None:
        self._tenants = tenants
        self._declarations = declarations
        self._clock = clock
        self._is_bounded = is_bounded

    async def read(self, tenant: Tenant, wanted: EntityFilter, window: Window) -> Page | None:
        """Read one page; None: it has to be read in a transaction."""
        began_s = time.monotonic()
        known = self._declarations.known(tenant, began_s)
        kinds = self._tenants.kinds(tenant).known()
        if known is None or not kinds or not _is_simple(wanted, window):
            return None
        scene = Scene(tenant=tenant.number, now=self._clock(), declared=known.paths, kinds=kinds)
        part = Slice(limit=window.limit + 1, offset=window.offset)
        count = len(kinds)
        statement = query_statement(wanted, part, scene, window.ordering)
        if self._is_bounded and wanted.q and statement.reach in (Reach.TYPES, Reach.ALL):
            return None
        rows = await self._tenants.fetch(tenant, statement.sql, *statement.args)
        if rows is None or rows[0]["known"] != count or not known.holds(time.monotonic()):
            return None
        entities = []
        for row in rows:
            if row["id"] is not None:
                types: tuple[Iri, ...] = kinds[row["kind"]]
                entities.append(entity_of(row, types))
        return Page(entities=entities[: window.limit], more=len(entities) > window.limit)


def _is_simple(wanted: EntityFilter, window: Window) -> bool:
    """Tell whether one statement decides it all: no geometry, no count, no order of memory's."""
    if wanted.geo is not None or window.count:
        return False
    return window.ordering is None or is_sortable(window.ordering)
