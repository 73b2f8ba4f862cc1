"""The broker's part of the OpenAPI document: the same paths that `routes` serves, described."""

from collections.abc import Mapping, Sequence
from typing import cast

from broker.api import openapi_parts as parts
from broker.api.described import GONE, NOT_FOUND, Described
from broker.api.openapi_maps import MAP_PATHS, MAP_SCHEMAS
from broker.api.openapi_snapshots import SNAPSHOT_PATHS, SNAPSHOT_SCHEMAS
from broker.api.openapi_subscriptions import SUBSCRIPTION_PATHS, SUBSCRIPTION_SCHEMAS
from broker.api.query_params import MAPPING, PAGING, PRESENTATION, QUERY, SELECTION
from kit.json import JsonObject, JsonValue

_ITEM = frozenset({"type", "local"})

_MULTI = {207: "#BatchOperationResult"}
_UPDATED = {204: "done", 207: "#UpdateResult", **NOT_FOUND}

PATHS: Mapping[str, Mapping[str, Described]] = {
    "/entities": {
        "get": Described(
            id="queryEntities",
            summary="Query Entities",
            clause="6.4.3.2",
            parameters=QUERY,
            answers={200: "#Entities", 201: "#Entities", 203: "#Entities"},
        ),
        "post": Described(
            id="createEntity",
            summary="Create Entity",
            clause="6.4.3.1",
            parameters={"local"},
            body="Entity",
            answers={201: "created; Location names it", 409: "#ProblemDetails"},
        ),
        "delete": Described(
            id="purgeEntities",
            summary="Purge Entities",
            clause="6.4.3.3",
            parameters=SELECTION | {"keep", "drop"},
            answers={204: "done", **_MULTI},
        ),
    },
    "/entities/{entityId}": {
        "get": Described(
            id="retrieveEntity",
            summary="Retrieve Entity",
            clause="6.5.3.1",
            parameters=PRESENTATION | MAPPING | {"attrs", "type", "datasetId", "local"},
            answers={200: "#Entity", 203: "#Entity", **NOT_FOUND},
        ),
        "patch": Described(
            id="mergeEntity",
            summary="Merge Entity",
            clause="6.5.3.4",
            parameters=_ITEM | {"format", "options", "lang", "observedAt"},
            body="Fragment",
            answers=GONE,
        ),
        "put": Described(
            id="replaceEntity",
            summary="Replace Entity",
            clause="6.5.3.3",
            parameters=_ITEM,
            body="Entity",
            answers=GONE,
        ),
        "delete": Described(
            id="deleteEntity",
            summary="Delete Entity",
            clause="6.5.3.2",
            parameters=_ITEM,
            answers=GONE,
        ),
    },
    "/entities/{entityId}/attrs": {
        "post": Described(
            id="appendAttributes",
            summary="Append Attributes",
            clause="6.6.3.1",
            parameters=_ITEM | {"options"},
            body="Fragment",
            answers=_UPDATED,
        ),
        "patch": Described(
            id="updateAttributes",
            summary="Update Attributes",
            clause="6.6.3.2",
            parameters=_ITEM,
            body="Fragment",
            answers=_UPDATED,
        ),
    },
    "/entities/{entityId}/attrs/{attributeName}": {
        "patch": Described(
            id="partialAttributeUpdate",
            summary="Partial Attribute Update",
            clause="6.7.3.1",
            parameters=_ITEM,
            body="AttributeFragment",
            answers=GONE,
        ),
        "put": Described(
            id="replaceAttribute",
            summary="Replace Attribute",
            clause="6.7.3.3",
            parameters=_ITEM,
            body="Attribute",
            answers=GONE,
        ),
        "delete": Described(
            id="deleteAttribute",
            summary="Delete Attribute",
            clause="6.7.3.2",
            parameters=_ITEM | {"datasetId", "deleteAll"},
            answers=GONE,
        ),
    },
    "/entityOperations/query": {
        "post": Described(
            id="queryBatch",
            summary="Query Entities by a document",
            clause="6.23.3.1",
            parameters=PAGING | {"format", "options", "geometryProperty", "local", "lang"},
            body="Query",
            answers={200: "#Entities", 201: "#Entities", 203: "#Entities"},
        )
    },
    "/entityOperations/create": {
        "post": Described(
            id="createBatch",
            summary="Batch Entity Creation",
            clause="6.14.3.1",
            parameters={"local"},
            body="Entities",
            answers={201: "#Ids", **_MULTI},
        )
    },
    "/entityOperations/upsert": {
        "post": Described(
            id="upsertBatch",
            summary="Batch Entity Creation or Update (Upsert)",
            clause="6.15.3.1",
            parameters={"options", "local"},
            body="Entities",
            answers={201: "#Ids", 204: "all were there", **_MULTI},
        )
    },
    "/entityOperations/update": {
        "post": Described(
            id="updateBatch",
            summary="Batch Entity Update",
            clause="6.16.3.1",
            parameters={"options", "local"},
            body="Entities",
            answers={204: "done", **_MULTI},
        )
    },
    "/entityOperations/merge": {
        "post": Described(
            id="mergeBatch",
            summary="Batch Entity Merge",
            clause="6.31.3.1",
            parameters={"local"},
            body="Entities",
            answers={204: "done", **_MULTI},
        )
    },
    "/entityOperations/delete": {
        "post": Described(
            id="deleteBatch",
            summary="Batch Entity Delete",
            clause="6.17.3.1",
            parameters={"local"},
            body="Ids",
            answers={204: "done", **_MULTI},
        )
    },
    "/types": {
        "get": Described(
            id="retrieveEntityTypes",
            summary="Retrieve Available Entity Types",
            clause="6.25.3.1",
            parameters={"details", "local"},
            answers={200: "#Discovered"},
        )
    },
    "/types/{name}": {
        "get": Described(
            id="retrieveEntityTypeInfo",
            summary="Retrieve Available Entity Type Information",
            clause="6.26.3.1",
            parameters={"local"},
            answers={200: "#Discovered", **NOT_FOUND},
        )
    },
    "/attributes": {
        "get": Described(
            id="retrieveAttrTypes",
            summary="Retrieve Available Attributes",
            clause="6.27.3.1",
            parameters={"details", "local"},
            answers={200: "#Discovered"},
        )
    },
    "/attributes/{name}": {
        "get": Described(
            id="retrieveAttrTypeInfo",
            summary="Retrieve Available Attribute Information",
            clause="6.28.3.1",
            parameters={"local"},
            answers={200: "#Discovered", **NOT_FOUND},
        )
    },
    **MAP_PATHS,
    **SNAPSHOT_PATHS,
    **SUBSCRIPTION_PATHS,
    "/info/sourceIdentity": {
        "get": Described(
            id="retrieveContextSourceIdentity",
            summary="Retrieve Context Source Identity Information",
            clause="6.33.3.1",
            answers={200: "#Discovered"},
        )
    },
    "/jsonldContexts": {
        "get": Described(
            id="listContexts",
            summary="List @contexts",
            clause="6.29.3.2",
            parameters={"details", "kind"},
            answers={200: "#Discovered"},
        ),
        "post": Described(
            id="addContext",
            summary="Add @context",
            clause="6.29.3.1",
            body="Context",
            answers={201: "stored; Location names it"},
        ),
    },
    "/jsonldContexts/{contextId}": {
        "get": Described(
            id="serveContext",
            summary="Serve @context",
            clause="6.30.3.1",
            parameters={"details"},
            answers={200: "#Context", **NOT_FOUND, 422: "#ProblemDetails"},
        ),
        "delete": Described(
            id="deleteContext",
            summary="Delete and Reload @context",
            clause="6.30.3.2",
            parameters={"reload"},
            answers=GONE,
        ),
    },
}


