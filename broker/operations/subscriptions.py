"""Create, update, retrieve, query and delete subscriptions (§5.8.1 to §5.8.5)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import uuid4

from broker.ngsi.contexts import Context
from broker.ngsi.errors import BadRequestData, ResourceNotFound, Unavailable
from broker.ngsi.queries import Window
from broker.ngsi.subscription import StoredSubscription, SubscriptionId, endpoint_of
from broker.ngsi.subscription_document import (
    compile_subscription,
    new_subscription,
    patched,
    shown,
    with_context,
)
from broker.operations.call import Call, Document, context_of, require
from broker.operations.contexts import host_implicitly
from broker.operations.within_visibility import require_types
from broker.ports import Broker
from broker.subscription_ports import KeptSubscription
from joint_use import Action
from kit.json import JsonObject

UrlOf = Callable[[str], str]
"""Answers with the address at which a stored @context of this local id is served."""

_MOST_TRIES = 5  # changes of one subscription at once that each find their turn


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionsFound:
    """Subscriptions as documents, and the @context of the names in them."""

    documents: Sequence[JsonObject]
    context: Context
    more: bool = False
    total: int | None = None


async def create_subscription(
    broker: Broker, call: Call, document: Document, url_of: UrlOf
) -> SubscriptionId:
    """Create one Subscription in the caller's tenant.

    Spec: CIM 009 §5.8.1 (HTTP §6.10.3.1)

    Raises:
        BadRequestData: the document is not a valid Subscription, or leads where nobody may go.
        LdContextNotAvailable: its @context or jsonldContext cannot be had.
        AlreadyExists: the tenant already holds this id.
    """
    require(call, Action.SUBSCRIBE)
    context = await context_of(broker, call, document)
    generated = SubscriptionId(f"urn:ngsi-ld:Subscription:{uuid4()}")
    stored = new_subscription(document.body, context, generated=generated, now=broker.clock())
    await _require_allowed(broker, call, stored)
    await broker.endpoints.check(str(endpoint_of(stored)["uri"]))
    stored = await _with_own_context(broker, call, stored, context, url_of)
    await broker.subscriptions.put(call.tenant, stored)
    return stored.id


async def update_subscription(
    broker: Broker,
    call: Call,
    subscription_id: SubscriptionId,
    document: Document,
    url_of: UrlOf,
) -> None:
    """Change a Subscription by a fragment.

    Spec: CIM 009 §5.8.2 (HTTP §6.11.3.2)

    Raises:
        BadRequestData: the fragment is not valid, or makes the Subscription invalid.
        LdContextNotAvailable: its @context or jsonldContext cannot be had.
        ResourceNotFound: there is no such Subscription.
    """
    require(call, Action.SUBSCRIBE)
    context = await context_of(broker, call, document)
    for _ in range(_MOST_TRIES):
        old = (await _found(broker, call, subscription_id)).stored
        changed = patched(old, document.body, context, now=broker.clock())
        await _require_allowed(broker, call, changed)
        if "notification" in document.body:
            await broker.endpoints.check(str(endpoint_of(changed)["uri"]))
        if "jsonldContext" in document.body:
            changed = await _with_own_context(broker, call, changed, context, url_of)
        if await broker.subscriptions.replace(call.tenant, changed, over=old.modified_at):
            return
    raise Unavailable(f"Subscription {subscription_id} is changed by others all the time")


async def retrieve_subscription(
    broker: Broker, call: Call, subscription_id: SubscriptionId, *, sys_attrs: bool
) -> SubscriptionsFound:
    """Retrieve one Subscription.

    Spec: CIM 009 §5.8.3 (HTTP §6.11.3.1)

    Raises:
        ResourceNotFound: there is no such Subscription.
    """
    require(call, Action.SUBSCRIBE)
    context = await context_of(broker, call)
    kept = await _found(broker, call, subscription_id)
    document = shown(kept.stored, kept.counters, context, broker.clock(), sys_attrs=sys_attrs)
    return SubscriptionsFound(documents=[document], context=context)


async def query_subscriptions(
    broker: Broker, call: Call, window: Window, *, sys_attrs: bool
) -> SubscriptionsFound:
    """List the tenant's subscriptions, one page of them.

    Spec: CIM 009 §5.8.4 (HTTP §6.10.3.2)
    """
    require(call, Action.SUBSCRIBE)
    context = await context_of(broker, call)
    page = await broker.subscriptions.page(call.tenant, window)
    now = broker.clock()
    documents = [
        shown(kept.stored, kept.counters, context, now, sys_attrs=sys_attrs) for kept in page.kept
    ]
    return SubscriptionsFound(
        documents=documents, context=context, more=page.more, total=page.total
    )


async def delete_subscription(broker: Broker, call: Call, subscription_id: SubscriptionId) -> None:
    """Delete a Subscription; no more notifications of it are sent.

    Spec: CIM 009 §5.8.5 (HTTP §6.11.3.3)

    Raises:
        ResourceNotFound: there is no such Subscription.
    """
    require(call, Action.SUBSCRIBE)
    if not await broker.subscriptions.remove(call.tenant, subscription_id):
        raise _missing(subscription_id)


async def _with_own_context(
    broker: Broker, call: Call, stored: StoredSubscription, context: Context, url_of: UrlOf
) -> StoredSubscription:
    """Settle the @context of its notifications: jsonldContext, or else the request's.

    Raises:
        BadRequestData: jsonldContext is no address of a @context.
        LdContextNotAvailable: it cannot be had.
    """
    said = stored.document.get("jsonldContext")
    if isinstance(said, str):
        if not said.startswith(("http://", "https://")):
            raise BadRequestData(
                f"jsonldContext is {said!r}; right would be the URL of a @context",
                where="/jsonldContext",
            )
        await broker.contexts.load(call.tenant, said)
        return with_context(stored, said, said, is_said=True)
    link = context.link
    if link is None:
        link = url_of(await host_implicitly(broker, call, context.reference))
    return with_context(stored, context.reference, link, is_said=False)


async def _require_allowed(broker: Broker, call: Call, stored: StoredSubscription) -> None:
    """Refuse a Subscription to nothing but types that nobody is notified of."""
    selectors = compile_subscription(stored).wanted.selectors
    await require_types(broker, call, Action.SUBSCRIBE, [each.types for each in selectors])


async def _found(broker: Broker, call: Call, subscription_id: SubscriptionId) -> KeptSubscription:
    kept = await broker.subscriptions.get(call.tenant, subscription_id)
    if kept is None:
        raise _missing(subscription_id)
    return kept


def _missing(subscription_id: SubscriptionId) -> ResourceNotFound:
    return ResourceNotFound(f"Subscription {subscription_id} does not exist")
