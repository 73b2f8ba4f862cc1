"""Who takes part: the pages and APIs of organisations and of applications, put together."""

from datetime import timedelta

from fastapi import FastAPI
from pydantic import SecretStr

from joint_use import (
    ApplicationStore,
    Onboarding,
    Pace,
    TermsStore,
    applicant_router,
    application_router,
    municipality_router,
    onboarding_pages,
    organisation_router,
    terms_router,
)
from kit.pages.rendering import Site
from renkei.client_issuing import TenantClients
from renkei.platform import Platform


def onboarding_of(platform: Platform) -> Onboarding:
    """Put the ports of onboarding together.

    No clients are registered while requests need no token.
    """
    settings = platform.settings.joint_use.onboarding
    is_open = platform.settings.auth == "off"
    return Onboarding(
        joint_use=platform.joint_use,
        applications=ApplicationStore(platform.databases, platform.control),
        terms=TermsStore(platform.databases, platform.control),
        quotas=platform.usage.metering.quotas,
        clients=None if is_open else TenantClients(platform.identity.provider),
        pace=Pace(
            per_sender=settings.per_sender,
            within=timedelta(hours=1),
            waiting=settings.waiting,
        ),
    )


def serve_onboarding(app: FastAPI, platform: Platform, site: Site, token: SecretStr) -> None:
    """Serve organisations, municipalities and applications: APIs and pages."""
    onboarding = onboarding_of(platform)
    settings = platform.settings.joint_use.onboarding
    app.router.routes.extend(onboarding_pages(onboarding, site, token, settings))
    app.include_router(municipality_router(platform.joint_use, token))
    app.include_router(organisation_router(platform.joint_use, token))
    app.include_router(applicant_router(onboarding, site.signer))
    app.include_router(application_router(onboarding, token))
    app.include_router(terms_router(onboarding, token))
