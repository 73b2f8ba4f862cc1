"""A tenant's subscriptions as each process knows them: read again when their version moved."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import asyncpg
import orjson
import structlog

from broker.ngsi.errors import NgsiLdError
from broker.ngsi.matching_index import SubscriptionIndex
from broker.ngsi.subscription import (
    StoredSubscription,
    Subscription,
    SubscriptionId,
    stored_of,
    with_endpoint,
)
from broker.ngsi.subscription_document import compile_subscription
from broker.store.sealing import Seal, Unsealable
from joint_use import Tenant
from kit.db import Connection

log = structlog.get_logger(__name__)

COLUMNS = "number, id, content, endpoint, created_at, modified_at"
# One statement, so that version and rows are of one moment.
_READ = f"""
SELECT subscription_version AS version, CASE WHEN $2::bigint > 0 THEN
           (SELECT coalesce(array_agg(number), '{{}}') FROM subscription WHERE tenant = $1) END
       AS present, NULL::bigint AS number, NULL AS id, NULL::json AS content,
       NULL::bytea AS endpoint, NULL::timestamptz AS created_at, NULL::timestamptz AS modified_at
FROM tenant_state WHERE tenant = $1
UNION ALL
SELECT NULL, NULL, {COLUMNS} FROM subscription WHERE tenant = $1 AND version > $2"""  # noqa: S608 — the column list is ours
_STRIDE = 50  # subscriptions that are compiled before others get their turn


@dataclass(frozen=True, slots=True)
class Known:
    """The subscriptions of one tenant at a version.

    Args:
        by_number: all that can be read, paused and expired ones too.
        index: of those that notify of changes.
    """

    version: int = 0
    by_number: Mapping[int, Subscription] = field(default_factory=dict)
    numbers: Mapping[SubscriptionId, int] = field(default_factory=dict)
    index: SubscriptionIndex = field(default_factory=lambda: SubscriptionIndex(()))


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
        self._known: dict[int, Known] = {}

    def get(self, tenant: Tenant) -> Known | None:
        """Answer with what is known of a tenant's subscriptions, whatever its version."""
        return self._known.get(tenant.number)

    async def refresh(self, connection: Connection, tenant: Tenant) -> Known:
        """Read what has changed; the connection has entered the tenant."""
        before = self._known.get(tenant.number) or Known()
        head, *rows = await connection.fetch(_READ, tenant.number, before.version)
        if head["version"] == before.version:
            return before
        known = await self._put_together(tenant, before, head, rows)
        current = self._known.get(tenant.number)
        if current is None or current.version <= known.version:
            self._known[tenant.number] = known
        return known

    async def _put_together(
        self,
        tenant: Tenant,
        before: Known,
        head: asyncpg.Record,
        rows: Sequence[asyncpg.Record],
    ) -> Known:
        present = None if head["present"] is None else frozenset(head["present"])
        by_number = {
            number: one
            for number, one in before.by_number.items()
            if present is None or number in present
        }
        for position, row in enumerate(rows):
            if position % _STRIDE == _STRIDE - 1:
                await asyncio.sleep(0)
            by_number.pop(row["number"], None)
            compiled = self._compiled(tenant, row)
            if compiled is not None:
                by_number[row["number"]] = compiled
        return Known(
            version=head["version"],
            by_number=by_number,
            numbers={one.id: number for number, one in by_number.items()},
            index=SubscriptionIndex(
                one for one in by_number.values() if one.time_interval_s is None
            ),
        )

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
