"""AsyncAPI documents: what the platform sends to who subscribed, over HTTP and MQTT.

Spec: AsyncAPI 3.0.0; CIM 009 §5.8.6, §6.3.9, §7.2
"""

from collections.abc import Sequence
from typing import cast

from api_catalog.catalog.listed import CatalogItself
from api_catalog.catalog.openapi import TENANT_HEADER, TypeDescribed
from kit.json import JsonObject, JsonValue

VERSION = "3.0.0"
_MESSAGES = "#/components/messages/"


def notifications_document(
    itself: CatalogItself,
    version: str,
    schemas: JsonObject,
    types: Sequence[TypeDescribed],
    tenant: str | None = None,
) -> JsonObject:
    """Write the document of notifications: the platform's, or those of a tenant's own types.

    Args:
        itself: the catalog of the platform or tenant.
        version: of the platform.
        schemas: the broker's of messages, among them Notification and MqttNotification.
        types: what the tenant holds, as far as the reader may know.
        tenant: whose notifications; None: any tenant's.
    """
    named = itself.publisher.name
    whose = "" if tenant is None else f"（{TENANT_HEADER}: {tenant}）"
    return {
        "asyncapi": VERSION,
        "info": {
            "title": f"{named.ja} 通知",
            "version": version,
            "description": "データの変化を、購読者が指定した宛先へHTTPまたはMQTTで通知します"
            f"{whose}。\n\nNotifies subscribers of {named.en or named.ja} of changes, over HTTP "
            "or MQTT, at the endpoint that each subscription names. At least once: a notification "
            "that arrives twice has the same id.",
            "externalDocs": {"url": itself.url},
        },
        "defaultContentType": "application/json",
        "servers": _SERVERS,
        "channels": _CHANNELS,
        "operations": _OPERATIONS,
        "components": {
            "messages": _messages(types, tenant),
            "schemas": _schemas(schemas, types),
        },
    }


def _variable(description: str, default: str) -> JsonObject:
    return {"description": description, "default": default}


_SERVERS: JsonObject = {
    "receiver": {
        "host": "{receiver}",
        "pathname": "/{path}",
        "protocol": "https",
        "description": "通知先のHTTPサーバー（購読時に指定） / The HTTP endpoint of a subscription",
        "variables": {
            "receiver": _variable("Host and port", "receiver.example.jp"),
            "path": _variable("Path", "notify"),
        },
    },
    "mqtt": {
        "host": "{broker}",
        "protocol": "mqtt",
        "protocolVersion": "5.0",
        "description": "通知先のMQTTブローカー（3.1.1と5.0、TLS可） / The MQTT broker of a "
        "subscription: 3.1.1 or 5.0, with TLS too",
        "variables": {"broker": _variable("Host and port", "mqtt.example.jp:1883")},
    },
}
_CHANNELS: JsonObject = {
    "http": {
        "address": None,
        "title": "HTTP",
        "description": "購読の notification.endpoint.uri / The subscription's endpoint",
        "servers": [{"$ref": "#/servers/receiver"}],
        "messages": {"notification": {"$ref": _MESSAGES + "notification"}},
    },
    "mqtt": {
        "address": "{topic}",
        "title": "MQTT",
        "description": "通知先URI mqtt[s]://host[:port]/topic の topic / The topic of the "
        "endpoint's URI",
        "servers": [{"$ref": "#/servers/mqtt"}],
        "parameters": {"topic": {"description": "MQTT topic"}},
        "messages": {"notification": {"$ref": _MESSAGES + "mqttNotification"}},
    },
}
_OPERATIONS: JsonObject = {
    "notifyOverHttp": {
        "action": "send",
        "channel": {"$ref": "#/channels/http"},
        "summary": "HTTPで通知する / Notify over HTTP",
        "messages": [{"$ref": "#/channels/http/messages/notification"}],
        "bindings": {"http": {"method": "POST", "bindingVersion": "0.3.0"}},
    },
    "notifyOverMqtt": {
        "action": "send",
        "channel": {"$ref": "#/channels/mqtt"},
        "summary": "MQTTで通知する / Notify over MQTT",
        "messages": [{"$ref": "#/channels/mqtt/messages/notification"}],
        "bindings": {"mqtt": {"qos": 0, "retain": False, "bindingVersion": "0.2.0"}},
    },
}


def _messages(types: Sequence[TypeDescribed], tenant: str | None) -> JsonObject:
    examples = [_example(one) for one in types]
    headers: JsonObject = {"type": "object", "properties": {}}
    if tenant is not None:
        headers["properties"] = {TENANT_HEADER: {"type": "string", "const": tenant}}
    over_http: JsonObject = {
        "name": "Notification",
        "title": "通知 / Notification",
        "contentType": "application/json",
        "headers": headers,
        "payload": {"$ref": "#/components/schemas/Notification"},
    }
    over_mqtt: JsonObject = {
        "name": "MqttNotification",
        "title": "MQTTの通知 / Notification over MQTT",
        "contentType": "application/json",
        "payload": {"$ref": "#/components/schemas/MqttNotification"},
    }
    if examples:
        over_http["examples"] = [
            {"name": one.name, "summary": one.title.ja, "payload": example}
            for one, example in zip(types, examples, strict=True)
        ]
        metadata: JsonObject = {} if tenant is None else {TENANT_HEADER: tenant}
        over_mqtt["examples"] = [
            {
                "name": one.name,
                "summary": one.title.ja,
                "payload": {
                    "metadata": {"Content-Type": "application/json", **metadata},
                    "body": example,
                },
            }
            for one, example in zip(types, examples, strict=True)
        ]
    return {"notification": over_http, "mqttNotification": over_mqtt}


def _example(one: TypeDescribed) -> JsonObject:
    entity = {name: value for name, value in one.example.items() if name != "@context"}
    return {
        "id": "urn:ngsi-ld:Notification:5f0e5b1e-0c0c-4f43-9d0a-5a4e3c2b1a00",
        "type": "Notification",
        "subscriptionId": f"urn:ngsi-ld:Subscription:{one.name}",
        "notifiedAt": "2026-04-01T00:00:00.000Z",
        "data": [entity],
    }


def _schemas(schemas: JsonObject, types: Sequence[TypeDescribed]) -> JsonObject:
    """Let the entities of a notification be of the tenant's types, or of others."""
    if not types:
        return schemas
    kinds: list[JsonValue] = [{"$ref": f"#/components/schemas/{one.name}"} for one in types]
    entity = cast(JsonObject, schemas["NotifiedEntity"])
    told: JsonObject = {
        **schemas,
        "NotifiedEntity": {"anyOf": [*kinds, entity]},
        **{one.name: _plain(one.schema) for one in types},
    }
    return told


def _plain(schema: JsonObject) -> JsonObject:
    """Leave out what names a schema and its dialect: it is a part of this document."""
    return {name: value for name, value in schema.items() if not name.startswith("$")}
