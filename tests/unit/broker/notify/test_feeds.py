"""Feeds are filled from the database: what there is no room for stays there, in order."""

import asyncio
from uuid import uuid4

from broker.ngsi.delivery import Delivery, Lease, Settlement
from broker.ngsi.names import EntityId
from broker.ngsi.subscription_document import compile_subscription
from broker.notify.feed import Parcel
from broker.notify.feeds import Feeds, Room
from broker.notify.ledger import Ledger
from broker.settings import NotifySettings
from kit.clock import utc_now
from tests.notifying import a_subscription

_LIMIT_BYTES = 1_000_000


async def never(_: Parcel) -> None:
    raise AssertionError("nothing is pumped here")


def a_delivery(change: int) -> Delivery:
    return Delivery(
        subscription=1,
        change=change,
        entity_id=EntityId(f"urn:e:{change % 3}"),
        notification=uuid4(),
        at=utc_now(),
        body="{}",
    )


async def test_what_there_is_suddenly_no_room_for_is_read_again_before_what_follows_it() -> None:
    """Other tenants fill the process between the wish for a backlog and its arrival."""
    settings = NotifySettings()
    room = Room(_LIMIT_BYTES, asyncio.Semaphore(1))
    ledger = Ledger(utc_now, settings, lambda: None)
    feeds = Feeds(never, ledger, room, settings, utc_now)  # type: ignore[arg-type]  # is not called
    subscription = compile_subscription(a_subscription("http://127.0.0.1:9/"))
    feeds.open(Lease(subscription=1, owner=uuid4(), fencing=1), subscription)
    backlog = [a_delivery(change) for change in range(12)]
    wanted = feeds.wanted()
    assert wanted[1].room > len(backlog)
    room.used += _LIMIT_BYTES
    feeds.refill(wanted, backlog)
    feed = feeds.get(1)
    assert feed is not None
    taken = sorted(feed.known)
    assert taken == list(range(len(taken)))
    assert 0 < len(taken) < len(backlog)
    feeds.add_fresh(a_delivery(12))
    assert 12 not in feed.known
    room.used -= _LIMIT_BYTES
    feeds.forget(Settlement(done=[(1, change) for change in taken]))
    again = feeds.wanted()
    assert again[1].room > len(backlog)
    feeds.refill(again, [*backlog[len(taken) :], a_delivery(12)])
    assert sorted(feed.known) == list(range(len(taken), 13))
    assert not feeds.wanted()
    await feeds.close()
