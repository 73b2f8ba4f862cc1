"""Snapshots in the OpenAPI document (§6.36 to §6.38)."""

from collections.abc import Mapping

from broker.api.described import GONE, NOT_FOUND, Described
from kit.json import JsonObject, JsonValue

_CREATED = {201: "created; Location names it", 409: "#ProblemDetails"}

SNAPSHOT_PATHS: Mapping[str, Mapping[str, Described]] = {
    "/snapshots": {
        "post": Described(
            id="createSnapshot",
            summary="Create Snapshot",
            clause="6.36.3.1",
            body="Snapshot",
            answers=_CREATED,
        ),
        "delete": Described(
            id="purgeSnapshots",
            summary="Purge Snapshots",
            clause="6.36.3.2",
            parameters={"q"},
            answers=GONE,
        ),
    },
    "/snapshots/{snapshotId}": {
        "get": Described(
            id="retrieveSnapshotStatus",
            summary="Retrieve Snapshot Status",
            clause="6.37.3.1",
            answers={200: "#Snapshot", **NOT_FOUND},
        ),
        "patch": Described(
            id="updateSnapshotStatus",
            summary="Update Snapshot Status",
            clause="6.37.3.2",
            body="SnapshotFragment",
            answers={200: "#Snapshot", **NOT_FOUND},
        ),
        "delete": Described(
            id="deleteSnapshot",
            summary="Delete Snapshot",
            clause="6.37.3.3",
            answers=GONE,
        ),
    },
    "/snapshots/{snapshotId}/clone": {
        "post": Described(
            id="cloneSnapshot",
            summary="Clone Snapshot",
            clause="6.38.3.1",
            body="SnapshotFragment",
            answers={**_CREATED, **NOT_FOUND},
        )
    },
}

_CHANGING: JsonObject = {
    "type": {"const": "Snapshot"},
    "snapshotLifetime": {"type": "string", "description": "How long it shall live, ISO 8601"},
    "snapshotPriority": {"type": "integer", "minimum": 1, "maximum": 10, "default": 5},
    "endpoint": {"type": "string", "format": "uri", "description": "Who is told of its status"},
    "receiverInfo": {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["key", "value"],
            "properties": {"key": {"type": "string"}, "value": {"type": "string"}},
        },
    },
}
_QUERIES: JsonValue = {"type": "array", "items": {"$ref": "#/components/schemas/Query"}}

SNAPSHOT_SCHEMAS: Mapping[str, JsonValue] = {
    "Snapshot": {
        "type": "object",
        "required": ["type"],
        "properties": {
            **_CHANGING,
            "id": {"type": "string", "format": "uri"},
            "snapshotQueries": _QUERIES,
            "snapshotTemporalQueries": _QUERIES,
            "snapshotStatus": {
                "enum": ["preparing", "success", "partial", "failure", "empty"],
                "readOnly": True,
            },
        },
    },
    "SnapshotFragment": {"type": "object", "properties": _CHANGING},
}
