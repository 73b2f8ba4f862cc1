"""What a worker serves beside the NGSI-LD API: the routes of every house, each with its ports."""

from collections.abc import Mapping
from typing import cast

from fastapi import FastAPI, Request
from pydantic import SecretStr

import datamodels
from broker import PRINCIPAL, RelayEndpoint, delivery_router, operator_router
from idp_federation import (
    UpstreamEndpoints,
    federation_router,
    federation_routes,
    identity_router,
    identity_routes,
    mark_router,
    peer_router,
    provider_router,
)
from joint_use import (
    UNRESTRICTED,
    Principal,
    Profiles,
    ProfileStore,
    about_pages,
    audit_router,
    consent_router,
    endpoint_router,
    heads_router,
    move_router,
    policy_router,
    profile_router,
    quota_router,
    tenant_router,
    usage_router,
)
from kit.clock import utc_now
from kit.guard import Guard
from kit.http import Outbound
from kit.pages.rendering import Site
from renkei.archives import Archives, archive_router
from renkei.catalog import serve_catalog
from renkei.departure import Departure
from renkei.explaining import explaining_router
from renkei.health import Health
from renkei.instance import Instance
from renkei.metrics import MetricsEndpoint
from renkei.model_data import BrokerData
from renkei.onboarding import serve_onboarding
from renkei.peer_profiles import FetchedProfiles
from renkei.people import serve_people
from renkei.platform import Platform
from renkei.servers import server_checks
from renkei.site import site_of


def serve_houses(app: FastAPI, platform: Platform, version: str, departure: Departure) -> None:
    """Let an app answer for all houses.

    Args:
        app: gets the routes.
        platform: whose houses they are.
        version: of the program, as health and archives tell it.
        departure: whether the process is about to end, as health tells it.
    """
    token = SecretStr(Instance(platform.settings.data, platform.settings.secrets).operator_token())
    app.router.routes.append(MetricsEndpoint(_metrics_tokens(platform, token)).route())
    site = site_of(platform.settings)
    app.router.routes.extend(_health(platform, version, departure).routes())
    app.router.routes.extend(site.assets.routes())
    _serve_identity(app, platform, token)
    serve_people(app, platform, site, token)
    _serve_joint_use(app, platform, token)
    app.include_router(archive_router(Archives(platform, version), platform, token))
    serve_onboarding(app, platform, site, token)
    app.router.routes.extend(
        about_pages(
            _profiles(platform),
            FetchedProfiles(Outbound(Guard(platform.settings.egress_allow))),
            site,
            token,
            platform.settings.joint_use.onboarding,
        )
    )
    _serve_broker(app, platform, site, token)
    _serve_data_models(app, platform, token)
    serve_catalog(app, platform, site, token)


def _metrics_tokens(platform: Platform, operator: SecretStr) -> list[SecretStr]:
    """Say who may read the metrics: the operator, and whoever watches."""
    settings = platform.settings
    watching = settings.metrics.token or SecretStr(
        Instance(settings.data, settings.secrets).metrics_token()
    )
    return [operator, watching]


def _serve_identity(app: FastAPI, platform: Platform, token: SecretStr) -> None:
    identity = platform.identity
    app.router.routes.extend(identity_routes(identity.provider, identity.verifier))
    app.include_router(identity_router(identity.provider, token))
    app.router.routes.extend(UpstreamEndpoints(identity.relying_party).routes())
    app.include_router(provider_router(identity.relying_party, token))
    parts = identity.federation
    app.router.routes.extend(federation_routes(parts.linkage, parts.grounds, parts.clients))
    app.include_router(federation_router(parts.linkage.federation, token))
    app.include_router(mark_router(parts.linkage.federation, token))
    app.include_router(peer_router(parts.linkage, identity.relying_party, token))


def _serve_joint_use(app: FastAPI, platform: Platform, token: SecretStr) -> None:
    joint_use, metering = platform.joint_use, platform.usage.metering
    app.include_router(audit_router(platform.audit.book, token))
    app.include_router(heads_router(platform.audit.book))
    app.include_router(tenant_router(joint_use, token))
    app.include_router(move_router(joint_use, platform.moves, platform.move_keeper.look, token))
    app.include_router(endpoint_router(joint_use, token))
    app.include_router(profile_router(_profiles(platform), token))
    app.include_router(quota_router(metering, token))
    app.include_router(usage_router(metering, token))
    app.include_router(policy_router(platform.access, token))
    app.include_router(explaining_router(platform, token))
    app.include_router(consent_router(platform.access))


def _serve_broker(app: FastAPI, platform: Platform, site: Site, token: SecretStr) -> None:
    api, watching = platform.settings.broker.api, platform.notifications.deliveries.watching
    app.router.routes.append(RelayEndpoint(platform.broker, api).route())
    app.include_router(delivery_router(platform.broker, watching.watch, site))
    app.include_router(operator_router(platform.broker, api, token))


def _serve_data_models(app: FastAPI, platform: Platform, token: SecretStr) -> None:
    house = platform.models.house(platform.joint_use.directory, platform.broker)
    data = BrokerData(platform.joint_use, platform.broker)
    app.include_router(datamodels.router(platform.settings.datamodels, house, token, data, _caller))


def _caller(request: Request) -> Principal:
    """Say who asks; while nobody signs in, everybody may read."""
    return cast(Principal, request.scope.get(PRINCIPAL, UNRESTRICTED))


def _profiles(platform: Platform) -> Profiles:
    return Profiles(shelf=ProfileStore(platform.databases, platform.control), clock=utc_now)


def _health(platform: Platform, version: str, departure: Departure) -> Health:
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
            "version": version,
            "auth": platform.settings.auth,
            "workers": str(platform.settings.workers),
            "postgresql": told["server_version"],
            "fsync": told["fsync"],
            "synchronous_commit": told["synchronous_commit"],
        }

    return Health(
        checks={"this process": departure.check, "control database": control_database},
        facts=facts,
        partial=server_checks(platform.settings, platform.databases),
    )
