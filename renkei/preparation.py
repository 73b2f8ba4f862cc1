"""What must be there before requests are served: roles, databases, the default tenant, the demo."""

from collections.abc import Sequence
from contextlib import suppress

import asyncpg
import structlog

from broker import AlreadyExists, Call, Document, create_entity
from idp_federation.oidc.opaque import digest
from joint_use import (
    DEFAULT_TENANT,
    OPERATOR,
    THE_PLATFORM,
    AuditEvent,
    AuditKind,
    AuditOutcome,
    InvalidTerm,
    NewTenant,
    Party,
    Tenant,
    TenantExists,
    create_tenant,
    use_tenant,
)
from kit.db import Connection, Database, DatabaseUnavailable
from kit.json import JsonObject
from kit.migrate import migrate
from renkei import demo
from renkei.demo import DemoTenant
from renkei.instance import Instance
from renkei.platform import Platform
from renkei.readiness import CONTROL_SCHEMA
from renkei.servers import MAIN, ready_server

log = structlog.stdlib.get_logger("renkei")

_MAINTENANCE = Database(MAIN, "postgres")


async def make_ready(platform: Platform) -> None:
    """Bring everything that is missing; once more it changes nothing.

    Raises:
        DatabaseUnavailable, MigrationError: the databases cannot be readied.
    """
    await ready_server(platform.settings, platform.databases, MAIN)
    async with platform.databases.admin(_MAINTENANCE) as connection:
        await _ensure_database(connection, platform.control.name)
    async with platform.databases.admin(platform.control) as connection:
        for package in CONTROL_SCHEMA:
            await migrate(connection, package)
    await platform.models.rules.read()
    await _ensure_tenant(
        platform, NewTenant(name=DEFAULT_TENANT, name_ja="既定", name_en="Default")
    )
    await _require_walls(platform)
    if platform.settings.demo:
        await _demonstrate(platform)


async def _ensure_database(connection: Connection, name: str) -> None:
    known = await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name)
    if known is None:
        quoted = '"' + name.replace('"', '""') + '"'
        with suppress(asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):  # likewise
            await connection.execute(f"CREATE DATABASE {quoted} TEMPLATE template0 ENCODING 'UTF8'")


async def _ensure_tenant(platform: Platform, wanted: NewTenant) -> None:
    if await platform.joint_use.tenants.find(wanted.name) is None:
        what = "tenant created by the preparation"
        await _note(platform, AuditKind.OPERATOR_ACTION, what, wanted.name)
    try:
        await create_tenant(platform.joint_use, OPERATOR, wanted)
    except TenantExists:
        return


async def _require_walls(platform: Platform) -> None:
    """Ready every server, and refuse to serve where tenants could see each other's data.

    A further server that is away now costs its own tenants alone.
    """
    wanted = NewTenant(name=DEFAULT_TENANT)
    shared = platform.joint_use.placing.place(0, wanted)
    anybody = Tenant(number=0, name=wanted.name, storage=wanted.storage, placement=shared)
    await platform.store.tenants.make_room(anybody)
    for name in platform.settings.database.servers:
        try:
            await ready_server(platform.settings, platform.databases, name)
            await platform.store.tenants.require_safe_server(name)
        except DatabaseUnavailable as error:
            log.warning("server_away", server=name, reason=error.detail)


async def _demonstrate(platform: Platform) -> None:
    """Bring the example municipalities and who may do what there; what was changed stays."""

    async def bring_tenant(tenant: DemoTenant) -> None:
        await _ensure_tenant(
            platform,
            NewTenant(
                name=tenant.name,
                storage=tenant.storage,
                municipality_code=tenant.municipality_code,
                name_ja=tenant.name_ja,
                name_en=tenant.name_en,
            ),
        )
        await _open(platform, await use_tenant(platform.joint_use, tenant.name))

    async def bring_entities(tenant: str, entities: Sequence[JsonObject]) -> None:
        call = Call(tenant=await use_tenant(platform.joint_use, tenant), principal=OPERATOR)
        for entity in entities:
            try:
                await create_entity(platform.broker, call, Document(entity))
            except AlreadyExists:
                continue

    await demo.install(bring_tenant, bring_entities)
    with suppress(InvalidTerm):  # somebody's own tenant has the name: then there is none to try
        await platform.sandboxes.make()
    await _bring_client(platform)


async def _open(platform: Platform, tenant: Tenant) -> None:
    """Let anyone read a municipality of the demo, unless somebody has set a policy there."""
    policies, now = platform.access.policies, platform.joint_use.clock()
    if (await policies.find(tenant)).version:
        return
    await _note(platform, AuditKind.POLICY_CHANGE, "policy set by the demo", tenant.name)
    await policies.put(tenant, demo.OPEN, over=0, by=OPERATOR.subject, at=now)


async def _bring_client(platform: Platform) -> None:
    """Register the client that writes in the municipalities of the demo."""
    registry, now = platform.identity.provider.registry, platform.joint_use.clock()
    if await registry.find(demo.CLIENT) is not None:
        return
    what = "client registered by the demo"
    await _note(platform, AuditKind.CLIENT_CHANGE, what, None, Party.client(demo.CLIENT))
    secret = Instance(platform.settings.data, platform.settings.secrets).client_secret(demo.CLIENT)
    await registry.add(demo.demo_client(), digest(secret), by=OPERATOR.subject, at=now)


async def _note(
    platform: Platform, kind: AuditKind, what: str, tenant: str | None, about: Party | None = None
) -> None:
    """Record what a preparation changes, before it does: one that is killed hides nothing.

    Raises:
        DatabaseUnavailable: it cannot be recorded now.
    """
    named = about if tenant is None else Party.thing(tenant)
    await platform.audit.lane.record(
        AuditEvent(
            kind=kind,
            outcome=AuditOutcome.DONE,
            by=THE_PLATFORM,
            about=named,
            tenant=tenant,
            what=what,
        )
    )
