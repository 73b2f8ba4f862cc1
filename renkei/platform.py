"""Platform: one process's houses, introduced to each other over its connections."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog

from api_catalog import MadeEntriesKeeper, SandboxStore
from broker import (
    Bounds,
    Broker,
    ChangedTenants,
    ContextLoader,
    MapBounds,
    NonexistentTenant,
    PostgresMover,
    SnapshotBounds,
    SnapshotMessages,
    SourceClients,
    Store,
    StoredContexts,
    StoredEntityMaps,
    StoredHoldings,
    Sweeper,
    TenantDatabases,
    Unavailable,
)
from idp_federation import data_withdrawn
from joint_use import (
    MOVES_CHANNEL,
    OPERATOR,
    Access,
    ConsentStore,
    JointUse,
    MoveKeeper,
    Moves,
    MoveStore,
    OrganisationStore,
    Placing,
    PolicyCache,
    PolicyStore,
    Storage,
    Tenant,
    TenantCache,
    TenantStatus,
    TenantStore,
    list_tenants,
)
from kit.clock import utc_now
from kit.db import Database, Databases
from kit.listen import Listener
from kit.tasks import Tasks
from renkei.announcements import Announcements
from renkei.auditing import Auditing, BrokerAudit, assemble_audit
from renkei.consents import FollowedConsents
from renkei.enforcement import KnownStandings
from renkei.holdings import TenantHoldings
from renkei.identity import Identity, assemble_identity, outbound_of
from renkei.made_entries import assemble_made_entries
from renkei.models import Models, assemble_models
from renkei.notifications import (
    Neighbours,
    Notifications,
    assemble_notifications,
    seal_of,
)
from renkei.own_contexts import own_context
from renkei.owners import OrganisationsAsOwners
from renkei.sandbox import KnownSandbox, Sandboxes
from renkei.servers import MAIN, open_databases, ready_server
from renkei.settings import Settings
from renkei.snapshots import Snapshots, assemble_snapshots
from renkei.sources import Endpoints, assemble_endpoints, assemble_sources
from renkei.tenancy import RequestTenants
from renkei.usage import UsageNeeds, UsageParts, assemble_usage

log = structlog.stdlib.get_logger("renkei")

_SETTLE_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """What one process has put together.

    Args:
        control: the control database.
    """

    settings: Settings
    databases: Databases
    control: Database
    joint_use: JointUse
    access: Access
    audit: Auditing
    broker: Broker
    contexts: ContextLoader
    store: Store
    notifications: Notifications
    snapshots: Snapshots
    sources: SourceClients
    usage: UsageParts
    models: Models
    identity: Identity
    listener: Listener
    moves: Moves
    move_keeper: MoveKeeper
    sandboxes: Sandboxes
    made_entries: MadeEntriesKeeper


def assemble(settings: Settings) -> Platform:
    """Introduce the houses to each other; nothing is connected yet.

    Raises:
        SettingsRefused: no database is named.
    """
    databases = open_databases(settings)
    control = Database(MAIN, settings.joint_use.control_database)
    listener = Listener(databases, control)
    cache = TenantCache(TenantStore(databases, control), absent_s=settings.joint_use.absent_s)
    cache.follow(listener)
    audit = assemble_audit(settings, databases, control)
    identity = assemble_identity(settings, databases, control, listener, audit.lane, cache)
    tenant_databases = TenantDatabases(
        databases,
        lambda tenant: _reload(cache, tenant),
        history_days=settings.broker.store.history_days,
        clock=utc_now,
        ready_server=lambda name: ready_server(settings, databases, name),
    )
    seal = seal_of(settings)
    endpoints = assemble_endpoints(settings, databases, control, listener, seal)
    joint_use = _joint_use(settings, databases, control, tenant_databases, cache, endpoints)
    tenants = RequestTenants(joint_use, auto_create=settings.joint_use.tenant_auto_create)
    usage = assemble_usage(
        settings,
        UsageNeeds(
            databases=databases,
            control=control,
            directory=cache,
            tenant_databases=tenant_databases,
            listener=listener,
        ),
    )
    policies = PolicyStore(databases, control)
    known_policies = PolicyCache(policies)
    known_policies.follow(listener)
    access = Access(
        tenants=cache,
        policies=policies,
        consents=FollowedConsents(
            ConsentStore(databases, control),
            lambda number: data_withdrawn(identity.provider, number),
        ),
        clock=utc_now,
    )
    standings = None
    if settings.auth == "on":
        standings = KnownStandings(access=access, policies=known_policies)
    notifications = assemble_notifications(
        settings,
        Neighbours(
            databases=databases,
            control=control,
            tenant_databases=tenant_databases,
            tenants=tenants,
            listener=listener,
            most_subscriptions=usage.most_subscriptions,
            reach=lambda: (store, contexts),
            standings=standings,
        ),
    )
    moves = Moves(
        registry=MoveStore(databases, control),
        mover=PostgresMover(databases, tenant_databases),
        kept_s=settings.joint_use.moves.kept_s,
    )
    move_keeper = MoveKeeper(joint_use, moves, at_once=settings.joint_use.moves.at_once)
    listener.hear(MOVES_CHANNEL, lambda _: move_keeper.look(), move_keeper.look)
    models = assemble_models(settings, databases, control, listener)
    written = ChangedTenants()
    store = Store.open(
        databases,
        tenant_databases,
        hooks=[notifications.hook, written],
        max_walked=settings.broker.store.max_walked,
        limit_of=usage.storage_limit,
        judge_of=models.judge_of,
        is_metered=settings.joint_use.metering,
    )
    snapshots = assemble_snapshots(
        tenant_databases,
        notifications.seal,
        SnapshotMessages(notifications.http, settings.broker.notify.timeout_s),
    )
    external, sources = assemble_sources(settings, databases, control, endpoints, notifications)
    shelf = StoredContexts(tenant_databases)
    announcements = Announcements(databases, control)
    contexts = ContextLoader(
        shelf,
        outbound_of(settings),
        utc_now,
        announcements.contexts_changed,
        lambda url: own_context(settings, url, models.registry),
    )
    announcements.hear_contexts(listener, contexts.drop, contexts.drop_all)
    broker = Broker(
        entities=store.entities,
        indexes=store.indexes,
        contexts=contexts,
        shelf=shelf,
        maps=StoredEntityMaps(tenant_databases, settings.broker.entity_maps.per_tenant),
        snapshots=snapshots.shelf,
        snapshot_work=snapshots.keeper,
        tenants=tenants,
        subscriptions=notifications.subscriptions,
        endpoints=notifications.endpoints,
        deliveries=notifications.states,
        external=external,
        clock=utc_now,
        bounds=_bounds(settings),
        alias=settings.broker.api.alias or socket.gethostname(),
        started_at=utc_now(),
        admission=usage.door,
        meter=usage.meter,
        standings=standings,
        audit=BrokerAudit(audit.lane, audit.strangers),
    )
    sandbox_store = SandboxStore(databases, control)
    holdings = TenantHoldings(
        joint_use=joint_use,
        owners=OrganisationsAsOwners(joint_use, identity.provider.profile.issuer),
        stored=StoredHoldings(tenant_databases),
        registry=models.registry,
        policies=known_policies,
        sandboxes=sandbox_store,
        is_bound=settings.auth == "on",
        licence=settings.datamodels.data_licence,
    )
    sandboxes = Sandboxes(
        store=sandbox_store,
        known=KnownSandbox(sandbox_store),
        joint_use=joint_use,
        metering=usage.metering,
        broker=broker,
        registry=models.registry,
        pause=timedelta(seconds=settings.api_catalog.sandbox.pause_s),
    )
    return Platform(
        settings=settings,
        databases=databases,
        control=control,
        joint_use=joint_use,
        access=access,
        audit=audit,
        broker=broker,
        contexts=contexts,
        store=store,
        notifications=notifications,
        snapshots=snapshots,
        sources=sources,
        usage=usage,
        models=models,
        identity=identity,
        listener=listener,
        moves=moves,
        move_keeper=move_keeper,
        sandboxes=sandboxes,
        made_entries=assemble_made_entries(
            settings, databases, control, holdings, written.taken, listener
        ),
    )


@asynccontextmanager
async def opened(platform: Platform) -> AsyncIterator[None]:
    """Use the platform once, as the preparation does, and close everything in order."""
    try:
        yield
    finally:
        await platform.store.close()
        await platform.notifications.close()
        await platform.sources.close()
        await platform.usage.counting.close()
        await platform.audit.lane.close()
        await platform.databases.close()


@asynccontextmanager
async def running(platform: Platform) -> AsyncIterator[None]:
    """Keep the platform's long-lived tasks up while it serves."""
    async with opened(platform), Tasks() as tasks:
        await platform.audit.start(tasks)
        tasks.start("listener", platform.listener.run)
        platform.notifications.start(tasks)
        platform.snapshots.start(tasks, platform.broker)
        platform.identity.start(tasks)
        platform.usage.start(tasks)
        await platform.models.start(tasks, platform.joint_use, platform.broker)
        tasks.start("sweeper", _sweeper(platform).run)
        tasks.start("made entries", platform.made_entries.run)
        tasks.start("moves", platform.move_keeper.run)
        tasks.start("sandbox", platform.sandboxes.run)
        tasks.start("indexes", platform.store.index_work.run)
        tasks.start("idle lanes", platform.store.end_idle)
        tasks.start("context uses", lambda: _settle(platform.contexts))
        yield


