"""Reads by id, gathered: while one statement runs, the ids for the next one come together.

request ─ read ─→ Station of the database ─ carry ─→ one statement, whichever tenants ─→ answers
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from broker.ngsi.entity import Entity
from broker.ngsi.errors import NgsiLdError, Unavailable
from broker.ngsi.names import EntityId
from broker.store.failures import Failure, failure_of
from broker.store.rows import entity_of, spans
from broker.store.stations import Stations
from broker.store.tenants import TenantDatabases, database_of
from joint_use import Tenant
from kit.clock import Clock
from kit.db import FAULTS, Connection, Databases, DatabaseUnavailable
from kit.errors import RenkeiError

_READ = "SELECT * FROM read_entities($1, $2, $3)"
# Each tenant is entered when its turn comes, by the function that reads of it.
_READ_OF_SEVERAL = """
SELECT asked.place, found.*
FROM unnest($1::int[], $2::bigint[], $3::int[], $4::int[])
    WITH ORDINALITY AS asked (tenant, epoch, first, last, place),
LATERAL read_entities(asked.tenant, asked.epoch, ($5::text[])[asked.first:asked.last]) AS found"""
_MOST_IDS = 200  # of requests that share a statement; a request that asks for more is alone
_MOST_TRIES = 3

Found = Mapping[EntityId, Entity]


@dataclass(frozen=True, slots=True)
class _Request:
    """What one request asks for; its future is never done with an exception."""

    tenant: Tenant
    ids: Sequence[EntityId]
    future: asyncio.Future[Found | NgsiLdError]

    @property
    def party(self) -> int:
        return self.tenant.number

    @property
    def weight(self) -> int:
        return len(self.ids)

    def answer(self, found: Found | NgsiLdError) -> None:
        if not self.future.done():
            self.future.set_result(found)

    def strand(self, error: Exception) -> None:
        known = error if isinstance(error, NgsiLdError) else None
        self.answer(known or Unavailable("The read was interrupted by a fault of ours; try again"))


@dataclass(slots=True)
class _Asked:
    """What is asked of one tenant, which may be followed to where it is now."""

    tenant: Tenant
    ids: Sequence[EntityId]


class Reads:
    """Gathers the reads by id of a process, database by database."""

    def __init__(self, databases: Databases, tenants: TenantDatabases, clock: Clock) -> None:
        self._databases = databases
        self._tenants = tenants
        self._clock = clock
        self._stations: Stations[_Request] = Stations("reads", self._carry, _MOST_IDS)

    async def read(self, tenant: Tenant, ids: Sequence[EntityId]) -> Found:
        """Read the entities there are of these ids, without expired ones.

        Raises:
            Unavailable: the database is away.
        """
        future: asyncio.Future[Found | NgsiLdError] = asyncio.get_running_loop().create_future()
        self._stations.board(database_of(tenant), _Request(tenant, ids, future))
        found = await future
        if isinstance(found, NgsiLdError):
            raise found.with_traceback(None)  # several requests may share it
        now = self._clock()
        return {
            one: entity
            for one in ids
            if (entity := found.get(one)) is not None
            and (entity.expires_at is None or entity.expires_at > now)
        }

    def end_idle(self) -> None:
        """End what nobody has used since the last call; the next read begins it anew."""
        self._stations.end_idle()

    async def close(self) -> None:
        """Stop reading; what waits is refused."""
        await self._stations.close()

    async def _carry(self, requests: Sequence[_Request]) -> None:
        """Read for several requests and answer them."""
        of_tenants: dict[int, list[_Request]] = {}
        for request in requests:
            of_tenants.setdefault(request.tenant.number, []).append(request)
        asked = [_asked(of_one) for of_one in of_tenants.values()]
        for of_one, found in zip(of_tenants.values(), await self._found(asked), strict=True):
            for request in of_one:
                request.answer(found)

    async def _found(self, asked: Sequence[_Asked]) -> Sequence[Found | NgsiLdError]:
        """Answer with what there is in each tenant, or with why that cannot be said."""
        for _ in range(_MOST_TRIES):
            try:
                return await self._read(asked)
            except Unavailable as refusal:
                return [refusal] * len(asked)
            except (DatabaseUnavailable, *FAULTS) as error:
                if len(asked) > 1 and failure_of(error) is not Failure.AWAY:
                    return [(await self._found([one]))[0] for one in asked]  # it is of one alone
                given_up = await self._recover(asked[0], error)
                if given_up is not None:
                    return [given_up] * len(asked)
        away = Unavailable("The database is away; it is tried again with the next request")
        return [away] * len(asked)

    async def _read(self, asked: Sequence[_Asked]) -> Sequence[Found]:
        tenant = asked[0].tenant
        await self._tenants.make_ready(tenant)
        async with self._databases.connection(database_of(tenant), tenant.number) as connection:
            of_tenants = await _rows(connection, asked)
        return [
            await self._entities(one.tenant, rows)
            for one, rows in zip(asked, of_tenants, strict=True)
        ]

    async def _entities(self, tenant: Tenant, rows: Sequence[asyncpg.Record]) -> Found:
        kinds = self._tenants.kinds(tenant)
        if any(kinds.types(row["kind"]) is None for row in rows):
            async with self._tenants.reading(tenant) as connection:
                await kinds.learn(connection, tenant.number)
        return {row["id"]: entity_of(row, kinds.types(row["kind"]) or ()) for row in rows}

    async def _recover(self, asked: _Asked, error: Exception) -> NgsiLdError | None:
        """Decide what follows a failed read: another try (None) or a refusal."""
        match failure_of(error):
            case Failure.MOVED:
                return await self._follow(asked)
            case Failure.UNPREPARED:
                self._tenants.forget(asked.tenant)
            case Failure.AWAY if isinstance(error, DatabaseUnavailable):
                pass  # a connection that died while idle says nothing of the server
            case Failure.AWAY:
                return Unavailable("The database did not answer in time")
            case _:
                raise error
        return None

    async def _follow(self, asked: _Asked) -> NgsiLdError | None:
        try:
            tenant = await self._tenants.reload(asked.tenant)
        except RenkeiError as error:
            return error if isinstance(error, NgsiLdError) else Unavailable(error.detail)
        if tenant.epoch == asked.tenant.epoch:
            return Unavailable("The tenant is being moved; try again in a moment")
        asked.tenant = tenant
        return None


def _asked(requests: Sequence[_Request]) -> _Asked:
    """Gather what requests of one tenant ask for, as who knows it at its newest epoch."""
    newest = max((request.tenant for request in requests), key=lambda tenant: tenant.epoch)
    return _Asked(newest, list({one: None for request in requests for one in request.ids}))


async def _rows(
    connection: Connection, asked: Sequence[_Asked]
) -> Sequence[Sequence[asyncpg.Record]]:
    """Read the rows of each tenant, all with one statement."""
    if len(asked) == 1:
        (one,) = asked
        return [await connection.fetch(_READ, one.tenant.number, one.tenant.epoch, one.ids)]
    numbers = [one.tenant.number for one in asked]
    epochs = [one.tenant.epoch for one in asked]
    found: list[list[asyncpg.Record]] = [[] for _ in asked]
    columns = spans(one.ids for one in asked)
    for row in await connection.fetch(_READ_OF_SEVERAL, numbers, epochs, *columns):
        found[row["place"] - 1].append(row)
    return found
