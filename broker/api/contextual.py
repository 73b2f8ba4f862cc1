"""Replies whose names mean something by a @context: in a Link header or in the body (§6.3.6)."""

from collections.abc import Sequence
from typing import cast

from broker.api.address import context_url
from broker.api.exchange import CONTEXT_REL, GEO_JSON, JSON, Header, Reply, json_reply
from broker.api.preferences import preferences
from broker.api.resource import Exchange
from broker.ngsi.contexts import Context
from broker.operations.contexts import host_implicitly
from kit.json import JsonValue


async def contextual_reply(
    exchange: Exchange,
    content: JsonValue,
    context: Context,
    media_type: str,
    *,
    status: int = 200,
    headers: Sequence[Header] = (),
) -> Reply:
    """Answer with an object or an array of objects, and the @context as the media type asks.

    Spec: CIM 009 §6.3.6; application/geo+json follows `Prefer: body=json` (Link) or else carries
    the @context at the top.
    """
    if media_type == JSON or (media_type == GEO_JSON and prefers_plain_body(exchange)):
        link = await context_link_header(exchange, context)
        return json_reply(content, status=status, media_type=media_type, headers=[*headers, link])
    objects = content if isinstance(content, list) else [content]
    for one in objects:
        cast(dict[str, JsonValue], one)["@context"] = context.reference
    return json_reply(content, status=status, media_type=media_type, headers=headers)


async def context_link_header(exchange: Exchange, context: Context) -> Header:
    """Point to the @context; one that has no URL of its own is hosted here (§5.13.1)."""
    url = context.link
    if url is None:
        local_id = await host_implicitly(exchange.broker, exchange.call, context.reference)
        url = context_url(exchange, local_id)
    text = f'<{url}>; rel="{CONTEXT_REL}"; type="application/ld+json"'
    return (b"link", text.encode())


def prefers_plain_body(exchange: Exchange) -> bool:
    """Tell whether the client asks for GeoJSON without a @context (`Prefer: body=json`)."""
    prefer = exchange.incoming.header(b"prefer")
    return prefer is not None and preferences(prefer).get("body", "").lower() == "json"
