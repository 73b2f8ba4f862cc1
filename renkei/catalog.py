"""The API catalog's ports, satisfied by the houses: owners are organisations, callers are known."""

import hmac
from collections.abc import Collection, Mapping, Sequence
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
    Distribution,
    Entry,
    EntryStore,
    Outputs,
    Publisher,
    Words,
    entry_router,
    portal_routes,
)
from joint_use import JointUse, Organisation, Tenant
from kit.clock import utc_now
from kit.db import Database, Databases
from kit.pages.rendering import Site
from renkei.platform import Platform
from renkei.portal import assemble_portal

_SCHEME = "bearer "
_FEW = 4  # owners are asked for one by one; more of them all at once


class OrganisationsAsOwners:
    """Who answers for entries: the organisations that take part (port `Owners`).

    Args:
        joint_use: the ports of joint use.
        pages: the platform's address.
    """

    def __init__(self, joint_use: JointUse, pages: str) -> None:
        self._joint_use = joint_use
        self._pages = pages

    async def find(self, key: str) -> Publisher | None:
        """Answer with one; None where it takes no part."""
        organisation = await self._joint_use.organisations.find(key)
        return None if organisation is None else self._publisher(organisation)

    async def of_tenant(self, tenant: str) -> Publisher | None:
        """Answer with who answers for a tenant; None where there is no such tenant."""
        known = await self._joint_use.directory.find(tenant)
        if known is None:
            return None
        owner = None if known.organisation is None else await self.find(known.organisation)
        return owner or self._itself(known)

    async def every(self, keys: Collection[str]) -> Mapping[str, Publisher]:
        """Answer with those there are of some."""
        if len(keys) > _FEW:
            found = await self._joint_use.organisations.page(municipality=None)
            return {one.name: self._publisher(one) for one in found if one.name in keys}
        each = [await self.find(key) for key in sorted(keys)]
        return {one.key: one for one in each if one is not None}

    def _publisher(self, organisation: Organisation) -> Publisher:
        return Publisher(
            key=organisation.name,
            name=Words(organisation.name_ja, organisation.name_en),
            page=f"{self._pages}/owners/{organisation.name}",
        )

    def _itself(self, tenant: Tenant) -> Publisher:
        name = Words(tenant.name_ja or tenant.name, tenant.name_en or tenant.name)
        return Publisher(key=tenant.name, name=name, page=f"{self._pages}/tenants/{tenant.name}")


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
        return () if entry.tenant is None else (f"{entry.tenant}-ngsi-ld",)

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
        name=Words("連携 renkei", "renkei"),
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
    caller_of = caller_by(token)
    app.router.routes.extend(Outputs(catalog, caller_of).routes())
    app.include_router(entry_router(catalog, caller_of))
    app.router.routes.extend(portal_routes(assemble_portal(catalog, platform), site))


def caller_by(token: SecretStr) -> CallerOf:
    """Know the hub's operator by the operator token; everybody else is anybody."""
    expected = token.get_secret_value().encode()

    async def caller(request: Request) -> Caller:
        header = request.headers.get("authorization", "")
        sent = header[len(_SCHEME) :].strip() if header.lower().startswith(_SCHEME) else ""
        if hmac.compare_digest(sent.encode(), expected):
            return Caller(reader=HUB, name="operator")
        return Caller(reader=ANYBODY, name="anyone")

    return caller


_FORMS = {
    "csv": ("CSV", "text/csv"),
    "geojson": ("GeoJSON", "application/geo+json"),
    "jsonld": ("JSON-LD", "application/ld+json"),
}
