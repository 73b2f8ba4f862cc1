"""Fill Snapshots in the background, and tell their receivers (§5.16.1.4, §5.16.2.4, §5.16.6)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import uuid4

import orjson
import structlog

from broker.ngsi.contexts import Context
from broker.ngsi.entity import Entity
from broker.ngsi.errors import (
    InternalError,
    NgsiLdError,
    ResourceNotFound,
    TooManyResults,
    Unavailable,
)
from broker.ngsi.linked import Join, start
from broker.ngsi.names import EntityId
from broker.ngsi.notification import NotificationMessage
from broker.ngsi.queries import EntityFilter
from broker.ngsi.representations import Presentation
from broker.ngsi.resolve import resolve_filter, resolve_presentation
from broker.ngsi.snapshot import (
    QUERIES,
    QueryResult,
    Results,
    Snapshot,
    SnapshotStatus,
    snapshot_notification,
)
from broker.ngsi.snapshot_content import NO_TEMPORAL, failed, found, kept
from broker.ngsi.snapshot_reading import snapshot_request
from broker.operations.call import Call, context_of
from broker.operations.retrieval import join_of, linked_entities
from broker.ports import Broker, EveryGroup
from broker.snapshot_ports import Claim, SnapshotFilling, SnapshotSender
from joint_use import DEFAULT_TENANT, UNRESTRICTED, Tenant
from kit.json import JsonObject

log = structlog.stdlib.get_logger("broker.snapshots")

CLAIM = timedelta(seconds=10)
"""For how long nobody else fills a snapshot after the last sign of life of who does."""

_SOON = timedelta(seconds=1)
_MOST_ATTEMPTS = 5
_PAUSES_S = (0.2, 1.0, 5.0)  # between attempts to tell a receiver


class ClaimLost(Exception):
    """Another process fills the snapshot now, or it is deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filler:
    """What snapshots are filled with.

    Args:
        broker: where entities are found.
        filling: where they are stored.
        sender: tells receivers.
    """

    broker: Broker
    filling: SnapshotFilling
    sender: SnapshotSender

    async def fill_next(self, tenant: Tenant) -> bool:
        """Fill the next snapshot of a tenant that nobody fills; False where there is none.

        Spec: CIM 009 §5.16.1.4, §5.16.2.4
        Raises:
            Unavailable: the database is away; whoever comes after the claim goes on.
        """
        clock = self.broker.clock
        claim = await self.filling.claim(tenant, clock() + CLAIM)
        if claim is None:
            return False
        try:
            finished = await self._filled(tenant, claim)
        except ClaimLost:
            return True
        if finished is None:
            await self.filling.postpone(tenant, claim, clock() + _SOON)
            return True
        await self.filling.finish(tenant, claim, finished)
        log.info(
            "snapshot_filled",
            tenant=tenant.name,
            snapshot_id=claim.snapshot.id,
            status=finished.status.value,
        )
        return True

    async def _filled(self, tenant: Tenant, claim: Claim) -> Snapshot | None:
        """Fill a snapshot; None: what it is a clone of is not ready yet."""
        snapshot, now = claim.snapshot, self.broker.clock
        if claim.attempts > _MOST_ATTEMPTS:
            given_up = InternalError("The snapshot could not be filled in several attempts")
            return snapshot.finished(_all_failed(snapshot, given_up), now())
        if snapshot.source is not None:
            return await self._cloned(tenant, claim)
        results = Results(
            queries=await self._execute(tenant, claim),
            temporal=[NO_TEMPORAL] * len(snapshot.temporal_queries),
        )
        return snapshot.finished(results, now())

    async def _execute(self, tenant: Tenant, claim: Claim) -> list[QueryResult]:
        """Execute all queries on the tenant's data as they are at one instant."""
        results = []
        copy = _Copy(self, tenant, claim)
        async with self.broker.entities.frozen(tenant) as every:
            for position, query in enumerate(claim.snapshot.queries):
                try:
                    plan = await self._plan(tenant, claim.snapshot, query, position)
                    results.append(found(await copy.matches(every, plan)))
                except Unavailable:
                    raise
                except NgsiLdError as error:
                    results.append(failed(error))
        return results

    async def _plan(
        self, tenant: Tenant, snapshot: Snapshot, query: JsonObject, position: int
    ) -> "_Plan":
        """Read a query with the @context that the Snapshot was given with."""
        call = Call(tenant=tenant, principal=UNRESTRICTED, context=snapshot.context)
        context = await context_of(self.broker, call)
        request = snapshot_request(query, f"/{QUERIES}/{position}")
        return _Plan(
            wanted=resolve_filter(request, context),
            how=resolve_presentation(request, context, self.broker.clock()),
            context=context,
            join=join_of(request),
        )

    async def _cloned(self, tenant: Tenant, claim: Claim) -> Snapshot | None:
        """Copy the original's entities; None: it is not ready yet."""
        now = self.broker.clock
        try:
            source = await self._source(tenant, claim)
            if source.status is SnapshotStatus.PREPARING or source.number is None:
                return None
            inside = replace(tenant, number=source.number)
            async with self.broker.entities.frozen(inside) as every:
                await _Copy(self, tenant, claim).everything(every)
            await self._source(tenant, claim)  # while it is there, nothing of it was missing
        except Unavailable:
            raise
        except NgsiLdError as error:
            return claim.snapshot.finished(_all_failed(claim.snapshot, error), now())
        finished = claim.snapshot.finished(source.results, now())
        return replace(finished, status=SnapshotStatus.SUCCESS)

    async def _source(self, tenant: Tenant, claim: Claim) -> Snapshot:
        source_id = claim.snapshot.source
        source = source_id and await self.broker.snapshots.get(tenant, source_id)
        if not source:
            raise ResourceNotFound(f"Snapshot {source_id} does not exist any more")
        return source

    async def tell(self, tenant: Tenant, snapshot: Snapshot, *, is_deleted: bool = False) -> None:
        """Tell a Snapshot's receiver of its status, in a few attempts.

        Spec: CIM 009 §5.16.6, §5.3.4
        """
        endpoint = snapshot.endpoint
        if endpoint is None:
            return
        content = snapshot_notification(
            snapshot,
            notification_id=f"urn:ngsi-ld:SnapshotNotification:{uuid4()}",
            notified_at=self.broker.clock(),
            is_deleted=is_deleted,
        )
        headers = {"Content-Type": "application/json", **dict(endpoint.receiver_info)}
        if tenant.name != DEFAULT_TENANT:
            headers["NGSILD-Tenant"] = tenant.name
        message = NotificationMessage(headers=headers, body=orjson.dumps(content))
        refusal = await self.sender.send(endpoint, message)
        for pause_s in _PAUSES_S:
            if refusal is None:
                return
            await asyncio.sleep(pause_s)
            refusal = await self.sender.send(endpoint, message)
        if refusal is not None:
            log.warning("snapshot_receiver_not_told", snapshot_id=snapshot.id, reason=refusal)


