"""A tenant's subscriptions as each process knows them: read again when their version moved."""

import asyncio
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime

import asyncpg
import orjson
import structlog

from broker.ngsi.errors import NgsiLdError
from broker.ngsi.subscription import (
    StoredSubscription,
    Subscription,
    SubscriptionId,
    stored_of,
    with_endpoint,
)
from broker.ngsi.subscription_document import compile_subscription
from broker.store.inside import Inside
from broker.store.layered_index import LayeredIndex
from broker.store.tenants import database_of
from joint_use import Tenant
from kit.db import Database
from kit.sealing import Seal, Unsealable

log = structlog.get_logger(__name__)

COLUMNS = "number, id, content, endpoint, created_at, modified_at"
# One statement, so that version and rows are of one moment.
_READ = f"""
SELECT subscription_version AS version,
       (SELECT count(*) FROM subscription WHERE tenant = $1) AS count,
       NULL::bigint AS number, NULL AS id, NULL::json AS content, NULL::bytea AS endpoint,
       NULL::timestamptz AS created_at, NULL::timestamptz AS modified_at
FROM tenant_state WHERE tenant = $1
UNION ALL
SELECT NULL, NULL, {COLUMNS} FROM subscription WHERE tenant = $1 AND version > $2"""  # noqa: S608 — the column list is ours
_NUMBERS = "SELECT array_agg(number) FROM subscription WHERE tenant = $1"
_STRIDE = 50  # subscriptions that are compiled before others get their turn


@dataclass(frozen=True, slots=True)
class Known:
    """The subscriptions of one tenant at a version.

    Args:
        by_number: all of them, paused and expired ones too; None: one that cannot be read.
        numbers: of those that can be read, by id.
        index: finds those that notify of a change.
    """

    version: int = 0
    by_number: Mapping[int, Subscription | None] = field(default_factory=dict)
    numbers: Mapping[SubscriptionId, int] = field(default_factory=dict)
    index: LayeredIndex = field(default_factory=lambda: LayeredIndex.of(()))

    @property
    def readable(self) -> Mapping[int, Subscription]:
        """Those that can be read, by number."""
        return {number: one for number, one in self.by_number.items() if one is not None}


def _key(tenant: Tenant) -> tuple[Database, int]:
    return database_of(tenant), tenant.number


def place_of(tenant: int, id_: str) -> str:
    """Name the place that a sealed endpoint belongs to."""
    return f"subscription {id_} of tenant {tenant}"


def stored_row(tenant: int, row: asyncpg.Record, seal: Seal) -> StoredSubscription:
    """Read a row of subscription, its endpoint opened.

    Raises:
        Unsealable: the endpoint does not open.
    """
    created_at: datetime = row["created_at"]
    modified_at: datetime = row["modified_at"]
    stored = stored_of(row["id"], orjson.loads(row["content"]), created_at, modified_at)
    return with_endpoint(stored, seal.open(row["endpoint"], place_of(tenant, row["id"])))


class SubscriptionCache:
    """Subscriptions by tenant, compiled.

    Args:
        seal: opens their endpoints.
    """

    def __init__(self, seal: Seal) -> None:
        self._seal = seal
        self._known: dict[tuple[Database, int], Known] = {}

    def get(self, tenant: Tenant) -> Known | None:
        """Answer with what is known of a tenant's subscriptions, whatever its version."""
        return self._known.get(_key(tenant))

    async def refresh(self, connection: Inside, tenant: Tenant) -> Known:
        """Read what has changed; the connection has entered the tenant."""
        before = self._known.get(_key(tenant)) or Known()
        head, *rows = await connection.fetch(_READ, tenant.number, before.version)
        if head["version"] == before.version:
            return before
        changed = await self._read(tenant, rows)
        if len(before.by_number.keys() | changed.keys()) != head["count"]:
            there = set(await connection.fetchval(_NUMBERS, tenant.number) or ())
            gone = (before.by_number.keys() | changed.keys()) - there
        else:
            gone = set()
        known = _with_changes(before, head["version"], changed, gone)
        current = self._known.get(_key(tenant))
        if current is None or current.version <= known.version:
            self._known[_key(tenant)] = known
        return known

    async def _read(
        self, tenant: Tenant, rows: Sequence[asyncpg.Record]
    ) -> dict[int, Subscription | None]:
        """Compile rows, a few at a time: others want the loop, too."""
        read: dict[int, Subscription | None] = {}
        for position, row in enumerate(rows):
            if position % _STRIDE == _STRIDE - 1:
                await asyncio.sleep(0)
            read[row["number"]] = self._compiled(tenant, row)
        return read

    def _compiled(self, tenant: Tenant, row: asyncpg.Record) -> Subscription | None:
        """Compile a row; one that cannot be read is reported and does not stop the others."""
        try:
            return compile_subscription(stored_row(tenant.number, row, self._seal))
        except (NgsiLdError, Unsealable) as error:
            log.error(  # noqa: TRY400 — the reason says it all
                "subscription_unreadable",
                tenant=tenant.name,
                subscription=row["id"],
                reason=error.detail,
            )
            return None


def _with_changes(
    before: Known, version: int, changed: Mapping[int, Subscription | None], gone: AbstractSet[int]
) -> Known:
    by_number = {**before.by_number, **changed}
    latest: dict[SubscriptionId, Subscription | None] = {}
    for number in gone | changed.keys():
        former = before.by_number.get(number)
        if former is not None:
            latest[former.id] = None
    for number in gone:
        by_number.pop(number, None)
    for number, one in changed.items():
        if one is not None and number not in gone:
            latest[one.id] = one
    numbers = {**before.numbers}
    for id_ in latest:
        numbers.pop(id_, None)
    numbers.update(
        (one.id, number)
        for number, one in changed.items()
        if one is not None and number not in gone
    )
    everything = (one for one in by_number.values() if one is not None)
    index = before.index.with_changes(latest, everything)
    return Known(version=version, by_number=by_number, numbers=numbers, index=index)
