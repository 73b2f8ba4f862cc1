"""The two functions that the process tree runs: `create_app` in each worker, `prepare` before."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import cast

from fastapi import FastAPI, Request
from pydantic import SecretStr
from starlette.types import ASGIApp, Receive, Scope, Send

import datamodels
from broker import PRINCIPAL, NgsiLdApi, RelayEndpoint, delivery_router, operator_router
from idp_federation import identity_router, identity_routes, new_nonce
from joint_use import (
    OPERATOR,
    UNRESTRICTED,
    Principal,
    Profiles,
    ProfileStore,
    Tenant,
    consent_router,
    endpoint_router,
    list_tenants,
    move_router,
    policy_router,
    profile_router,
    quota_router,
    tenant_router,
    usage_router,
)
from kit.clock import utc_now
from kit.pages.rendering import Site
from renkei.archives import Archives, archive_router
from renkei.catalog import serve_catalog
from renkei.documents import describe_platform
from renkei.enforcement import Enforcement, Gate
from renkei.explaining import explaining_router
from renkei.health import Health
from renkei.home import Home
from renkei.instance import Instance
from renkei.model_data import BrokerData
from renkei.onboarding import serve_onboarding
from renkei.platform import Platform, assemble, opened, running
from renkei.preparation import make_ready
from renkei.servers import server_checks
from renkei.settings import Settings
from renkei.site import site_of

VERSION = version("renkei")
NGSI_LD = "/ngsi-ld/"
_DRAIN_S = 1.5  # within what uvicorn leaves to requests under way


class Front:
    """The ASGI app of one worker: the NGSI-LD API at once, everything else through FastAPI.

    FastAPI's layers cost more than creating an entity, and the broker's door does what they do.
    """

    def __init__(
        self, platform: Platform, ngsi_ld: NgsiLdApi, rest: FastAPI, gate: Gate | None = None
    ) -> None:
        self._platform = platform
        self._ngsi_ld = ngsi_ld
        self.rest = rest
        self._door: ASGIApp = self._open if gate is None else Enforcement(self._open, gate)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or follow the server's start and stop (ASGI)."""
        await self._door(scope, receive, send)

    async def _open(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(NGSI_LD):
            await self._ngsi_ld(scope, receive, send)
        else:
            await self.rest(scope, receive, send)

    async def drain(self) -> None:
        """Commit what waits in lanes, or refuse it with 503, while its requests still live."""
        await self._platform.store.lanes.close(_DRAIN_S)


def create_app(settings: Settings) -> Front:
    """Make the ASGI app of one worker."""
    platform = assemble(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with running(platform):
            yield

    app = FastAPI(
        title="連携 renkei",
        version=VERSION,
        summary="The data-linkage platform that municipalities share",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.router.routes.extend(_health(platform).routes())
    site = site_of(settings)
    app.router.routes.extend(site.assets.routes())
    app.router.routes.extend(_home(platform, site).routes())
    identity = platform.identity
    app.router.routes.extend(identity_routes(identity.provider, identity.verifier))
    token = SecretStr(Instance(settings.data).operator_token())
    app.include_router(identity_router(identity.provider, token))
    app.include_router(tenant_router(platform.joint_use, token))
    app.include_router(
        move_router(platform.joint_use, platform.moves, platform.move_keeper.look, token)
    )
    app.include_router(archive_router(Archives(platform, VERSION), platform, token))
    app.include_router(endpoint_router(platform.joint_use, token))
    serve_onboarding(app, platform, site, token)
    app.router.routes.append(RelayEndpoint(platform.broker, settings.broker.api).route())
    app.include_router(profile_router(_profiles(platform), token))
    app.include_router(quota_router(platform.usage.metering, token))
    app.include_router(usage_router(platform.usage.metering, token))
    app.include_router(policy_router(platform.access, token))
    app.include_router(explaining_router(platform, token))
    app.include_router(consent_router(platform.access))
    app.include_router(
        delivery_router(platform.broker, platform.notifications.deliveries.watching.watch, site)
    )
    app.include_router(operator_router(platform.broker, settings.broker.api, token))
    house = platform.models.house(platform.joint_use.directory, platform.broker)
    data = BrokerData(platform.joint_use, platform.broker)
    app.include_router(datamodels.router(settings.datamodels, house, token, data, _caller))
    serve_catalog(app, platform, token)
    describe_platform(app)
    gate = gate_of(platform) if settings.auth == "on" else None
    return Front(platform, NgsiLdApi(platform.broker, settings.broker.api), app, gate)


def _caller(request: Request) -> Principal:
    """Say who asks; while nobody signs in, everybody may read."""
    return cast(Principal, request.scope.get(PRINCIPAL, UNRESTRICTED))


async def prepare(settings: Settings) -> None:
    """Ready the databases before any worker serves; safe to run again."""
    platform = assemble(settings)
    async with opened(platform):
        await make_ready(platform)


def gate_of(platform: Platform) -> Gate:
    """Say what it takes to know who calls."""
    provider = platform.identity.provider
    return Gate(
        verifier=platform.identity.verifier,
        issuer=provider.profile.issuer,
        anchor=provider.profile.anchor,
        operator_token=Instance(platform.settings.data).operator_token(),
        nonce=lambda: new_nonce(provider.secrets.nonce, provider.clock()),
    )


def _profiles(platform: Platform) -> Profiles:
    return Profiles(shelf=ProfileStore(platform.databases, platform.control), clock=utc_now)


def _home(platform: Platform, site: Site) -> Home:
    async def tenants() -> Sequence[Tenant]:
        return await list_tenants(platform.joint_use, OPERATOR)

    return Home(site, tenants)


def _health(platform: Platform) -> Health:
    async def control_database() -> None:
        async with platform.databases.connection(platform.control) as connection:
            await connection.execute("SELECT 1")

    async def facts() -> Mapping[str, str]:
        async with platform.databases.connection(platform.control) as connection:
            rows = await connection.fetch(
                "SELECT name, setting FROM pg_settings"
                " WHERE name IN ('fsync', 'synchronous_commit', 'server_version')"
            )
        told = {row["name"]: row["setting"] for row in rows}
        return {
            "version": VERSION,
            "auth": platform.settings.auth,
            "workers": str(platform.settings.workers),
            "postgresql": told["server_version"],
            "fsync": told["fsync"],
            "synchronous_commit": told["synchronous_commit"],
        }

    return Health(
        checks={"control database": control_database},
        facts=facts,
        partial=server_checks(platform.settings, platform.databases),
    )
