"""Processes that write and notify, over real databases; each knows the others by these alone."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any
from uuid import uuid4

import pytest

from broker.fetch.contexts import ContextLoader
from broker.ngsi.commands import Command
from broker.ngsi.contexts import build_context, core
from broker.ngsi.errors import NgsiLdError
from broker.ngsi.subscription import StoredSubscription, SubscriptionId
from broker.ngsi.subscription_document import new_subscription
from broker.notify.deliveries import Deliveries, Outside
from broker.notify.http import HttpSender
from broker.notify.mailer import Mailer
from broker.notify.mqtt import MqttSender
from broker.notify.ports import Sender
from broker.notify.watching import Watching
from broker.settings import NotifySettings
from broker.store.contexts import StoredContexts
from broker.store.deliveries import PostgresDeliveries
from broker.store.delivery_hook import DeliveryHook
from broker.store.delivery_states import StoredDeliveryStates
from broker.store.leases import PostgresLeases
from broker.store.process_register import DELIVERIES_CHANNEL, ProcessRegister
from broker.store.store import Store
from broker.store.subscription_cache import SubscriptionCache
from broker.store.subscriptions import StoredSubscriptions
from broker.store.tenants import TenantDatabases, database_of
from joint_use import Tenant
from kit.clock import Clock, utc_now
from kit.db import Database, Databases, Server
from kit.guard import Guard
from kit.http import Outbound, new_tls_context
from kit.json import JsonObject
from kit.listen import Listener
from kit.sealing import Seal
from kit.tasks import Tasks
from tests.entities import SHELTER
from tests.stores import Registry

KEY = os.urandom(32)
LOOPBACK = Guard([ip_network("127.0.0.0/8")])


@dataclass
class RegistryTenants:
    """Looks tenants up in a test's registry."""

    registry: Registry

    async def of(self, name: str | None, *, create: bool = False) -> Tenant:
        return next(one for one in self.registry.tenants.values() if one.name == name)


@dataclass(kw_only=True)
class Process:
    """One process of the platform, as far as notifications are concerned."""

    databases: Databases
    tenants: TenantDatabases
    store: Store
    subscriptions: StoredSubscriptions
    states: StoredDeliveryStates
    deliveries: Deliveries
    register: ProcessRegister
    tasks: Tasks
    registry: Registry

    async def write(self, tenant: Tenant, *commands: Command) -> None:
        """Write, and expect no refusal."""
        for outcome in await self.store.entities.write_all(tenant, commands):
            assert not isinstance(outcome, NgsiLdError), outcome

    async def subscribe(self, tenant: Tenant, uri: str, **members: Any) -> SubscriptionId:
        stored = a_subscription(uri, **members)
        await self.subscriptions.put(tenant, stored)
        return stored.id

    async def rows(self, tenant: Tenant, sql: str, *args: object) -> Sequence[tuple[Any, ...]]:
        """Run a statement past row-level security."""
        async with self.databases.admin(database_of(tenant)) as connection:
            return [tuple(row) for row in await connection.fetch(sql, *args)]

    async def waiting(self, tenant: Tenant) -> int:
        """Count what is not delivered yet."""
        sql = "SELECT count(*) FROM delivery WHERE tenant = $1"
        return int((await self.rows(tenant, sql, tenant.number))[0][0])

    async def until_drained(self, tenant: Tenant, within_s: float = 60.0) -> None:
        """Wait until nothing is left to deliver."""
        ends_at_s = asyncio.get_running_loop().time() + within_s
        while asyncio.get_running_loop().time() < ends_at_s:
            if await self.waiting(tenant) == 0:
                return
            await asyncio.sleep(0.02)
        pytest.fail("something is still waiting")

    async def die(self) -> None:
        """Stop everything at once and sign off nowhere, as kill -9 would."""
        await self.tasks.close()
        for opened in self.deliveries._open.values():
            opened.task.cancel()
            await opened.drain._feeds.close()
        self.deliveries._open.clear()
        await self.deliveries._tasks.close()


def a_subscription(uri: str, **members: Any) -> StoredSubscription:
    """A subscription to shelters, or what the members say; with a context: terms for q."""
    terms = members.pop("context", None)
    context = core() if terms is None else build_context(terms, {})
    endpoint: JsonObject = {"uri": uri, **members.pop("endpoint", {})}
    notification: JsonObject = {"endpoint": endpoint, **members.pop("notification", {})}
    document: JsonObject = {
        "type": "Subscription",
        "entities": [{"type": SHELTER}],
        "notification": notification,
        **members,
    }
    generated = SubscriptionId(f"urn:ngsi-ld:Subscription:{uuid4()}")
    return new_subscription(document, context, generated=generated, now=utc_now())


@asynccontextmanager
async def a_process(
    server: Server,
    control: Database,
    registry: Registry,
    *,
    clock: Clock = utc_now,
    is_sending: bool = True,
    guard: Guard = LOOPBACK,
    **settings: Any,
) -> AsyncIterator[Process]:
    quick = {"retry_first_s": 0.05, "retry_limit_s": 0.2, "dead_after_s": 1.5, "timeout_s": 1.0}
    notify = NotifySettings.model_validate(quick | settings)
    seal = Seal(KEY)
    cache = SubscriptionCache(seal)
    ca_file = None if notify.ca_file is None else str(notify.ca_file)
    tls = new_tls_context(notify.ca_file)
    http, mqtt = HttpSender(guard, tls), MqttSender(guard, ca_file)
    senders: dict[str, Sender] = {"http": http, "https": http, "mqtt": mqtt, "mqtts": mqtt}
    async with Databases([server], budget=6) as databases, Tasks() as tasks:
        tenants = TenantDatabases(databases, registry.reload)
        contexts = ContextLoader(
            StoredContexts(tenants), Outbound(guard), clock, _announce, lambda _: None
        )

        def make_mailer(watching: Watching) -> Mailer:
            return Mailer(
                senders=senders,
                contexts=contexts,
                entities=store.entities,
                settings=notify,
                clock=clock,
                published=watching.published,
            )

        register = ProcessRegister(databases, control, dead_after_s=notify.dead_after_s)
        outside = Outside(
            store=PostgresDeliveries(tenants, cache),
            leases=PostgresLeases(tenants),
            register=register,
            tenants=RegistryTenants(registry),
            clock=clock,
        )
        deliveries = Deliveries(outside, notify, make_mailer)
        hook = DeliveryHook(cache, tenants, deliveries)
        listener = Listener(databases, control)
        listener.hear(DELIVERIES_CHANNEL, deliveries.heard, deliveries.heard_all)
        store = Store.open(databases, tenants, hooks=[hook])
        if is_sending:
            tasks.start("listener", listener.run)
            tasks.start("register", register.run)
            tasks.start("deliveries", deliveries.run)
        try:
            yield Process(
                databases=databases,
                tenants=tenants,
                store=store,
                subscriptions=StoredSubscriptions(tenants, seal, deliveries),
                states=StoredDeliveryStates(tenants, deliveries),
                deliveries=deliveries,
                register=register,
                tasks=tasks,
                registry=registry,
            )
        finally:
            await store.close()
            await deliveries.close()
            await http.close()
            await mqtt.close()


async def _announce(_: Tenant) -> None:
    """Tell nobody: each test has @contexts of its own."""
