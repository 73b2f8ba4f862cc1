"""Subscriptions in the OpenAPI document (§6.10, §6.11)."""

from collections.abc import Mapping

from broker.api.described import GONE, NOT_FOUND, Described
from broker.api.query_params import PAGING
from broker.ngsi.subscription import ENTITY_UPDATED, Trigger
from kit.json import JsonObject, JsonValue

SUBSCRIPTION_PATHS: Mapping[str, Mapping[str, Described]] = {
    "/subscriptions": {
        "get": Described(
            id="querySubscription",
            summary="Query Subscriptions",
            clause="6.10.3.2",
            parameters=PAGING | {"options"},
            answers={200: "#Subscriptions"},
        ),
        "post": Described(
            id="createSubscription",
            summary="Create Subscription",
            clause="6.10.3.1",
            body="Subscription",
            answers={201: "created; Location names it", 409: "#ProblemDetails"},
        ),
    },
    "/subscriptions/{subscriptionId}": {
        "get": Described(
            id="retrieveSubscription",
            summary="Retrieve Subscription",
            clause="6.11.3.1",
            parameters={"options"},
            answers={200: "#Subscription", **NOT_FOUND},
        ),
        "patch": Described(
            id="updateSubscription",
            summary="Update Subscription",
            clause="6.11.3.2",
            body="SubscriptionFragment",
            answers=GONE,
        ),
        "delete": Described(
            id="deleteSubscription",
            summary="Delete Subscription",
            clause="6.11.3.3",
            answers=GONE,
        ),
    },
}

_TEXT: JsonValue = {"type": "string"}
_TEXTS: JsonValue = {"type": "array", "items": _TEXT, "minItems": 1}
_INSTANT: JsonValue = {"type": "string", "format": "date-time"}
_ABOVE_0: JsonValue = {"type": "number", "exclusiveMinimum": 0}
_FLAG: JsonValue = {"type": "boolean"}
_COUNT: JsonValue = {"type": "integer", "readOnly": True}
_TOLD: JsonValue = {"type": "string", "format": "date-time", "readOnly": True}
_PAIRS: JsonValue = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["key", "value"],
        "properties": {"key": _TEXT, "value": _TEXT},
    },
}
_TRIGGERS: JsonValue = [*(trigger.value for trigger in Trigger), ENTITY_UPDATED]
_MEMBERS: JsonObject = {
    "id": {"type": "string", "format": "uri"},
    "type": {"const": "Subscription"},
    "subscriptionName": _TEXT,
    "description": _TEXT,
    "entities": {
        "type": "array",
        "minItems": 1,
        "items": {
            "type": "object",
            "required": ["type"],
            "properties": {
                "type": _TEXT,
                "id": {"oneOf": [_TEXT, _TEXTS]},
                "idPattern": _TEXT,
            },
        },
    },
    "watchedAttributes": _TEXTS,
    "notificationTrigger": {
        "type": "array",
        "minItems": 1,
        "items": {"type": "string", "enum": _TRIGGERS},
    },
    "timeInterval": _ABOVE_0,
    "throttling": _ABOVE_0,
    "q": _TEXT,
    "geoQ": {
        "type": "object",
        "required": ["georel", "geometry", "coordinates"],
        "properties": {
            "georel": _TEXT,
            "geometry": _TEXT,
            "coordinates": {"type": ["array", "string"]},
            "geoproperty": _TEXT,
        },
    },
    "scopeQ": _TEXT,
    "csf": _TEXT,
    "expandValues": _TEXT,
    "jsonKeys": _TEXT,
    "datasetId": _TEXTS,
    "lang": _TEXT,
    "temporalQ": {"type": "object"},
    "expiresAt": _INSTANT,
    "isActive": _FLAG,
    "notification": {"$ref": "#/components/schemas/NotificationParams"},
    "jsonldContext": {"type": "string", "format": "uri"},
    "localOnly": _FLAG,
    "splitEntities": _FLAG,
    "ngsildConformance": _TEXT,
    "status": {"type": "string", "enum": ["active", "paused", "expired"], "readOnly": True},
    "createdAt": _TOLD,
    "modifiedAt": _TOLD,
}

SUBSCRIPTION_SCHEMAS: Mapping[str, JsonValue] = {
    "Subscription": {
        "type": "object",
        "required": ["type", "notification"],
        "properties": _MEMBERS,
    },
    "Subscriptions": {"type": "array", "items": {"$ref": "#/components/schemas/Subscription"}},
    "SubscriptionFragment": {"type": "object", "properties": _MEMBERS},
    "NotificationParams": {
        "type": "object",
        "required": ["endpoint"],
        "properties": {
            "endpoint": {"$ref": "#/components/schemas/Endpoint"},
            "attributes": _TEXTS,
            "pick": _TEXTS,
            "omit": _TEXTS,
            "format": {
                "type": "string",
                "enum": ["normalized", "concise", "simplified", "keyValues"],
            },
            "sysAttrs": _FLAG,
            "showChanges": _FLAG,
            "join": {"type": "string", "enum": ["flat", "inline", "@none"]},
            "joinLevel": {"type": "integer", "minimum": 1},
            "status": {"type": "string", "enum": ["ok", "failed"], "readOnly": True},
            "timesSent": _COUNT,
            "timesFailed": _COUNT,
            "lastNotification": _TOLD,
            "lastSuccess": _TOLD,
            "lastFailure": _TOLD,
        },
    },
    "Endpoint": {
        "type": "object",
        "required": ["uri"],
        "properties": {
            "uri": {"type": "string", "format": "uri"},
            "accept": {
                "type": "string",
                "enum": ["application/json", "application/ld+json", "application/geo+json"],
            },
            "receiverInfo": _PAIRS,
            "notifierInfo": _PAIRS,
            "timeout": _ABOVE_0,
            "cooldown": _ABOVE_0,
        },
    },
}
