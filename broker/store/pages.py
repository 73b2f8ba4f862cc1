"""Reads pages of matching entities on one connection that has entered the tenant."""

from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import asyncpg

from broker.ngsi.entity import Entity
from broker.ngsi.errors import TooComplexQuery, TooManyResults
from broker.ngsi.geoquery import matches_geoquery
from broker.ngsi.names import EntityId, Iri
from broker.ngsi.ordering import MAX_SORTED, Ordering, sort_entities
from broker.ngsi.queries import EntityFilter, Window
from broker.ports import Page
from broker.store.filter_sql import Kinds, Reach
from broker.store.order_sql import collation_of, is_sortable
from broker.store.page_sql import (
    QueryStatement,
    Scene,
    Slice,
    count_statement,
    query_statement,
)
from broker.store.rows import entity_of
from kit.db import Connection

BATCH = 500
"""How many candidates are read at once where memory decides."""


class KindTable(Protocol):
    """The tenant's kinds as far as the process has met them (`store.kinds`)."""

    def known(self) -> Kinds:
        """Answer with all kinds met so far."""
        ...

    async def learn(self, connection: Connection, tenant: int) -> None:
        """Read the kinds of a tenant."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What pages are read with.

    Args:
        declared: keys of paths whose index rows are complete.
        max_walked: entities that a query without an index may go through; None: any number.
    """

    connection: Connection
    tenant: int
    now: datetime
    kinds: KindTable
    declared: Collection[str] = ()
    max_walked: int | None = None


async def read_page(reading: Reading, wanted: EntityFilter, window: Window) -> Page:
    """Read one page of the matches.

    Spec: CIM 009 §5.7.2.4, §5.5.9
    Raises:
        TooComplexQuery: it would go through more entities than the operator allows.
        TooManyResults: there are too many matches to put them in this order.
    """
    await _require_bounded(reading, wanted)
    ordering = window.ordering
    collation = await collation_of(reading.connection, ordering)
    if ordering is not None and (wanted.geo is not None or not is_sortable(ordering, collation)):
        return await _page_by_memory(reading, wanted, window, ordering)
    if wanted.geo is not None:
        return await _page_of_batches(reading, wanted, window)
    part = Slice(limit=window.limit + 1, offset=window.offset)
    entities = await _read(
        reading, lambda: query_statement(wanted, part, _scene(reading), ordering, collation)
    )
    total = None
    if window.count:
        total = _known_total(window, len(entities))
        if total is None:
            total = await _count(reading, wanted)
    return _page(entities, window, total)


def _known_total(window: Window, found: int) -> int | None:
    """Tell the total where the page shows the end of the matches."""
    ends = found <= window.limit and (found > 0 or window.offset == 0)
    return window.offset + found if ends else None


def _page(found: list[Entity], window: Window, total: int | None) -> Page:
    return Page(entities=found[: window.limit], more=len(found) > window.limit, total=total)


async def every_match(
    reading: Reading, wanted: EntityFilter, *, batch: int = BATCH
) -> AsyncIterator[list[Entity]]:
    """Read all matches in order of id, in groups of bounded size; `batch` is the first one's."""
    after: EntityId | None = None
    while True:
        group = await _candidates(reading, wanted, Slice(limit=batch, after=after))
        yield [entity for entity in group if _is_match(wanted, entity, reading.now)]
        if len(group) < batch:
            return
        after = group[-1].id
        batch = max(min(4 * batch, BATCH), batch)


async def explain(reading: Reading, wanted: EntityFilter, window: Window) -> str:
    """Say how a page would be read: the plan chosen here, then the server's."""
    part = Slice(limit=window.limit + 1, offset=window.offset)
    await reading.kinds.learn(reading.connection, reading.tenant)
    collation = await collation_of(reading.connection, window.ordering)
    statement = query_statement(wanted, part, _scene(reading), window.ordering, collation)
    rows = await reading.connection.fetch(f"EXPLAIN {statement.sql}", *statement.args)
    notes = [f"Candidates are found {statement.reach.value}."]
    if not statement.exact:
        notes.append("The geoquery is decided in memory.")
    if not statement.in_order:
        notes.append(f"The order is made in memory, of at most {MAX_SORTED} matches.")
    return "\n".join([*notes, *(row[0] for row in rows)])


