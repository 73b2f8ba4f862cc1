"""The parts that the broker's operations share in the OpenAPI document."""

from collections.abc import Mapping, Sequence

from kit.json import JsonObject, JsonValue


def _text(description: str, **more: JsonValue) -> JsonObject:
    return {"description": description, "schema": {"type": "string", **more}}


def _flag(description: str) -> JsonObject:
    return {"description": description, "schema": {"type": "boolean"}}


def _number(description: str, least: int) -> JsonObject:
    return {
        "description": description,
        "schema": {"type": "integer", "minimum": least, "maximum": 999_999_999},
    }


QUERY_PARAMETERS: Mapping[str, JsonObject] = {
    "attrs": _text("Attributes between commas: entities with one of them, and only these of them"),
    "collation": _text("BCP 47 tag by which text is put in order"),
    "containedBy": _text("Entities met before, between commas, not to be joined again"),
    "coordinates": _text("Coordinates of the reference geometry, as JSON"),
    "count": _flag("Whether NGSILD-Results-Count tells how many match in all"),
    "csf": _text("Context source filter"),
    "datasetId": _text("Instances of attributes, between commas; @none: the default one"),
    "deleteAll": _flag("Whether all instances of the attribute go"),
    "details": _flag("Whether details are told"),
    "drop": _text("Attributes that go, between commas"),
    "entityMap": _flag("Whether an entity map is made"),
    "entityMapLifetime": _text("How long it shall live: ISO 8601 duration"),
    "expandValues": _text("Attributes whose values in q are expanded"),
    "format": _text("Representation", enum=["normalized", "concise", "simplified", "keyValues"]),
    "geometry": _text("Type of the reference geometry"),
    "geometryProperty": _text("In GeoJSON: which GeoProperty is the geometry"),
    "geoproperty": _text("Which GeoProperty is compared; location by default"),
    "georel": _text("near;maxDistance==x, near;minDistance==x, within, contains, …"),
    "id": _text("Entities between commas"),
    "idPattern": _text("Pattern of entity ids"),
    "join": _text("How linked entities come along", enum=["inline", "flat", "@none"]),
    "joinLevel": _number("How many levels of linked entities", 1),
    "jsonKeys": _text("Attributes whose JSON keys are not expanded"),
    "keep": _text("Attributes that stay, between commas; all others go"),
    "kind": _text("Kind of context", enum=["Hosted", "Cached", "ImplicitlyCreated"]),
    "lang": _text("Languages in order of preference"),
    "limit": _number("Entities on the page", 0),
    "local": _flag("Whether only what is stored here is asked"),
    "observedAt": _text("When the values were observed", format="date-time"),
    "offset": _number("Entities to skip", 0),
    "omit": _text("Members to leave out"),
    "options": _text("Keywords between commas, such as sysAttrs, keyValues, noOverwrite"),
    "orderBy": _text("What to order by"),
    "orderFrom": _text("Coordinates that distances are measured from, as JSON"),
    "orderGeometry": _text("Type of the geometry that distances are measured from"),
    "pick": _text("Members to show"),
    "q": _text("Conditions on attributes"),
    "reload": _flag("Whether a cached context is downloaded again"),
    "scopeQ": _text("Conditions on scopes"),
    "splitEntities": _flag("Whether entities may be split over sources"),
    "type": _text("Entity type selection, or *"),
}

PATH_PARAMETERS: Mapping[str, JsonObject] = {
    name: {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": {"type": "string", **more},
    }
    for name, description, more in (
        ("entityId", "The Entity's id", {"format": "uri"}),
        ("attributeName", "The attribute's name", {}),
        ("name", "A name or an IRI", {}),
        ("entityMapId", "The EntityMap's id", {"format": "uri"}),
        ("snapshotId", "The Snapshot's id", {"format": "uri"}),
        ("contextId", "The context's local id, or its URL", {}),
        ("subscriptionId", "The Subscription's id", {"format": "uri"}),
    )
}

HEADERS: Sequence[JsonObject] = (
    {
        "name": "NGSILD-Tenant",
        "in": "header",
        "description": "The tenant; absent: the default one",
        "schema": {"type": "string", "pattern": "^[a-z0-9_]{1,63}$"},
    },
    {
        "name": "NGSILD-EntityMap",
        "in": "header",
        "description": "The EntityMap that a query, retrieval or purge goes by",
        "schema": {"type": "string"},
    },
    {
        "name": "NGSILD-Snapshot",
        "in": "header",
        "description": "The Snapshot that is meant instead of live data",
        "schema": {"type": "string"},
    },
    {
        "name": "Link",
        "in": "header",
        "description": "The @context by which names are read, with the rel of JSON-LD",
        "schema": {"type": "string"},
    },
)

_ATTRIBUTE: JsonObject = {
    "description": "An attribute: normalized, concise, or an array of instances",
    "type": ["object", "array", "string", "number", "boolean"],
}
_ID: JsonObject = {"type": "string", "format": "uri"}
_TYPE: JsonObject = {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}

SCHEMAS: Mapping[str, JsonValue] = {
    "Entity": {
        "type": "object",
        "required": ["id", "type"],
        "properties": {"id": _ID, "type": _TYPE},
        "additionalProperties": _ATTRIBUTE,
    },
    "Entities": {"type": "array", "items": {"$ref": "#/components/schemas/Entity"}},
    "Fragment": {
        "type": "object",
        "properties": {"type": _TYPE},
        "additionalProperties": _ATTRIBUTE,
    },
    "Attribute": {"type": "object"},
    "AttributeFragment": {"type": "object", "minProperties": 1},
    "Ids": {"type": "array", "items": _ID},
    "Query": {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"const": "Query"}, "q": {"type": "string"}},
    },
    "Context": {"type": "object", "required": ["@context"]},
    "Discovered": {"type": ["object", "array"]},
    "ProblemDetails": {
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "where": {"type": "string", "description": "Where in the input"},
            "instance": {"type": "string"},
        },
    },
    "BatchOperationResult": {
        "type": "object",
        "required": ["success", "errors"],
        "properties": {
            "success": {"$ref": "#/components/schemas/Ids"},
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["entityId", "error"],
                    "properties": {
                        "entityId": {"type": "string"},
                        "error": {"$ref": "#/components/schemas/ProblemDetails"},
                    },
                },
            },
        },
    },
    "UpdateResult": {
        "type": "object",
        "required": ["updated", "notUpdated"],
        "properties": {
            "updated": {"type": "array", "items": {"type": "string"}},
            "notUpdated": {"type": "array", "items": {"type": "object"}},
        },
    },
}