def _all_failed(snapshot: Snapshot, error: NgsiLdError) -> Results:
    return Results(
        queries=[failed(error)] * len(snapshot.queries),
        temporal=[failed(error)] * len(snapshot.temporal_queries),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """One query of a Snapshot, read."""

    wanted: EntityFilter
    how: Presentation
    context: Context
    join: Join | None


@dataclass(slots=True)
class _Copy:
    """Entities on their way into a Snapshot, and which are there already."""

    filler: Filler
    tenant: Tenant
    claim: Claim
    stored: set[EntityId] = field(default_factory=set)

    async def matches(self, every: EveryGroup, plan: _Plan) -> int:
        """Store what a query finds; answers with how many match."""
        count = 0
        async for group in every(plan.wanted):
            count += len(group)
            entities = {entity.id: kept(entity, plan.how) for entity in group}
            if plan.join is not None:
                linked = await linked_entities(
                    self.filler.broker.entities,
                    self.tenant,
                    start(group, plan.how),
                    plan.context,
                    plan.join,
                )
                entities = {**linked, **entities}
            await self._add(list(entities.values()))
        return count

    async def everything(self, every: EveryGroup) -> None:
        """Store all there is."""
        async for group in every(EntityFilter()):
            await self._add(group)

    async def _add(self, entities: Sequence[Entity]) -> None:
        self.stored.update(entity.id for entity in entities)
        most = self.filler.broker.bounds.snapshots.entities
        if len(self.stored) > most:
            raise TooManyResults(
                f"The Snapshot would hold more than {most} entities; right would be narrower "
                "queries"
            )
        until = self.filler.broker.clock() + CLAIM
        if not await self.filler.filling.renew(self.tenant, self.claim, until):
            raise ClaimLost
        await self.filler.filling.add(self.tenant, self.claim, entities)
