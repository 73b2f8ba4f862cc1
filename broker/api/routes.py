"""The broker's paths and what their methods do (§6.2, Table 6.2-1)."""

from collections.abc import Mapping, Sequence

from starlette.types import Receive, Scope, Send

from broker.api import (
    attributes,
    batch,
    contexts,
    discovery,
    entities,
    entity_maps,
    identity,
    queries,
    snapshots,
    subscriptions,
)
from broker.api.address import BASE_PATH
from broker.api.exchange import Incoming
from broker.api.paths import Paths
from broker.api.problems import plain_problem
from broker.api.resource import Method, OnSnapshot, Resource
from broker.ports import Broker
from broker.settings import ApiSettings

Methods = Mapping[str, Method]

_RESOURCES: Sequence[tuple[str, Methods]] = (
    (
        "/entities",
        {
            "GET": Method(queries.query),
            "POST": Method(entities.create, creates_tenant=True),
            "DELETE": Method(queries.purge),
            "PATCH": Method(entities.without_id, only_refuses=True),
            "PUT": Method(entities.without_id, only_refuses=True),
        },
    ),
    (
        "/entities/{entity_id}",
        {
            "GET": Method(entities.retrieve),
            "PATCH": Method(entities.merge),
            "PUT": Method(entities.replace),
            "DELETE": Method(entities.delete),
        },
    ),
    (
        "/entities/{entity_id}/attrs",
        {"POST": Method(attributes.append), "PATCH": Method(attributes.update)},
    ),
    (
        "/entities/{entity_id}/attrs/{attribute}",
        {
            "PATCH": Method(attributes.partial_update),
            "PUT": Method(attributes.replace),
            "DELETE": Method(attributes.delete),
        },
    ),
    ("/entityOperations/query", {"POST": Method(queries.query_by_post)}),
    ("/entityOperations/create", {"POST": Method(batch.create, creates_tenant=True)}),
    ("/entityOperations/upsert", {"POST": Method(batch.upsert, creates_tenant=True)}),
    ("/entityOperations/update", {"POST": Method(batch.update)}),
    ("/entityOperations/merge", {"POST": Method(batch.merge)}),
    ("/entityOperations/delete", {"POST": Method(batch.delete)}),
    (
        "/subscriptions",
        {
            "GET": Method(subscriptions.query),
            "POST": Method(subscriptions.create, creates_tenant=True),
        },
    ),
    (
        "/subscriptions/{subscription_id}",
        {
            "GET": Method(subscriptions.retrieve),
            "PATCH": Method(subscriptions.update),
            "DELETE": Method(subscriptions.delete),
        },
    ),
    ("/types", {"GET": Method(discovery.list_types)}),
    ("/types/{name}", {"GET": Method(discovery.one_type)}),
    ("/attributes", {"GET": Method(discovery.list_attributes)}),
    ("/attributes/{name}", {"GET": Method(discovery.one_attribute)}),
    (
        "/entityMaps",
        {"GET": Method(entity_maps.create), "POST": Method(entity_maps.create_by_post)},
    ),
    (
        "/entityMaps/{map_id}",
        {
            "GET": Method(entity_maps.retrieve),
            "PATCH": Method(entity_maps.update),
            "DELETE": Method(entity_maps.delete),
        },
    ),
    ("/snapshots", {"POST": Method(snapshots.create), "DELETE": Method(snapshots.purge)}),
    (
        "/snapshots/{snapshot_id}",
        {
            "GET": Method(snapshots.retrieve),
            "PATCH": Method(snapshots.update),
            "DELETE": Method(snapshots.delete),
        },
    ),
    ("/snapshots/{snapshot_id}/clone", {"POST": Method(snapshots.clone)}),
    ("/info/sourceIdentity", {"GET": Method(identity.source_identity, is_ours=True)}),
    ("/jsonldContexts", {"GET": Method(contexts.list_all), "POST": Method(contexts.add)}),
    (
        "/jsonldContexts/{context_id}",
        {"GET": Method(contexts.serve), "DELETE": Method(contexts.delete)},
    ),
)


_WITHIN = frozenset({"entities", "entityOperations", "types", "attributes", "entityMaps"})
_BESIDE = frozenset({"snapshots", "jsonldContexts", "info"})


def _on_snapshot(pattern: str) -> OnSnapshot:
    """Say what a resource makes of a snapshot: what holds no entities is the tenant's own."""
    first = pattern.split("/")[1]
    if first in _WITHIN:
        return OnSnapshot.ACTS
    return OnSnapshot.IGNORES if first in _BESIDE else OnSnapshot.REFUSES


class NgsiLdApi:
    """The ASGI application of everything under /ngsi-ld/v1."""

    def __init__(self, broker: Broker, settings: ApiSettings) -> None:
        self._paths: Paths[Resource] = Paths()
        for pattern, methods in _RESOURCES:
            resource = Resource(broker, settings, methods, _on_snapshot(pattern), pattern)
            self._paths.add(pattern, resource)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        raw_path: bytes = scope["raw_path"]
        path = raw_path.partition(b"?")[0].decode("latin-1")
        found = self._paths.find(path.removeprefix(BASE_PATH))
        if found is None:
            reply = plain_problem(404, "There is no such path", f"{path} leads nowhere")
            await reply.send(send)
            return
        resource, segments = found
        await resource.answer(Incoming(scope=scope, receive=receive, segments=segments), send)
