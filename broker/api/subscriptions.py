"""/subscriptions and /subscriptions/{id} (§6.10, §6.11)."""

from collections.abc import Mapping
from functools import partial

from broker.api.accept import DOCUMENT_FORMS, negotiate
from broker.api.address import context_url, path_of
from broker.api.answers import paging_links
from broker.api.body import read_document
from broker.api.contextual import contextual_reply
from broker.api.exchange import NO_CONTENT, Reply
from broker.api.params import options, parameters
from broker.api.query_params import PAGING, window
from broker.api.resource import Exchange
from broker.ngsi.subscription import SubscriptionId
from broker.ngsi.values import require_uri
from broker.operations import subscriptions
from kit.json import JsonValue

SUBSCRIPTION_ID = "subscription_id"
_SHOWING = frozenset({"options"})
_OPTIONS = frozenset({"sysAttrs", "count"})  # some clients say count=true here once more


async def create(exchange: Exchange) -> Reply:
    """POST /subscriptions (§6.10.3.1)."""
    parameters(exchange.incoming.query_string, ())
    document = await read_document(exchange.incoming, what="The Subscription")
    subscription_id = await subscriptions.create_subscription(
        exchange.broker, exchange.call, document, partial(context_url, exchange)
    )
    location = path_of("subscriptions", subscription_id).encode()
    return Reply(status=201, headers=[(b"location", location)])


async def query(exchange: Exchange) -> Reply:
    """GET /subscriptions (§6.10.3.2)."""
    params = parameters(exchange.incoming.query_string, PAGING | _SHOWING)
    media_type = negotiate(exchange.incoming.header(b"accept"), DOCUMENT_FORMS)
    page = window(params, exchange.settings)
    found = await subscriptions.query_subscriptions(
        exchange.broker, exchange.call, page, sys_attrs=_sys_attrs(params)
    )
    headers = paging_links(exchange, page, more=found.more, media_type=media_type)
    if found.total is not None:
        headers.append((b"ngsild-results-count", b"%d" % found.total))
    content = list[JsonValue](found.documents)
    return await contextual_reply(exchange, content, found.context, media_type, headers=headers)


async def retrieve(exchange: Exchange) -> Reply:
    """GET /subscriptions/{id} (§6.11.3.1)."""
    params = parameters(exchange.incoming.query_string, _SHOWING)
    media_type = negotiate(exchange.incoming.header(b"accept"), DOCUMENT_FORMS)
    found = await subscriptions.retrieve_subscription(
        exchange.broker, exchange.call, _id_of(exchange), sys_attrs=_sys_attrs(params)
    )
    return await contextual_reply(exchange, found.documents[0], found.context, media_type)


async def update(exchange: Exchange) -> Reply:
    """PATCH /subscriptions/{id} (§6.11.3.2)."""
    parameters(exchange.incoming.query_string, ())
    subscription_id = _id_of(exchange)
    document = await read_document(exchange.incoming, what="The fragment")
    await subscriptions.update_subscription(
        exchange.broker,
        exchange.call,
        subscription_id,
        document,
        partial(context_url, exchange),
    )
    return NO_CONTENT


async def delete(exchange: Exchange) -> Reply:
    """DELETE /subscriptions/{id} (§6.11.3.3)."""
    parameters(exchange.incoming.query_string, ())
    await subscriptions.delete_subscription(exchange.broker, exchange.call, _id_of(exchange))
    return NO_CONTENT


def _id_of(exchange: Exchange) -> SubscriptionId:
    """The URL's Subscription id.

    Raises:
        BadRequestData: it is no URI.
    """
    text = exchange.incoming.segment(SUBSCRIPTION_ID)
    return SubscriptionId(require_uri(text, what="Subscription id", where="path"))


def _sys_attrs(params: Mapping[str, str]) -> bool:
    return "sysAttrs" in options(params, _OPTIONS)
