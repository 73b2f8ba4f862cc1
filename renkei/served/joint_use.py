"""Joint use, served."""

from importlib.metadata import version

from fastapi import FastAPI
from pydantic import SecretStr

from joint_use import (
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
from renkei.explaining import explaining_router
from renkei.onboarding import serve_onboarding
from renkei.peer_profiles import FetchedProfiles
from renkei.platform import Platform


def serve(app: FastAPI, platform: Platform, site: Site, token: SecretStr) -> None:
    """Serve tenants, policies, usage, the audit and how organisations take part."""
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
    app.include_router(archive_router(Archives(platform, version("renkei")), platform, token))
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


def _profiles(platform: Platform) -> Profiles:
    return Profiles(shelf=ProfileStore(platform.databases, platform.control), clock=utc_now)