def reach_of(reading: Reading, wanted: EntityFilter) -> Reach:
    """Say how candidates are found."""
    return query_statement(wanted, Slice(limit=1), _scene(reading)).reach


def _scene(reading: Reading) -> Scene:
    return Scene(
        tenant=reading.tenant,
        now=reading.now,
        declared=reading.declared,
        kinds=reading.kinds.known(),
    )


def _is_match(wanted: EntityFilter, entity: Entity, now: datetime) -> bool:
    """Decide what the statement left open."""
    return wanted.geo is None or matches_geoquery(wanted.geo, entity, now)


async def _read(reading: Reading, write: Callable[[], QueryStatement]) -> list[Entity]:
    """Run a statement, once more where it was written in ignorance of a kind."""
    statement = write()
    rows = await reading.connection.fetch(statement.sql, *statement.args)
    if rows[0]["known"] != len(reading.kinds.known()):
        await reading.kinds.learn(reading.connection, reading.tenant)
        statement = write()
        rows = await reading.connection.fetch(statement.sql, *statement.args)
    known = reading.kinds.known()
    return [_entity(row, known) for row in rows if row["id"] is not None]


def _entity(row: asyncpg.Record, known: Kinds) -> Entity:
    types: tuple[Iri, ...] = known[row["kind"]]
    return entity_of(row, types)


async def _candidates(reading: Reading, wanted: EntityFilter, part: Slice) -> list[Entity]:
    return await _read(reading, lambda: query_statement(wanted, part, _scene(reading)))


async def _count(reading: Reading, wanted: EntityFilter) -> int:
    statement = count_statement(wanted, _scene(reading))
    row = await reading.connection.fetchrow(statement.sql, *statement.args)
    total: int = row["total"] if row else 0
    return total


async def _page_of_batches(reading: Reading, wanted: EntityFilter, window: Window) -> Page:
    """Read candidates in order of id until the page is full; count to the end if asked."""
    wanted_rows = window.offset + window.limit + 1
    size = BATCH if window.count else min(wanted_rows, BATCH)
    page: list[Entity] = []
    total = 0
    async for group in every_match(reading, wanted, batch=size):
        for entity in group:
            if window.offset <= total < wanted_rows:
                page.append(entity)
            total += 1
        if total >= wanted_rows and not window.count:
            break
    return _page(page, window, total if window.count else None)


async def _page_by_memory(
    reading: Reading, wanted: EntityFilter, window: Window, ordering: Ordering
) -> Page:
    """Read all matches, up to a bound, and put them in order."""
    found: list[Entity] = []
    async for group in every_match(reading, wanted, batch=BATCH):
        found.extend(group)
        if len(found) > MAX_SORTED:
            raise TooManyResults(
                f"More than {MAX_SORTED} entities match, too many for this order; right would be "
                "a narrower query, or orderBy without distance and collation",
                where="orderBy",
            )
    ordered = sort_entities(found, ordering, reading.now)
    page = ordered[window.offset : window.offset + window.limit + 1]
    return _page(page, window, len(ordered) if window.count else None)


async def _require_bounded(reading: Reading, wanted: EntityFilter) -> None:
    """Refuse a query that would go through more entities than the operator allows."""
    if reading.max_walked is None or (wanted.q is None and wanted.geo is None):
        return
    plain = EntityFilter(selectors=wanted.selectors)
    if not reach_of(reading, wanted).is_walk:
        return
    probe = Slice(limit=1, offset=reading.max_walked)
    if await _candidates(reading, plain, probe):
        raise TooComplexQuery(
            f"The query would go through more than {reading.max_walked} entities without an index; "
            "right would be a narrower type, or an index declared for an attribute of q",
            where="q",
        )
