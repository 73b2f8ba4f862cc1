"""Entities of tenants in PostgreSQL (port `EntityStore`)."""

import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import orjson

from broker.ngsi.commands import Applied, Command
from broker.ngsi.entity import Entity
from broker.ngsi.errors import NgsiLdError
from broker.ngsi.names import EntityId, Iri
from broker.ngsi.queries import EntityFilter, Window
from broker.ports import NOTED, AttributeUse, EveryGroup, Page, TypeUse
from broker.store.declarations import Declarations
from broker.store.direct_pages import DirectPages
from broker.store.lanes import Lanes
from broker.store.pages import Reading, every_match, explain, reach_of, read_page
from broker.store.reads import Reads
from broker.store.sql_text import FOR_THIS_TENANT
from broker.store.tenants import TenantDatabases
from broker.store.walks import Walks
from joint_use import Tenant
from kit import tracing
from kit.clock import Clock, utc_now

_VISIBLE = "tenant = $1 AND (expires_at IS NULL OR expires_at > now())"
_TYPES = f"""
SELECT k.types, count(*) AS count FROM entity e JOIN entity_kind k USING (tenant, kind)
WHERE {_VISIBLE} GROUP BY k.types ORDER BY k.types"""  # noqa: S608 — the condition is ours
_ATTRIBUTES = f"""
SELECT k.types, a.key AS attribute, count(*) AS count,
       jsonb_path_query_array(a.value, '$[*].type') AS kinds
FROM entity e JOIN entity_kind k USING (tenant, kind), jsonb_each(e.document) a
WHERE {_VISIBLE} GROUP BY 1, 2, 4 ORDER BY 2, 1"""  # noqa: S608 — likewise


def _note(outcomes: Sequence[Applied | NgsiLdError]) -> None:
    """Tell the request's own list what was found in what it wrote."""
    noted = NOTED.get()
    if noted is not None:
        for outcome in outcomes:
            if isinstance(outcome, Applied) and outcome.findings:
                noted.extend(outcome.findings)


class PostgresEntities:
    """Reads, queries and changes entities; writes go through lanes, reads by id are gathered.

    Args:
        lanes: what commits commands.
        reads: what gathers reads by id.
        tenants: lends connections that have entered a tenant.
        clock: says what is expired.
        max_walked: entities that a query without an index may go through; None: any number.
    """

    def __init__(
        self,
        lanes: Lanes,
        reads: Reads,
        tenants: TenantDatabases,
        *,
        clock: Clock = utc_now,
        max_walked: int | None = None,
    ) -> None:
        self._lanes = lanes
        self._reads = reads
        self._tenants = tenants
        self._clock = clock
        self._max_walked = max_walked
        self._declarations = Declarations()
        self._walks = Walks()
        self._direct = DirectPages(
            tenants, self._declarations, clock, self._walks, is_bounded=max_walked is not None
        )

    async def write(self, tenant: Tenant, command: Command) -> Applied:
        """Apply one command; answers after the commit.

        Raises:
            NgsiLdError: what `apply` refused with; nothing of the command is stored.
            Unavailable: the queue is full or the database is away.
        """
        (outcome,) = await self._lanes.submit(tenant, [command])
        if isinstance(outcome, NgsiLdError):
            raise outcome.with_traceback(None)  # several requests may share it
        _note([outcome])
        return outcome

    async def write_all(
        self, tenant: Tenant, commands: Sequence[Command]
    ) -> list[Applied | NgsiLdError]:
        """Apply commands in order; each alone succeeds or is refused, in one list by position."""
        outcomes = await self._lanes.submit(tenant, commands) if commands else []
        _note(outcomes)
        return outcomes

    async def read(self, tenant: Tenant, ids: Sequence[EntityId]) -> Mapping[EntityId, Entity]:
        """Read the entities there are of these ids, without expired ones."""
        return await self._reads.read(tenant, ids)

    async def query(self, tenant: Tenant, wanted: EntityFilter, window: Window) -> Page:
        """Read one page of the matching entities."""
        with tracing.span("query"):
            page = await self._direct.read(tenant, wanted, window)
            if page is not None:
                return page
            began_s = time.monotonic()
            async with self._reading(tenant) as reading:
                page = await read_page(reading, wanted, window)
                self._walks.note(
                    tenant,
                    wanted,
                    time.monotonic() - began_s,
                    reach=lambda: reach_of(reading, wanted),
                    declared=reading.declared,
                )
                return page

    async def explain(self, tenant: Tenant, wanted: EntityFilter, window: Window) -> str:
        """Say how a page would be read: where matches are looked for, and the server's plan."""
        async with self._reading(tenant) as reading:
            return await explain(reading, wanted, window)

    async def every(self, tenant: Tenant, wanted: EntityFilter) -> AsyncGenerator[Entity, None]:
        """Read all matching entities in order of id, in groups of bounded size."""
        async with self._reading(tenant) as reading:
            async for group in every_match(reading, wanted):
                for entity in group:
                    yield entity

    @asynccontextmanager
    async def frozen(self, tenant: Tenant) -> AsyncIterator[EveryGroup]:
        """Lend what reads all matches of filters as they are at one instant."""
        async with self._reading(tenant) as reading:
            yield lambda wanted: every_match(reading, wanted)

    async def types(self, tenant: Tenant) -> Sequence[TypeUse]:
        """Read which type combinations there are (§5.7.5)."""
        async with self._tenants.reading(tenant) as connection:
            await connection.execute(FOR_THIS_TENANT)
            rows = await connection.fetch(_TYPES, tenant.number)
        return [TypeUse(types=tuple(map(Iri, row["types"])), count=row["count"]) for row in rows]

    async def attributes(self, tenant: Tenant) -> Sequence[AttributeUse]:
        """Read which attributes there are, per type combination (§5.7.8)."""
        async with self._tenants.reading(tenant) as connection:
            await connection.execute(FOR_THIS_TENANT)
            rows = await connection.fetch(_ATTRIBUTES, tenant.number)
        found: dict[tuple[str, tuple[Iri, ...]], tuple[set[str], int]] = {}
        for row in rows:
            key = (row["attribute"], tuple(map(Iri, row["types"])))
            kinds, count = found.get(key, (set(), 0))
            found[key] = (kinds | set(orjson.loads(row["kinds"])), count + row["count"])
        return [
            AttributeUse(
                attribute=Iri(attribute), types=types, kinds=tuple(sorted(kinds)), count=count
            )
            for (attribute, types), (kinds, count) in found.items()
        ]

    @asynccontextmanager
    async def _reading(self, tenant: Tenant) -> AsyncIterator[Reading]:
        began_s = time.monotonic()
        async with self._tenants.reading(tenant) as connection:
            yield Reading(
                connection=connection,
                tenant=tenant.number,
                now=self._clock(),
                kinds=self._tenants.kinds(tenant),
                declared=await self._declarations.complete(connection, tenant, began_s),
                max_walked=self._max_walked,
            )
