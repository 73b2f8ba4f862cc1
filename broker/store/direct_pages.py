"""Reads a page by one statement that is its own transaction: one round trip instead of three.

It serves what one statement can answer, while the process knows the tenant's kinds and declared
paths; all else is read in a transaction (`store.pages`).
"""

import time
from collections.abc import Sequence
from datetime import datetime

from broker.ngsi.entity import Entity
from broker.ngsi.geoquery import matches_geoquery
from broker.ngsi.queries import EntityFilter, Window
from broker.ports import Page
from broker.store.declarations import Declarations, Known
from broker.store.filter_sql import Kinds
from broker.store.order_sql import is_sortable
from broker.store.page_sql import QueryStatement, Scene, Slice, query_statement
from broker.store.rows import entity_of
from broker.store.tenants import TenantDatabases
from broker.store.walks import Walks
from joint_use import Tenant
from kit.clock import Clock

_SPARE = 1
"""Candidates read beyond a page where memory decides: some at the edge of a place are none."""

_MOST_CANDIDATES = 200


class DirectPages:
    """Pages of matching entities, where one statement suffices.

    Args:
        tenants: runs the statement inside a tenant.
        declarations: what the process knows of declared paths.
        clock: says what is expired.
        walks: told of what was answered.
        is_bounded: a query may not go through types without an index, however small they are.
    """

    def __init__(
        self,
        tenants: TenantDatabases,
        declarations: Declarations,
        clock: Clock,
        walks: Walks,
        *,
        is_bounded: bool,
    ) -> None:
        self._tenants = tenants
        self._declarations = declarations
        self._clock = clock
        self._walks = walks
        self._is_bounded = is_bounded

    async def read(self, tenant: Tenant, wanted: EntityFilter, window: Window) -> Page | None:
        """Read one page; None: it has to be read in a transaction."""
        began_s = time.monotonic()
        known = self._declarations.known(tenant, began_s)
        part = _part(wanted, window)
        if known is None or part is None:
            return None
        kinds, now = dict(self._tenants.kinds(tenant).known()), self._clock()
        scene = Scene(tenant=tenant.number, now=now, declared=known.paths, kinds=kinds)
        statement = query_statement(wanted, part, scene, window.ordering)
        if self._is_bounded and _may_walk(wanted, statement):
            return None
        found = await self._run(tenant, statement, kinds, known)
        if found is None:
            return None
        took_s = time.monotonic() - began_s
        self._walks.note(
            tenant, wanted, took_s, reach=lambda: statement.reach, declared=known.paths
        )
        if wanted.geo is None:
            return Page(entities=found[: window.limit], more=len(found) > window.limit)
        return _nearby(found, part, wanted, window, now)

    async def _run(
        self, tenant: Tenant, statement: QueryStatement, kinds: Kinds, known: Known
    ) -> list[Entity] | None:
        """Run the statement; None where it was written in ignorance."""
        rows = await self._tenants.fetch(tenant, statement.sql, *statement.args)
        if rows is None or rows[0]["known"] != len(kinds) or not known.holds(time.monotonic()):
            return None
        return [entity_of(row, kinds[row["kind"]]) for row in rows if row["id"] is not None]


def _part(wanted: EntityFilter, window: Window) -> Slice | None:
    """Say which rows answer it all; None: no count, and no order that memory makes."""
    if window.count or not (window.ordering is None or is_sortable(window.ordering)):
        return None
    if wanted.geo is None:
        return Slice(limit=window.limit + 1, offset=window.offset)
    candidates = window.offset + window.limit + 1 + _SPARE
    if window.ordering is not None or candidates > _MOST_CANDIDATES:
        return None
    return Slice(limit=candidates)


def _may_walk(wanted: EntityFilter, statement: QueryStatement) -> bool:
    """Tell whether it goes through types without an index: that needs to be looked into first."""
    is_plain = wanted.q is None and wanted.geo is None
    return not is_plain and statement.reach.is_walk


def _nearby(
    candidates: Sequence[Entity], part: Slice, wanted: EntityFilter, window: Window, now: datetime
) -> Page | None:
    """Decide each candidate's geometry; None where the page is not full and more may follow."""
    end = window.offset + window.limit
    matches = [
        entity
        for entity in candidates
        if wanted.geo is None or matches_geoquery(wanted.geo, entity, now)
    ]
    if len(matches) <= end and len(candidates) == part.limit:
        return None
    return Page(entities=matches[window.offset : end], more=len(matches) > end)
