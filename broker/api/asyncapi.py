"""Schemas of what subscribers are sent, for AsyncAPI documents (CIM 009 §5.3.1, §6.3.9, §7.2)."""

from kit.json import JsonObject, JsonValue

_URI: JsonValue = {"type": "string", "format": "uri"}
_INSTANT: JsonValue = {"type": "string", "format": "date-time"}
_REFERENCE = "#/components/schemas/"
_SCHEMAS: JsonObject = {
    "Notification": {
        "type": "object",
        "required": ["id", "type", "subscriptionId", "notifiedAt", "data"],
        "properties": {
            "id": {
                "type": "string",
                "format": "uri",
                "description": "The same when it arrives again",
            },
            "type": {"const": "Notification"},
            "subscriptionId": _URI,
            "notifiedAt": _INSTANT,
            "data": {
                "description": "The entities that changed; a FeatureCollection where the "
                "subscription accepts GeoJSON",
                "oneOf": [
                    {"type": "array", "items": {"$ref": _REFERENCE + "NotifiedEntity"}},
                    {"$ref": _REFERENCE + "FeatureCollection"},
                ],
            },
        },
    },
    "NotifiedEntity": {
        "type": "object",
        "required": ["id", "type"],
        "properties": {
            "id": _URI,
            "type": {"type": ["string", "array"], "items": {"type": "string"}},
            "deletedAt": {
                "type": "string",
                "format": "date-time",
                "description": "Of an entity that is gone",
            },
        },
    },
    "FeatureCollection": {
        "type": "object",
        "required": ["type", "features"],
        "properties": {
            "type": {"const": "FeatureCollection"},
            "features": {"type": "array", "items": {"type": "object"}},
        },
    },
    "MqttNotification": {
        "type": "object",
        "required": ["metadata", "body"],
        "properties": {
            "metadata": {
                "description": "What the headers are over HTTP",
                "type": "object",
                "additionalProperties": {"type": "string"},
            },
            "body": {"$ref": _REFERENCE + "Notification"},
        },
    },
}


def describe_notifications() -> JsonObject:
    """Answer with the broker's `components/schemas` of an AsyncAPI document.

    Spec: AsyncAPI 3.0.0
    """
    return dict(_SCHEMAS)
