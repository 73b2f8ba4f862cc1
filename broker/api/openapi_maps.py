"""Entity maps in the OpenAPI document (§6.32, §6.34)."""

from collections.abc import Mapping

from broker.api.described import GONE, NOT_FOUND, Described
from broker.api.query_params import PAGING, QUERY
from kit.json import JsonValue

MAP_PATHS: Mapping[str, Mapping[str, Described]] = {
    "/entityMaps": {
        "get": Described(
            id="createEntityMapQueryEntity",
            summary="Create EntityMap for Query Entities",
            clause="6.34.3.1",
            parameters=QUERY,
            answers={201: "#EntityMap"},
        ),
        "post": Described(
            id="createEntityMapQueryEntityByPost",
            summary="Create EntityMap for Query Entities by a document",
            clause="6.34.3.2",
            parameters=PAGING | {"format", "options", "geometryProperty", "local", "lang"},
            body="Query",
            answers={201: "#EntityMap"},
        ),
    },
    "/entityMaps/{entityMapId}": {
        "get": Described(
            id="retrieveEntityMap",
            summary="Retrieve EntityMap",
            clause="6.32.3.1",
            answers={200: "#EntityMap", **NOT_FOUND},
        ),
        "patch": Described(
            id="updateEntityMap",
            summary="Update EntityMap",
            clause="6.32.3.2",
            body="EntityMapFragment",
            answers=GONE,
        ),
        "delete": Described(
            id="deleteEntityMap",
            summary="Delete EntityMap",
            clause="6.32.3.3",
            answers=GONE,
        ),
    },
}

_ID: JsonValue = {"type": "string", "format": "uri"}
_INSTANT: JsonValue = {"type": "string", "format": "date-time"}

MAP_SCHEMAS: Mapping[str, JsonValue] = {
    "EntityMap": {
        "type": "object",
        "required": ["id", "type", "expiresAt", "entityMap", "linkedMaps"],
        "properties": {
            "id": _ID,
            "type": {"const": "EntityMap"},
            "expiresAt": _INSTANT,
            "entityMap": {
                "type": "object",
                "description": "Entities, each with the sources it is held by; @none: here",
                "additionalProperties": {"type": "array", "items": {"type": "string"}},
            },
            "linkedMaps": {"type": "object", "additionalProperties": _ID},
        },
    },
    "EntityMapFragment": {
        "type": "object",
        "properties": {"type": {"const": "EntityMap"}, "expiresAt": _INSTANT},
    },
}
