"""Create, clone, retrieve, update, delete and purge Snapshots (§5.16)."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

from broker.ngsi.contexts import Context
from broker.ngsi.errors import BadRequestData, Conflict, ResourceNotFound, TooManyResults
from broker.ngsi.resolve import resolve_filter, resolve_presentation
from broker.ngsi.snapshot import (
    QUERIES,
    TEMPORAL_QUERIES,
    Snapshot,
    SnapshotId,
    SnapshotStatus,
    snapshot_expiry,
)
from broker.ngsi.snapshot_query import matches_query, parse_snapshot_query
from broker.ngsi.snapshot_reading import (
    Draft,
    read_clone,
    read_creation,
    snapshot_request,
    updated,
)
from broker.operations.call import Call, Document, context_of, require
from broker.ports import Broker
from joint_use import Action
from kit.json import JsonObject, JsonValue

_MOST_TRIES = 5


async def create_snapshot(broker: Broker, call: Call, document: Document) -> SnapshotId:
    """Create a Snapshot; its queries are executed in the background.

    Spec: CIM 009 §5.16.1 (HTTP §6.36.3.1)

    Raises:
        BadRequestData: the document or one of its queries breaks a rule.
        AlreadyExists: the tenant has a Snapshot of this id.
        TooManyResults: it has as many as it may have, all more important than this one.
    """
    require(call, Action.WRITE)
    draft = read_creation(document.body)
    context = await context_of(broker, call, document)
    for position, query in enumerate(_array(draft.document, QUERIES)):
        _require_executable(query, f"/{QUERIES}/{position}", context, now=broker.clock())
    await _check_endpoint(broker, draft.document)
    return await _store(broker, call, draft, context=document.context)


async def clone_snapshot(
    broker: Broker, call: Call, source_id: SnapshotId, document: Document
) -> SnapshotId:
    """Create a Snapshot with a copy of another one's entities, made in the background.

    Spec: CIM 009 §5.16.2 (HTTP §6.38.3.1)

    Raises:
        BadRequestData: the document breaks a rule.
        ResourceNotFound: there is no such Snapshot.
        AlreadyExists: the tenant has a Snapshot of the clone's id.
        TooManyResults: it has as many as it may have, all more important than this one.
    """
    require(call, Action.WRITE)
    draft = read_clone(document.body)
    source = await _found(broker, call, source_id)
    await _check_endpoint(broker, draft.document)
    lineage = {
        member: source.document[member]
        for member in (QUERIES, TEMPORAL_QUERIES)
        if member in source.document
    }
    clone = replace(draft, document={**draft.document, **lineage})
    return await _store(broker, call, clone, context=source.context, source=source)


async def retrieve_snapshot(broker: Broker, call: Call, snapshot_id: SnapshotId) -> Snapshot:
    """Retrieve the status of a Snapshot.

    Spec: CIM 009 §5.16.3 (HTTP §6.37.3.1)

    Raises:
        ResourceNotFound: there is no such Snapshot.
    """
    require(call, Action.READ)
    snapshot = await _found(broker, call, snapshot_id)
    if snapshot.status is SnapshotStatus.PREPARING:
        broker.snapshot_work.wake(call.tenant)  # who fills it may have died
    return snapshot


async def update_snapshot(
    broker: Broker, call: Call, snapshot_id: SnapshotId, fragment: JsonObject
) -> Snapshot:
    """Update lifetime, priority or endpoint of a Snapshot; answers with its status then.

    Spec: CIM 009 §5.16.4 (HTTP §6.37.3.2)

    Raises:
        BadRequestData: the fragment breaks a rule, or names what cannot be updated.
        ResourceNotFound: there is no such Snapshot.
        Conflict: others update it all the time.
    """
    require(call, Action.WRITE)
    for _ in range(_MOST_TRIES):
        before = await _found(broker, call, snapshot_id)
        after = updated(before, fragment, broker.bounds.snapshots, _later(broker, before))
        if "endpoint" in fragment:
            await _check_endpoint(broker, after.document)
        if await broker.snapshots.replace(call.tenant, after, over=before.modified_at):
            broker.snapshot_work.wake(call.tenant)
            return after
    raise Conflict(f"Snapshot {snapshot_id} is being updated by others; try again")


async def delete_snapshot(broker: Broker, call: Call, snapshot_id: SnapshotId) -> None:
    """Delete a Snapshot.

    Spec: CIM 009 §5.16.5 (HTTP §6.37.3.3)

    Raises:
        ResourceNotFound: there is no such Snapshot.
    """
    require(call, Action.WRITE)
    if not await broker.snapshots.remove(call.tenant, snapshot_id):
        raise _unknown(snapshot_id)
    broker.snapshot_work.wake(call.tenant)


async def purge_snapshots(broker: Broker, call: Call, q: str) -> None:
    """Delete the Snapshots that satisfy a query over their own members.

    Spec: CIM 009 §5.16.7 (HTTP §6.36.3.2)

    Raises:
        BadRequestData: the query is malformed, or names what is no member of a Snapshot.
        ResourceNotFound: no Snapshot satisfies it.
    """
    require(call, Action.WRITE)
    query, now = parse_snapshot_query(q), broker.clock()
    snapshots = await broker.snapshots.every(call.tenant)
    chosen = [snapshot.id for snapshot in snapshots if matches_query(query, snapshot, now)]
    if not chosen:
        raise ResourceNotFound("No Snapshot satisfies the query", where="q")
    for snapshot_id in chosen:
        await broker.snapshots.remove(call.tenant, snapshot_id)
    broker.snapshot_work.wake(call.tenant)


async def _store(
    broker: Broker,
    call: Call,
    draft: Draft,
    *,
    context: JsonValue,
    source: Snapshot | None = None,
) -> SnapshotId:
    now = broker.clock()
    snapshot = Snapshot(
        id=draft.id or SnapshotId(f"urn:ngsi-ld:Snapshot:{uuid4()}"),
        document=draft.document,
        context=context,
        priority=draft.priority,
        created_at=now,
        modified_at=now,
        expires_at=snapshot_expiry(draft.document, broker.bounds.snapshots, now),
        last_used_at=now,
        source=None if source is None else source.id,
    )
    await _make_room(broker, call, snapshot)
    await broker.snapshots.put(call.tenant, snapshot)
    broker.snapshot_work.wake(call.tenant)
    return snapshot.id


async def _make_room(broker: Broker, call: Call, snapshot: Snapshot) -> None:
    """Let the least important Snapshot go where there are too many.

    Spec: CIM 009 §5.5.15 (by priority, then by last use)
    """
    others = await broker.snapshots.every(call.tenant)
    if len(others) < broker.bounds.snapshots.per_tenant or snapshot.id in {o.id for o in others}:
        return
    least = min(others, key=lambda other: (other.priority, other.last_used_at))
    if least.priority > snapshot.priority:
        raise TooManyResults(
            f"The tenant has {len(others)} Snapshots, all of a greater snapshotPriority; right "
            "would be to delete one, or a greater priority",
            where="/snapshotPriority",
        )
    await broker.snapshots.evict(call.tenant, least.id, broker.clock())


def _require_executable(query: JsonValue, where: str, context: Context, *, now: datetime) -> None:
    """Check a query while its client can still be told what is wrong with it."""
    request = snapshot_request(query, where)
    try:
        resolve_filter(request, context)
        resolve_presentation(request, context, now)
    except BadRequestData as refusal:
        part = f"{where}/{refusal.where}" if refusal.where else where
        raise BadRequestData(refusal.detail, where=part) from None


async def _check_endpoint(broker: Broker, document: JsonObject) -> None:
    endpoint = document.get("endpoint")
    if isinstance(endpoint, str):
        await broker.endpoints.check(endpoint)


async def _found(broker: Broker, call: Call, snapshot_id: SnapshotId) -> Snapshot:
    snapshot = await broker.snapshots.get(call.tenant, snapshot_id)
    if snapshot is None:
        raise _unknown(snapshot_id)
    return snapshot


def _later(broker: Broker, before: Snapshot) -> datetime:
    """Give an instant after the last modification, by which the next update tells them apart."""
    return max(broker.clock(), before.modified_at + timedelta(microseconds=1))


def _array(document: JsonObject, member: str) -> list[JsonValue]:
    found = document.get(member, [])
    return found if isinstance(found, list) else []


def _unknown(snapshot_id: SnapshotId) -> ResourceNotFound:
    return ResourceNotFound(f"Snapshot {snapshot_id} does not exist")
