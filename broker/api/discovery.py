"""/types and /attributes (§6.25 to §6.28)."""

from uuid import uuid4

from broker.api.accept import DOCUMENT_FORMS, negotiate
from broker.api.contextual import contextual_reply
from broker.api.exchange import Reply
from broker.api.params import boolean, parameters
from broker.api.resource import Exchange
from broker.ngsi.contexts import Context
from broker.ngsi.names import Term
from broker.operations import discovery
from broker.operations.call import context_of
from broker.operations.discovery import AttributeFound, TypeFound
from kit.json import JsonObject, JsonValue

NAME = "name"
_LISTING = frozenset({"details", "local"})
_ONE = frozenset({"local"})


async def list_types(exchange: Exchange) -> Reply:
    """GET /types (§6.25.3.1)."""
    params = parameters(exchange.incoming.query_string, _LISTING)
    media_type = negotiate(exchange.incoming.header(b"accept"), DOCUMENT_FORMS)
    boolean(params, "local")
    details = boolean(params, "details")
    context = await context_of(exchange.broker, exchange.call)
    if details:
        found = await discovery.available_types_in_detail(exchange.broker, exchange.call)
        content: JsonValue = [_entity_type(one, context) for one in found]
    else:
        types = await discovery.available_types(exchange.broker, exchange.call)
        content = {
            "id": f"urn:ngsi-ld:EntityTypeList:{uuid4()}",
            "type": "EntityTypeList",
            "typeList": [context.compact(type_) for type_ in types],
        }
    return await contextual_reply(exchange, content, context, media_type)


async def one_type(exchange: Exchange) -> Reply:
    """GET /types/{type} (§6.26.3.1)."""
    params = parameters(exchange.incoming.query_string, _ONE)
    boolean(params, "local")
    media_type = negotiate(exchange.incoming.header(b"accept"), DOCUMENT_FORMS)
    context = await context_of(exchange.broker, exchange.call)
    type_ = context.expand(Term(exchange.incoming.segment(NAME)))
    found = await discovery.type_information(exchange.broker, exchange.call, type_)
    content: JsonObject = {
        "id": found.type,
        "type": "EntityTypeInfo",
        "typeName": context.compact(found.type),
        "entityCount": found.count,
        "attributeDetails": [
            {
                "id": name,
                "type": "Attribute",
                "attributeName": context.compact(name),
                "attributeTypes": list[JsonValue](kinds),
            }
            for name, kinds in found.attributes.items()
        ],
    }
    return await contextual_reply(exchange, content, context, media_type)


async def list_attributes(exchange: Exchange) -> Reply:
    """GET /attributes (§6.27.3.1)."""
    params = parameters(exchange.incoming.query_string, _LISTING)
    boolean(params, "local")
    details = boolean(params, "details")
    media_type = negotiate(exchange.incoming.header(b"accept"), DOCUMENT_FORMS)
    context = await context_of(exchange.broker, exchange.call)
    found = await discovery.available_attributes(exchange.broker, exchange.call)
    content: JsonValue
    if details:
        content = [_attribute(one, context) for one in found]
    else:
        content = {
            "id": f"urn:ngsi-ld:AttributeList:{uuid4()}",
            "type": "AttributeList",
            "attributeList": [context.compact(one.attribute) for one in found],
        }
    return await contextual_reply(exchange, content, context, media_type)


async def one_attribute(exchange: Exchange) -> Reply:
    """GET /attributes/{attr} (§6.28.3.1)."""
    params = parameters(exchange.incoming.query_string, _ONE)
    boolean(params, "local")
    media_type = negotiate(exchange.incoming.header(b"accept"), DOCUMENT_FORMS)
    context = await context_of(exchange.broker, exchange.call)
    name = context.expand(Term(exchange.incoming.segment(NAME)))
    found = await discovery.attribute_information(exchange.broker, exchange.call, name)
    content: JsonObject = {
        **_attribute(found, context),
        "attributeCount": found.count,
        "attributeTypes": list[JsonValue](found.kinds),
    }
    return await contextual_reply(exchange, content, context, media_type)


def _entity_type(found: TypeFound, context: Context) -> JsonObject:
    return {
        "id": found.type,
        "type": "EntityType",
        "typeName": context.compact(found.type),
        "attributeNames": [context.compact(name) for name in found.attributes],
    }


def _attribute(found: AttributeFound, context: Context) -> JsonObject:
    return {
        "id": found.attribute,
        "type": "Attribute",
        "attributeName": context.compact(found.attribute),
        "typeNames": [context.compact(type_) for type_ in found.types],
    }
