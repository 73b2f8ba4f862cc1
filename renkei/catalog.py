"""The API catalog's ports, satisfied by the houses: owners are organisations, callers are known."""

import hmac
from collections.abc import Sequence
from urllib.parse import urlencode

from fastapi import FastAPI
from pydantic import SecretStr
from starlette.requests import Request

from api_catalog import (
    ANYBODY,
    HUB,
    ApiCatalog,
    Caller,
    CallerOf,
    Described,
    Distribution,
    Entry,
    EntryStore,
    Outputs,
    Reader,
    Words,
    api_key,
    entry_router,
    is_personal,
    portal_routes,
    reader_of,
)
from broker import PRINCIPAL
from joint_use import JointUse, Principal
from kit.clock import utc_now
from kit.db import Database, Databases
from kit.guard import Guard
from kit.http import Outbound
from kit.pages.rendering import Site
from renkei.api_documents import KnownDocuments, OwnDocuments
from renkei.documents import HousesDescribed
from renkei.owners import NAME, OrganisationsAsOwners
from renkei.platform import Platform
from renkei.portal import assemble_portal, stranger_of
from renkei.sandbox_api import sandbox_router

_SCHEME = "bearer "


class FormsOfDatasets:
    """In which forms the datasets of tenants are had (port `Forms`).

    Args:
        pages: the platform's address.
    """

    def __init__(self, pages: str) -> None:
        self._pages = pages

    def of(self, entry: Entry) -> Sequence[Distribution]:
        """Answer with the files of a dataset's model, and its entities over the API."""
        if entry.tenant is None:
            return ()
        files = [
            Distribution(
                key=f"{model.lower()}-{form}",
                title=Words(f"{entry.title.ja}（{name}）", f"{model} as {name}"),
                url=f"{self._pages}/datamodels/tenants/{entry.tenant}/export/{model}.{form}",
                format=name,
                media_type=media_type,
            )
            for model in entry.models
            for form, (name, media_type) in _FORMS.items()
        ]
        return [*files, *(self._over_the_api(entry, one) for one in entry.types)]

    def services(self, entry: Entry) -> Sequence[str]:
        """Answer with the keys of the APIs that give a dataset."""
        if entry.tenant is None:
            return ()
        return (api_key(entry.tenant, is_personal=is_personal(entry.legal_class)),)

    def _over_the_api(self, entry: Entry, iri: str) -> Distribution:
        return Distribution(
            key="ngsi-ld",
            title=Words(f"{entry.title.ja}（NGSI-LD API）", "NGSI-LD API"),
            url=f"{self._pages}/ngsi-ld/v1/entities?{urlencode({'type': iri})}",
            format="NGSI-LD",
            media_type="application/ld+json",
            is_file=False,
        )


def assemble_catalog(
    joint_use: JointUse, databases: Databases, control: Database, pages: str
) -> ApiCatalog:
    """Introduce the catalog to what it needs.

    Args:
        joint_use: the ports of joint use.
        databases: the process's connections.
        control: the control database.
        pages: the platform's address, without a slash at the end.
    """
    return ApiCatalog(
        shelf=EntryStore(databases, control),
        owners=OrganisationsAsOwners(joint_use, pages),
        forms=FormsOfDatasets(pages),
        clock=utc_now,
        name=NAME,
        pages=pages,
    )


def serve_catalog(app: FastAPI, platform: Platform, site: Site, token: SecretStr) -> None:
    """Let an app answer for the catalog and the portal.

    Args:
        app: gets the routes.
        platform: whose catalog it is.
        site: what all pages share.
        token: the operator token.
    """
    address = platform.identity.provider.profile.issuer
    catalog = assemble_catalog(platform.joint_use, platform.databases, platform.control, address)
    caller_of = caller_by(token, OrganisationsAsOwners(platform.joint_use, address))
    app.router.routes.extend(Outputs(catalog, caller_of).routes())
    app.include_router(entry_router(catalog, caller_of))
    described = HousesDescribed(app, platform.models.registry, address)
    app.router.routes.extend(Described(catalog, described, caller_of).routes())
    descriptions = KnownDocuments(
        address,
        OwnDocuments(app, stranger_of(platform.settings)),
        Outbound(Guard(platform.settings.egress_allow)),
    )
    portal = assemble_portal(catalog, platform, descriptions)
    app.router.routes.extend(portal_routes(portal, site))
    app.include_router(sandbox_router(platform.sandboxes, token))


def caller_by(token: SecretStr, owners: OrganisationsAsOwners) -> CallerOf:
    """Know who calls: by the access token where sign-in is on, and the operator by its own token.

    Args:
        token: the operator's.
        owners: knows for whom a tenant's clients act.
    """
    expected = token.get_secret_value().encode()

    async def caller(request: Request) -> Caller:
        principal: Principal | None = request.scope.get(PRINCIPAL)
        if principal is not None:
            return Caller(reader=await _reader(principal, owners), name=principal.subject)
        header = request.headers.get("authorization", "")
        sent = header[len(_SCHEME) :].strip() if header.lower().startswith(_SCHEME) else ""
        if hmac.compare_digest(sent.encode(), expected):
            return Caller(reader=HUB, name="operator")
        return Caller(reader=ANYBODY, name="anyone")

    return caller


async def _reader(principal: Principal, owners: OrganisationsAsOwners) -> Reader:
    found = [await owners.of_tenant(tenant) for tenant in sorted(principal.tenants or ())]
    return reader_of(principal, [one.key for one in found if one is not None])


_FORMS = {
    "csv": ("CSV", "text/csv"),
    "geojson": ("GeoJSON", "application/geo+json"),
    "jsonld": ("JSON-LD", "application/ld+json"),
}
