"""People: introduces accounts and the pages of signing in to what they need."""

from datetime import timedelta

from fastapi import FastAPI
from pydantic import SecretStr

from idp_federation import (
    Argon2,
    LinkedUpstreams,
    People,
    SignInRules,
    StoredAccountBook,
    StoredAttempts,
    StoredFactors,
    WebAuthn,
    account_router,
    people_pages,
)
from kit.pages.rendering import Site
from renkei.platform import Platform
from renkei.settings import Settings, SettingsRefused


def people_of(platform: Platform, site: Site) -> People:
    """Put the ports of accounts together.

    Raises:
        SettingsRefused: the folder of attestation roots cannot be read.
    """
    databases, control = platform.databases, platform.control
    identity, settings = platform.identity, platform.settings
    return People(
        provider=identity.provider,
        tenants=platform.joint_use.directory,
        accounts=StoredAccountBook(databases, control),
        factors=StoredFactors(databases, control),
        attempts=StoredAttempts(databases, control),
        hashing=Argon2(),
        passkeys=WebAuthn(identity.provider.profile, site.name.ja, _roots(settings)),
        seal=identity.seal,
        linked=LinkedUpstreams(identity.relying_party),
        rules=_rules(settings),
    )


def serve_people(app: FastAPI, platform: Platform, site: Site, token: SecretStr) -> None:
    """Serve accounts: pages and the operator's API."""
    people = people_of(platform, site)
    app.router.routes.extend(people_pages(people, platform.identity.relying_party, site))
    app.include_router(account_router(people, token))


def _rules(settings: Settings) -> SignInRules:
    given = settings.idp_federation.accounts
    return SignInRules(
        proofing_lasts=timedelta(days=given.proofing_days),
        link=timedelta(hours=given.link_hours),
        consent_lasts=timedelta(days=given.consent_days),
        self_registration=given.self_registration,
    )


def _roots(settings: Settings) -> list[bytes]:
    folder = settings.idp_federation.accounts.attestation_roots
    if folder is None:
        return []
    try:
        return [one.read_bytes() for one in sorted(folder.expanduser().glob("*.pem"))]
    except OSError as error:
        raise SettingsRefused(
            f"RENKEI_IDP_FEDERATION__ACCOUNTS__ATTESTATION_ROOTS cannot be read: {error}"
        ) from error