async def _settle(contexts: ContextLoader) -> None:
    """Write down every second how often stored contexts were used."""
    while True:
        await asyncio.sleep(_SETTLE_S)
        try:
            await contexts.settle_all()
        except Unavailable as error:
            log.warning("context_uses_not_counted", reason=error.detail)


def _sweeper(platform: Platform) -> Sweeper:
    """Make what takes away expired entities and old history, of all tenants in turn.

    Their snapshots get their turn then, too: those that a process left unfinished or expired.
    """

    async def every_tenant() -> AsyncIterator[Tenant]:
        last = ""
        while page := await list_tenants(platform.joint_use, OPERATOR, after=last):
            for tenant in page:
                is_here = tenant.storage is not Storage.EXTERNAL
                if is_here and tenant.status is TenantStatus.ACTIVE:
                    platform.snapshots.keeper.wake(tenant)
                    yield tenant
            last = page[-1].name

    return Sweeper(
        platform.databases,
        platform.store.tenants,
        every_tenant,
        take_up=platform.store.index_work.take_up,
    )


def _joint_use(
    settings: Settings,
    databases: Databases,
    control: Database,
    tenants: TenantDatabases,
    cache: TenantCache,
    endpoints: Endpoints,
) -> JointUse:
    placing = settings.joint_use.placing
    return JointUse(
        tenants=TenantStore(databases, control),
        organisations=OrganisationStore(databases, control),
        directory=cache,
        endpoints=endpoints.store,
        entrance=endpoints.entrance,
        provisioner=tenants,
        placing=Placing(
            server=MAIN,
            servers=frozenset({MAIN, *settings.database.servers}),
            shared_database=placing.shared_database,
            separated_prefix=placing.separated_prefix,
        ),
        clock=utc_now,
    )


def _bounds(settings: Settings) -> Bounds:
    maps, snapshots = settings.broker.entity_maps, settings.broker.snapshots
    return Bounds(
        maps=MapBounds(
            members=maps.members,
            lifetime=timedelta(seconds=maps.lifetime_s),
            longest=timedelta(seconds=maps.longest_s),
        ),
        snapshots=SnapshotBounds(
            lifetime=timedelta(seconds=snapshots.lifetime_s),
            longest=timedelta(seconds=snapshots.longest_s),
            entities=snapshots.entities,
            per_tenant=snapshots.per_tenant,
        ),
    )


async def _reload(cache: TenantCache, tenant: Tenant) -> Tenant:
    """Read a tenant again that its database knows otherwise than we do."""
    cache.forget(tenant.name)
    found = await cache.find(tenant.name)
    if found is None or found.status is not TenantStatus.ACTIVE:
        raise NonexistentTenant(f"Tenant {tenant.name} is not active any more")
    return found
