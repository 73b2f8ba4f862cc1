"""The broker's paths (§6.2 and Table 6.2-1), the busiest first.

Routes match the path as it came, percent-encoded, so that an IRI fits into one segment; each
`Resource` decodes its segments itself.
"""

from collections.abc import Mapping, Sequence

from starlette.convertors import Convertor, register_url_convertor
from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from broker.api import attributes, batch, contexts, discovery, entities, identity, queries
from broker.api.address import BASE_PATH
from broker.api.resource import Method, Resource
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
            "PATCH": Method(entities.without_id),
            "PUT": Method(entities.without_id),
        },
    ),
    (
        "/entities/{entity_id:segment}",
        {
            "GET": Method(entities.retrieve),
            "PATCH": Method(entities.merge),
            "PUT": Method(entities.replace),
            "DELETE": Method(entities.delete),
        },
    ),
    (
        "/entities/{entity_id:segment}/attrs",
        {"POST": Method(attributes.append), "PATCH": Method(attributes.update)},
    ),
    (
        "/entities/{entity_id:segment}/attrs/{attribute:segment}",
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
    ("/types", {"GET": Method(discovery.list_types)}),
    ("/types/{name:segment}", {"GET": Method(discovery.one_type)}),
    ("/attributes", {"GET": Method(discovery.list_attributes)}),
    ("/attributes/{name:segment}", {"GET": Method(discovery.one_attribute)}),
    ("/info/sourceIdentity", {"GET": Method(identity.source_identity)}),
    ("/jsonldContexts", {"GET": Method(contexts.list_all), "POST": Method(contexts.add)}),
    (
        "/jsonldContexts/{context_id:segment}",
        {"GET": Method(contexts.serve), "DELETE": Method(contexts.delete)},
    ),
)


class _Segment(Convertor[str]):
    """One segment of a path as it came; an empty one too, which its operation refuses."""

    regex = "[^/]*"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("segment", _Segment())


def broker_mount(broker: Broker, settings: ApiSettings) -> Mount:
    """Mount the NGSI-LD API under its base path."""
    routes: list[BaseRoute] = []
    for path, methods in _RESOURCES:
        resource = Resource(broker, settings, methods)
        routes.append(Route(path, resource, include_in_schema=False))
        # The standard prints collections with a trailing slash: both spellings are meant.
        routes.append(Route(path + "/", resource, include_in_schema=False))
    return Mount(BASE_PATH, app=_RawPath(Router(routes=routes, redirect_slashes=False)))


class _RawPath:
    """Gives the router the path as the client sent it instead of the decoded one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw_path = scope["raw_path"].split(b"?", 1)[0].decode("latin-1")
        await self._app({**scope, "path": raw_path}, receive, send)
