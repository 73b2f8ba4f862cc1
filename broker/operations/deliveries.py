"""How far notifications are: shown, paused, sent again. Beyond the standard, for people."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import cast

from broker.ngsi.delivery import DeadLetter, DeliveryState
from broker.ngsi.errors import ResourceNotFound
from broker.ngsi.queries import Window
from broker.ngsi.subscription import SubscriptionId, SubscriptionStatus, endpoint_of
from broker.ngsi.subscription_document import compile_subscription
from broker.ngsi.subscription_secrets import hidden
from broker.operations.call import Call, Document, require
from broker.operations.subscriptions import update_subscription
from broker.ports import Broker
from broker.subscription_ports import KeptSubscription
from joint_use import Action

MOST_LETTERS = 1000
_NO_STATE = DeliveryState()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivering:
    """One subscription, and how far its notifications are.

    Args:
        name: as its subscriber calls it; "" where it has none.
        uri: of the endpoint, without a password.
    """

    id: SubscriptionId
    name: str
    uri: str
    status: SubscriptionStatus
    kept: KeptSubscription
    state: DeliveryState


async def list_deliveries(
    broker: Broker, call: Call, window: Window
) -> tuple[Sequence[Delivering], bool]:
    """List the tenant's subscriptions with the state of their deliveries; and whether more follow.

    Raises:
        AccessDenied: the caller may not subscribe here.
    """
    require(call, Action.SUBSCRIBE)
    page = await broker.subscriptions.page(call.tenant, window)
    ids = [kept.stored.id for kept in page.kept]
    states = await broker.deliveries.states(call.tenant, ids)
    told = [_told(broker, kept, states.get(kept.stored.id, _NO_STATE)) for kept in page.kept]
    return told, page.more


async def show_delivery(broker: Broker, call: Call, id_: SubscriptionId) -> Delivering:
    """Show one subscription with the state of its deliveries.

    Raises:
        ResourceNotFound: there is no such subscription.
    """
    require(call, Action.SUBSCRIBE)
    kept = await broker.subscriptions.get(call.tenant, id_)
    if kept is None:
        raise ResourceNotFound(f"Subscription {id_} does not exist")
    states = await broker.deliveries.states(call.tenant, [id_])
    return _told(broker, kept, states.get(id_, _NO_STATE))


async def list_dead_letters(
    broker: Broker, call: Call, id_: SubscriptionId
) -> Sequence[DeadLetter]:
    """List what was given up of a subscription's notifications, the latest first.

    Raises:
        ResourceNotFound: there is no such subscription.
    """
    await show_delivery(broker, call, id_)
    return await broker.deliveries.dead_letters(call.tenant, id_, MOST_LETTERS)


async def replay_dead_letters(
    broker: Broker, call: Call, id_: SubscriptionId, numbers: Collection[int] | None = None
) -> int:
    """Send dead letters again, all or some by number; answers with how many.

    Raises:
        ResourceNotFound: there is no such subscription.
    """
    await show_delivery(broker, call, id_)
    return await broker.deliveries.replay(call.tenant, id_, numbers)


async def set_active(
    broker: Broker, call: Call, id_: SubscriptionId, *, is_active: bool
) -> Delivering:
    """Pause a subscription, or let it go on; what is waiting waits.

    Spec: CIM 009 §5.8.2 (isActive)

    Raises:
        ResourceNotFound: there is no such subscription.
    """
    fragment = Document({"isActive": is_active})
    await update_subscription(broker, call, id_, fragment, lambda local_id: local_id)
    return await show_delivery(broker, call, id_)


def _told(broker: Broker, kept: KeptSubscription, state: DeliveryState) -> Delivering:
    stored = kept.stored
    return Delivering(
        id=stored.id,
        name=cast(str, stored.document.get("subscriptionName", "")),
        uri=str(hidden(endpoint_of(stored))["uri"]),
        status=compile_subscription(stored).status(broker.clock()),
        kept=kept,
        state=state,
    )
