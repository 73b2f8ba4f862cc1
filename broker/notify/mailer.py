"""Mailer: turns what is due into a message and hands it to who can send it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit
from uuid import UUID

import structlog

from broker.ngsi.change_document import read_change
from broker.ngsi.changes import Change
from broker.ngsi.contexts import Context
from broker.ngsi.entity import Entity
from broker.ngsi.errors import NgsiLdError
from broker.ngsi.names import EntityId
from broker.ngsi.notification import NotificationMessage, build, to_link
from broker.ngsi.notified import Notified, notified_of
from broker.ngsi.subscription import Subscription
from broker.notify.feed import Parcel, each_entity
from broker.notify.ports import Sender, Undelivered
from broker.operations.retrieval import linked_entities
from broker.operations.within_visibility import hidden_types
from broker.ports import Contexts, EntityStore, Standings
from broker.settings import NotifySettings
from joint_use import DEFAULT_TENANT, Tenant
from kit import tracing
from kit.clock import Clock

log = structlog.get_logger(__name__)

MOST_ENTITIES = 10_000
"""In one notification of an interval."""

Published = Callable[[Tenant, str, bytes], None]
"""Shows what is sent to who watches a subscription."""


_SMALL = 16_384  # characters of a change that is kept for the next subscription that is told of it
_KEPT = 256


def notification_id(number: UUID) -> str:
    """Write a notification's id as a URI."""
    return f"urn:ngsi-ld:Notification:{number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailer:
    """Builds messages and sends them.

    Args:
        senders: by scheme of the endpoint's URI.
        entities: reads what intervals and joins ask for.
        published: told of each message before it is sent.
        standings: says what is personal; nobody is notified of that. None: nothing is.
    """

    senders: Mapping[str, Sender]
    contexts: Contexts
    entities: EntityStore
    settings: NotifySettings
    clock: Clock
    published: Published
    standings: Standings | None = None

    async def send(self, tenant: Tenant, parcel: Parcel) -> bool:
        """Send one parcel; answers False where there was nothing to say.

        Raises:
            Undelivered: it did not arrive.
        """
        subscription = parcel.feed.subscription
        try:
            message = await self._message(tenant, subscription, parcel)
        except NgsiLdError as error:
            raise Undelivered(f"Notification cannot be made: {error.detail}") from error
        except Exception as error:
            log.exception("notification_unmakeable", tenant=tenant.name, id=subscription.id)
            raise Undelivered("Notification cannot be made, by a fault of the platform") from error
        if message is None:
            return False
        self.published(tenant, subscription.id, message.body)
        with tracing.span("notify", "producer", parent=parcel.last.trace):
            await self._send(subscription, message)
        return True

    async def _send(self, subscription: Subscription, message: NotificationMessage) -> None:
        endpoint = subscription.endpoint
        asked_s = (endpoint.timeout_ms or self.settings.timeout_s * 1000) / 1000
        sender = self.senders[urlsplit(endpoint.uri).scheme.lower()]
        await sender.send(endpoint, message, min(asked_s, self.settings.max_timeout_s))

    async def _message(
        self, tenant: Tenant, subscription: Subscription, parcel: Parcel
    ) -> NotificationMessage | None:
        context = await self.contexts.load(tenant, subscription.context)
        notified = await self._notified(tenant, subscription, parcel)
        if not notified:
            return None
        return build(
            subscription,
            context,
            notification_id=notification_id(parcel.last.notification),
            notified_at=self.clock(),
            notified=notified,
            linked=await self._linked(tenant, subscription, notified, context),
            tenant=None if tenant.name == DEFAULT_TENANT else tenant.name,
        )

    async def _notified(
        self, tenant: Tenant, subscription: Subscription, parcel: Parcel
    ) -> Sequence[Notified]:
        hidden = await hidden_types(self.standings, tenant)
        if parcel.last.body is not None:
            told = [
                notified_of([_read(one.body) for one in several if one.body is not None])
                for several in each_entity(parcel)
            ]
            return [one for one in told if hidden.isdisjoint(one.entity.types)]
        found: list[Notified] = []
        async for entity in self.entities.every(tenant, subscription.wanted):
            if not hidden.isdisjoint(entity.types):
                continue
            if len(found) == MOST_ENTITIES:
                log.warning("interval_cut", tenant=tenant.name, id=subscription.id)
                break
            found.append(Notified(entity=entity))
        return found

    async def _linked(
        self,
        tenant: Tenant,
        subscription: Subscription,
        notified: Sequence[Notified],
        context: Context,
    ) -> Mapping[EntityId, Entity]:
        if subscription.join is None:
            return {}
        level = to_link(subscription, notified, self.clock())
        linked = await linked_entities(self.entities, tenant, level, context, subscription.join)
        hidden = await hidden_types(self.standings, tenant)
        return {name: one for name, one in linked.items() if hidden.isdisjoint(one.types)}


def _read(body: str) -> Change:
    """Read a change; one that many subscriptions are told of is read once."""
    return _read_small(body) if len(body) <= _SMALL else read_change(body)


@lru_cache(_KEPT)
def _read_small(body: str) -> Change:
    return read_change(body)
