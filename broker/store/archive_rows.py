"""A tenant's rows for an archive: read at one instant, and put into a tenant that is empty."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final, cast

import asyncpg
import orjson

from broker.ngsi.archive import Line, instant_of, instant_or_none, told_or_none
from broker.ngsi.entity import Entity
from broker.ngsi.names import Iri
from broker.ngsi.values import format_instant
from broker.store.amounts import NOTHING, amount_of
from broker.store.history_lines import HISTORY, history_lines, history_row
from broker.store.indexing import write_indexed
from broker.store.partitions import add_partitions_since
from broker.store.rows import columns, entity_of
from broker.store.sql_text import FOR_THIS_TENANT
from broker.store.subscription_cache import place_of
from broker.store.tenants import TenantDatabases, database_of
from broker.store.usage import count_beside
from joint_use import Tenant, japanese_day
from kit.clock import Clock, utc_now
from kit.db import Connection, Databases
from kit.json import JsonObject
from kit.sealing import Seal

_PREFETCH: Final = 500

_KINDS = "SELECT kind, types FROM entity_kind WHERE tenant = $1"
_ENTITIES = """
SELECT id, kind, created_at, modified_at, expires_at, scopes, document FROM entity
WHERE tenant = $1 AND (expires_at IS NULL OR expires_at > now()) ORDER BY id"""
_CONTEXTS = """
SELECT local_id, kind, url, document::text AS document, created_at, expires_at, last_usage, hits
FROM stored_context WHERE tenant = $1 ORDER BY created_at, local_id"""
_INDEXES = """
SELECT path, declared_at FROM index_declaration WHERE tenant = $1 AND NOT is_withdrawn
ORDER BY declared_at, path"""
_SUBSCRIPTIONS = """
SELECT s.id, s.content::text AS content, s.endpoint, s.created_at, s.modified_at, s.is_periodic,
       o.times_sent, o.times_failed, o.last_notification, o.last_success, o.last_failure, o.cause
FROM subscription s
LEFT JOIN subscription_outcome o ON o.tenant = s.tenant AND o.subscription = s.number
WHERE s.tenant = $1 ORDER BY s.number"""
_STATE = "SELECT history_days, now() AS at FROM tenant_state WHERE tenant = $1"

_ADD_HISTORY = """
INSERT INTO attribute_instance
    (tenant, effect, recorded_at, observed_at, entity_id, attribute, dataset_id, body)
SELECT $1, row.* FROM unnest($2::smallint[], $3::timestamptz[], $4::timestamptz[], $5::text[],
    $6::text[], $7::text[], $8::text[]::jsonb[]) AS row"""
_ADD_CONTEXTS = """
INSERT INTO stored_context
    (tenant, local_id, kind, url, document, created_at, expires_at, last_usage, hits)
SELECT $1, row.* FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]::json[],
    $6::timestamptz[], $7::timestamptz[], $8::timestamptz[], $9::bigint[]) AS row"""
_ADD_INDEXES = """
INSERT INTO index_declaration (tenant, path, declared_at)
SELECT $1, row.* FROM unnest($2::text[], $3::timestamptz[]) AS row"""
_MOVE_ON = """
UPDATE tenant_state SET index_version = index_version + 1,
    subscription_version = subscription_version + 1, history_days = $2 WHERE tenant = $1"""
_ADD_SUBSCRIPTION = """
INSERT INTO subscription
    (tenant, id, version, content, endpoint, created_at, modified_at, is_periodic)
