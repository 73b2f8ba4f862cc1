"""/snapshots, /snapshots/{id} and /snapshots/{id}/clone (§6.36 to §6.38)."""

from urllib.parse import quote

from broker.api.accept import DOCUMENT_FORMS, negotiate
from broker.api.address import BASE_PATH
from broker.api.body import read_document
from broker.api.contextual import contextual_reply
from broker.api.exchange import NO_CONTENT, Reply
from broker.api.params import parameters
from broker.api.resource import Exchange
from broker.ngsi.errors import BadRequestData
from broker.ngsi.snapshot import Snapshot, SnapshotId, snapshot_document
from broker.ngsi.values import require_uri
from broker.operations import snapshots
from broker.operations.call import Call, context_of

SNAPSHOT_ID = "snapshot_id"
_WHAT = "The Snapshot"


async def create(exchange: Exchange) -> Reply:
    """POST /snapshots (§6.36.3.1)."""
    parameters(exchange.incoming.query_string, ())
    document = await read_document(exchange.incoming, what=_WHAT)
    made = await snapshots.create_snapshot(exchange.broker, exchange.call, document)
    return _created(made)


async def purge(exchange: Exchange) -> Reply:
    """DELETE /snapshots (§6.36.3.2)."""
    params = parameters(exchange.incoming.query_string, {"q"})
    if "q" not in params:
        raise BadRequestData("A purge of Snapshots needs q", where="q")
    await snapshots.purge_snapshots(exchange.broker, exchange.call, params["q"])
    return NO_CONTENT


async def retrieve(exchange: Exchange) -> Reply:
    """GET /snapshots/{id} (§6.37.3.1)."""
    parameters(exchange.incoming.query_string, ())
    media_type = negotiate(exchange.incoming.header(b"accept"), DOCUMENT_FORMS)
    found = await snapshots.retrieve_snapshot(
        exchange.broker, exchange.call, _snapshot_id(exchange)
    )
    return await _reply(exchange, exchange.call, found, media_type)


async def update(exchange: Exchange) -> Reply:
    """PATCH /snapshots/{id} (§6.37.3.2)."""
    parameters(exchange.incoming.query_string, ())
    media_type = negotiate(exchange.incoming.header(b"accept"), DOCUMENT_FORMS)
    snapshot_id = _snapshot_id(exchange)
    document = await read_document(exchange.incoming, what="The fragment")
    after = await snapshots.update_snapshot(
        exchange.broker, exchange.call, snapshot_id, document.body
    )
    return await _reply(exchange, exchange.call.under(document), after, media_type)


async def delete(exchange: Exchange) -> Reply:
    """DELETE /snapshots/{id} (§6.37.3.3)."""
    parameters(exchange.incoming.query_string, ())
    await snapshots.delete_snapshot(exchange.broker, exchange.call, _snapshot_id(exchange))
    return NO_CONTENT


async def clone(exchange: Exchange) -> Reply:
    """POST /snapshots/{id}/clone (§6.38.3.1)."""
    parameters(exchange.incoming.query_string, ())
    source_id = _snapshot_id(exchange)
    document = await read_document(exchange.incoming, what=_WHAT)
    made = await snapshots.clone_snapshot(exchange.broker, exchange.call, source_id, document)
    return _created(made)


def _created(snapshot_id: SnapshotId) -> Reply:
    location = f"{BASE_PATH}/snapshots/{quote(snapshot_id, safe=_ID_SAFE)}".encode()
    return Reply(status=201, headers=[(b"location", location)])


async def _reply(exchange: Exchange, call: Call, snapshot: Snapshot, media_type: str) -> Reply:
    context = await context_of(exchange.broker, call)
    return await contextual_reply(exchange, snapshot_document(snapshot), context, media_type)


def _snapshot_id(exchange: Exchange) -> SnapshotId:
    text = exchange.incoming.segment(SNAPSHOT_ID)
    return SnapshotId(require_uri(text, what="Snapshot id", where="path"))


_ID_SAFE = ":@!$&'()*+,;=-._~"  # what a segment may hold as it is (RFC 3986 pchar)
