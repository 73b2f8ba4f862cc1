"""Notifications: the broker's parts that note what is due, send it and tell of it, put together."""

import base64
from collections.abc import Callable
from dataclasses import dataclass

from broker import (
    DELIVERIES_CHANNEL,
    ContextLoader,
    Deliveries,
    DeliveryHook,
    DeliveryStates,
    GuardedEndpoints,
    HttpSender,
    Mailer,
    MqttSender,
    Outside,
    PostgresDeliveries,
    PostgresLeases,
    ProcessRegister,
    Store,
    StoredDeliveryStates,
    StoredSubscriptions,
    SubscriptionCache,
    TenantDatabases,
    Watching,
)
from joint_use import TENANTS_CHANNEL, Tenant
from kit.clock import utc_now
from kit.db import Database, Databases
from kit.guard import Guard
from kit.http import new_tls_context
from kit.listen import Listener
from kit.sealing import Seal
from kit.tasks import Tasks
from renkei.enforcement import KnownStandings
from renkei.instance import Instance
from renkei.settings import Settings
from renkei.tenancy import RequestTenants


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifications:
    """What one process has put together to notify."""

    seal: Seal
    subscriptions: StoredSubscriptions
    states: DeliveryStates
    endpoints: GuardedEndpoints
    hook: DeliveryHook
    deliveries: Deliveries
    register: ProcessRegister
    http: HttpSender
    mqtt: MqttSender

    def start(self, tasks: Tasks) -> None:
        """Send what is due, as long as the tasks run."""
        tasks.start("process register", self.register.run)
        tasks.start("deliveries", self.deliveries.run)

    async def close(self) -> None:
        """Stop sending; what is left the other processes take over."""
        await self.deliveries.close()
        await self.http.close()
        await self.mqtt.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """What notifications are put together with.

    Args:
        most_subscriptions: says at once how many a tenant may have; None: any number.
        reach: answers with what is put together only after this.
        standings: says what is personal; None: nothing is.
    """

    databases: Databases
    control: Database
    tenant_databases: TenantDatabases
    tenants: RequestTenants
    listener: Listener
    most_subscriptions: Callable[[Tenant], int | None]
    reach: Callable[[], tuple[Store, ContextLoader]]
    standings: KnownStandings | None = None


def assemble_notifications(settings: Settings, by: Neighbours) -> Notifications:
    """Put the parts together; nothing is connected yet."""
    notify, guard = settings.broker.notify, Guard(settings.egress_allow)
    seal = seal_of(settings)
    cache = SubscriptionCache(seal)
    http = HttpSender(guard, new_tls_context(notify.ca_file))
    mqtt = MqttSender(guard, None if notify.ca_file is None else str(notify.ca_file))
    senders: dict[str, HttpSender | MqttSender] = {
        "http": http,
        "https": http,
        "mqtt": mqtt,
        "mqtts": mqtt,
    }

    def make_mailer(watching: Watching) -> Mailer:
        store, contexts = by.reach()
        return Mailer(
            senders=senders,
            contexts=contexts,
            entities=store.entities,
            settings=notify,
            clock=utc_now,
            published=watching.published,
            standings=by.standings,
        )

    register = ProcessRegister(by.databases, by.control, dead_after_s=notify.dead_after_s)
    outside = Outside(
        store=PostgresDeliveries(by.tenant_databases, cache),
        leases=PostgresLeases(by.tenant_databases),
        register=register,
        tenants=by.tenants,
        clock=utc_now,
    )
    deliveries = Deliveries(outside, notify, make_mailer)
    by.listener.hear(DELIVERIES_CHANNEL, deliveries.heard, deliveries.heard_all)
    by.listener.hear(  # one that lives elsewhere now is followed at once
        TENANTS_CHANNEL, lambda name: deliveries.heard(f"changed {name}"), lambda: None
    )
    return Notifications(
        seal=seal,
        subscriptions=StoredSubscriptions(
            by.tenant_databases, seal, deliveries, by.most_subscriptions
        ),
        states=StoredDeliveryStates(by.tenant_databases, deliveries),
        endpoints=GuardedEndpoints(guard),
        hook=DeliveryHook(cache, by.tenant_databases, deliveries),
        deliveries=deliveries,
        register=register,
        http=http,
        mqtt=mqtt,
    )


def seal_of(settings: Settings) -> Seal:
    """Make what secrets of subscribers and of external tenants' endpoints are kept with."""
    key = Instance(settings.data, settings.secrets).subscription_key()
    return Seal(base64.urlsafe_b64decode(key + "="))