SELECT $1, $2, subscription_version + 1, $3::text::json, $4, $5, $6, $7
FROM tenant_state WHERE tenant = $1 RETURNING number"""
_ADD_OUTCOME = """
INSERT INTO subscription_outcome (tenant, subscription, times_sent, times_failed,
    last_notification, last_success, last_failure, cause)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"""


class Instant:
    """A tenant as it is at one instant, to be read part by part.

    Args:
        connection: in a transaction of one snapshot that has entered the tenant.
        seal: opens subscribers' endpoints.
    """

    def __init__(self, connection: Connection, tenant: Tenant, seal: Seal) -> None:
        self._connection = connection
        self._tenant = tenant
        self._seal = seal
        self.at: datetime | None = None
        self.history_days = 0

    async def look(self) -> None:
        """Learn when it is."""
        row = await self._connection.fetchrow(_STATE, self._tenant.number)
        if row is not None:
            self.at, self.history_days = row["at"], row["history_days"]

    async def entities(self) -> AsyncIterator[Entity]:
        """Read all Entities that are not expired, in order of id."""
        rows = await self._connection.fetch(_KINDS, self._tenant.number)
        kinds = {row["kind"]: tuple(map(Iri, row["types"])) for row in rows}
        async for row in self._rows(_ENTITIES):
            yield entity_of(row, kinds[row["kind"]])

    async def history(self) -> AsyncIterator[Line]:
        """Read the attribute instances that were written, in order of time."""
        async for row in self._rows(HISTORY):
            for line in history_lines(row):
                yield line

    async def contexts(self) -> AsyncIterator[Line]:
        """Read stored @contexts."""
        async for row in self._rows(_CONTEXTS):
            yield {
                "localId": row["local_id"],
                "kind": row["kind"],
                "url": row["url"],
                "document": orjson.loads(row["document"]),
                "createdAt": format_instant(row["created_at"]),
                "expiresAt": told_or_none(row["expires_at"]),
                "lastUsage": told_or_none(row["last_usage"]),
                "hits": row["hits"],
            }

    async def indexes(self) -> AsyncIterator[Line]:
        """Read declared paths."""
        async for row in self._rows(_INDEXES):
            yield {"path": row["path"], "declaredAt": format_instant(row["declared_at"])}

    async def subscriptions(self) -> AsyncIterator[Line]:
        """Read Subscriptions with their endpoints, secrets and all, and their counters."""
        async for row in self._rows(_SUBSCRIPTIONS):
            place = place_of(self._tenant.number, row["id"])
            yield {
                "id": row["id"],
                "content": orjson.loads(row["content"]),
                "endpoint": self._seal.open(row["endpoint"], place),
                "createdAt": format_instant(row["created_at"]),
                "modifiedAt": format_instant(row["modified_at"]),
                "isPeriodic": row["is_periodic"],
                "counters": {
                    "timesSent": row["times_sent"] or 0,
                    "timesFailed": row["times_failed"] or 0,
                    "lastNotification": told_or_none(row["last_notification"]),
                    "lastSuccess": told_or_none(row["last_success"]),
                    "lastFailure": told_or_none(row["last_failure"]),
                    "cause": row["cause"],
                },
            }

    async def _rows(self, statement: str) -> AsyncIterator[asyncpg.Record]:
        async for row in self._connection.cursor(
            statement, self._tenant.number, prefetch=_PREFETCH
        ):
            yield row


class ArchiveRows:
    """Reads and fills tenants for archives.

    Args:
        databases: the process's connections.
        tenants: lends those that have entered a tenant.
        seal: of subscribers' endpoints.
        clock: says for which months history needs partitions.
    """

    def __init__(
        self,
        databases: Databases,
        tenants: TenantDatabases,
        seal: Seal,
        *,
        clock: Clock = utc_now,
    ) -> None:
        self._databases = databases
        self._tenants = tenants
        self._seal = seal
        self._clock = clock

    @asynccontextmanager
    async def instant(self, tenant: Tenant) -> AsyncIterator[Instant]:
        """Lend a tenant as it is now."""
        async with self._tenants.reading(tenant) as connection:
            await connection.execute(f"SET LOCAL statement_timeout = 0;{FOR_THIS_TENANT}")
            instant = Instant(connection, tenant, self._seal)
            await instant.look()
            yield instant

    async def add_entities(self, tenant: Tenant, entities: Sequence[Entity]) -> None:
        """Store Entities as they are, with their index rows; no history is written of it."""
        kinds = self._tenants.kinds(tenant)
        states = {entity.id: (None, entity) for entity in sorted(entities, key=lambda one: one.id)}
        amount = sum(map(amount_of, entities), NOTHING)
        async with self._tenants.writing(tenant) as connection:
            numbers = await write_indexed(connection, tenant, states, kinds)
            await count_beside(
                connection, tenant.number, japanese_day(self._clock()), amount=amount
            )
        kinds.keep(numbers)

    async def add_history(self, tenant: Tenant, lines: Sequence[Line]) -> None:
        """Store what was written once, as it was."""
        rows = [history_row(line) for line in lines]
        async with self._databases.admin(database_of(tenant)) as connection:
            await add_partitions_since(connection, min(row[1] for row in rows), self._clock())
        async with self._tenants.writing(tenant) as connection:
            await connection.execute(_ADD_HISTORY, tenant.number, *columns(rows))

    async def add_contexts(self, tenant: Tenant, lines: Sequence[Line]) -> None:
        """Store @contexts."""
        rows = [
            (
                line["localId"],
                line["kind"],
                line["url"],
                orjson.dumps(line["document"]).decode(),
                instant_of(line["createdAt"]),
                instant_or_none(line["expiresAt"]),
                instant_or_none(line["lastUsage"]),
                line["hits"],
            )
            for line in lines
        ]
        async with self._tenants.writing(tenant) as connection:
            await connection.execute(_ADD_CONTEXTS, tenant.number, *columns(rows))

    async def add_indexes(self, tenant: Tenant, lines: Sequence[Line]) -> None:
        """Declare paths; their rows come with Entities."""
        rows = [(line["path"], instant_of(line["declaredAt"])) for line in lines]
        async with self._tenants.writing(tenant) as connection:
            await connection.execute(_ADD_INDEXES, tenant.number, *columns(rows))

    async def add_subscriptions(self, tenant: Tenant, lines: Sequence[Line]) -> None:
        """Store Subscriptions with their counters."""
        async with self._tenants.writing(tenant) as connection:
            for line in lines:
                await self._add_subscription(connection, tenant, line)

    async def finish(self, tenant: Tenant, history_days: int) -> None:
        """Let all processes read anew what they know of the tenant."""
        async with self._tenants.writing(tenant) as connection:
            await connection.execute(_MOVE_ON, tenant.number, history_days)

    async def _add_subscription(self, connection: Connection, tenant: Tenant, line: Line) -> None:
        place = place_of(tenant.number, str(line["id"]))
        counters = cast("JsonObject", line["counters"])
        number = await connection.fetchval(
            _ADD_SUBSCRIPTION,
            tenant.number,
            line["id"],
            orjson.dumps(line["content"]).decode(),
            self._seal.close(cast("JsonObject", line["endpoint"]), place),
            instant_of(line["createdAt"]),
            instant_of(line["modifiedAt"]),
            line["isPeriodic"],
        )
        await connection.execute(
            _ADD_OUTCOME,
            tenant.number,
            number,
            counters["timesSent"],
            counters["timesFailed"],
            instant_or_none(counters["lastNotification"]),
            instant_or_none(counters["lastSuccess"]),
            instant_or_none(counters["lastFailure"]),
            counters["cause"],
        )