_LINKED_DATA = frozenset({"#Entity", "#Entities", "#Discovered", "#Context"}) | {
    "#Subscription",
    "#Subscriptions",
}


def describe(base_path: str) -> tuple[JsonObject, JsonObject]:
    """Answer with the broker's `paths` and `components/schemas` of the OpenAPI document.

    Spec: OpenAPI 3.1; CIM 009 §6
    """
    paths: JsonObject = {
        base_path + path: {
            "parameters": _path_parameters(path),
            **{method: _operation(method, described) for method, described in methods.items()},
        }
        for path, methods in PATHS.items()
    }
    return paths, {**parts.SCHEMAS, **MAP_SCHEMAS, **SNAPSHOT_SCHEMAS, **SUBSCRIPTION_SCHEMAS}


def _path_parameters(path: str) -> JsonValue:
    names = [segment[1:-1] for segment in path.split("/") if segment.startswith("{")]
    return [cast(JsonValue, parts.PATH_PARAMETERS[name]) for name in names]


def _operation(method: str, described: Described) -> JsonObject:
    told: JsonObject = {
        "operationId": described.id,
        "summary": described.summary,
        "description": f"CIM 009 §{described.clause}",
        "tags": ["NGSI-LD"],
        "parameters": _parameters(described),
        "responses": _responses(described),
    }
    if described.body is not None:
        told["requestBody"] = {
            "required": True,
            "content": {
                media_type: {"schema": {"$ref": f"#/components/schemas/{described.body}"}}
                for media_type in _media_types(method)
            },
        }
    return told


def _media_types(method: str) -> Sequence[str]:
    plain = ("application/json", "application/ld+json")
    return (*plain, "application/merge-patch+json") if method == "patch" else plain


def _parameters(described: Described) -> JsonValue:
    told: list[JsonValue] = [
        {"name": name, "in": "query", **parts.QUERY_PARAMETERS[name]}
        for name in sorted(described.parameters)
    ]
    return [*told, *parts.HEADERS]


def _responses(described: Described) -> JsonObject:
    told: JsonObject = {
        str(status): _response(meaning) for status, meaning in described.answers.items()
    }
    common = {"400": "#ProblemDetails", "503": "#ProblemDetails", "404": "#ProblemDetails"}
    if described.body is not None:
        common |= {"411": "no Content-Length", "415": "no JSON", "413": "#ProblemDetails"}
        common["504"] = "#ProblemDetails"
    if 200 in described.answers:
        common |= {"406": "nothing acceptable", "504": "#ProblemDetails", "403": "#ProblemDetails"}
    for status, meaning in common.items():
        told.setdefault(status, _response(meaning))
    return dict(sorted(told.items()))


def _response(meaning: str) -> JsonObject:
    if not meaning.startswith("#"):
        return {"description": meaning}
    schema: JsonObject = {"$ref": f"#/components/schemas/{meaning[1:]}"}
    media_types = ["application/json"]
    if meaning in _LINKED_DATA:
        media_types.append("application/ld+json")
    if meaning in ("#Entity", "#Entities"):
        media_types.append("application/geo+json")
    return {
        "description": meaning[1:],
        "content": {media_type: {"schema": schema} for media_type in media_types},
    }
