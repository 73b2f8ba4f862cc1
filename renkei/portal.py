"""The portal's ports, satisfied by the houses: who takes part, and what data anybody may read."""

from collections.abc import Sequence
from dataclasses import dataclass

from api_catalog import (
    ApiCatalog,
    Descriptions,
    OwnerShown,
    Portal,
    Record,
    Records,
    TenantShown,
    Tiles,
    Words,
)
from api_catalog import Settings as CatalogSettings
from broker import AccessDenied, Broker, TooManyRequests, Unavailable
from datamodels import Model, default_instance, to_names, values_of
from joint_use import (
    ANYONE,
    DEFAULT_TENANT,
    OPERATOR,
    UNRESTRICTED,
    InvalidTerm,
    JointUse,
    JointUseError,
    Principal,
    Storage,
    Tenant,
    TenantStatus,
    list_tenants,
    use_tenant,
)
from kit.db import DatabaseUnavailable
from kit.json import JsonObject
from kit.pages import refusals
from renkei.platform import Platform
from renkei.previews import preview
from renkei.sandbox import NAME as SANDBOX_TENANT
from renkei.settings import Settings

_PAGE = 200
_NOBODYS = frozenset({DEFAULT_TENANT, SANDBOX_TENANT})
"""Tenants that are no participant's."""


@dataclass(frozen=True, slots=True)
class Participants:
    """Who takes part (port `Parties`)."""

    joint_use: JointUse

    async def tenants(self, *, after: str, limit: int) -> Sequence[TenantShown]:
        """List tenants that are in use, in order of name, those after a name."""
        found: list[TenantShown] = []
        while len(found) < limit:
            page = await list_tenants(self.joint_use, OPERATOR, after=after, limit=_PAGE)
            found += [_shown(one) for one in page if _is_shown(one)]
            if len(page) < _PAGE:
                break
            after = page[-1].name
        return found[:limit]

    async def tenants_of(self, owner: str) -> Sequence[TenantShown]:
        """List those of an organisation, in order of name."""
        page = await list_tenants(self.joint_use, OPERATOR, organisation=owner)
        return [_shown(one) for one in page if _is_shown(one)]

    async def tenant(self, name: str) -> TenantShown | None:
        """Answer with one that is in use; None where there is none."""
        try:
            found = await self.joint_use.directory.find(name)
        except InvalidTerm:
            return None
        is_there = found is not None and found.status is TenantStatus.ACTIVE
        return _shown(found) if found is not None and is_there else None

    async def owner(self, key: str) -> OwnerShown | None:
        """Answer with an organisation; None where it takes no part."""
        found = await self.joint_use.organisations.find(key)
        if found is None:
            return None
        known = await self.joint_use.organisations.municipalities()
        name = next((one for one in known if one.code == found.municipality_code), None)
        return OwnerShown(
            key=found.name,
            title=Words(found.name_ja, found.name_en),
            kind=found.kind,
            municipality=Words("") if name is None else Words(name.name_ja, name.name_en),
            code=found.municipality_code,
        )


def _is_shown(tenant: Tenant) -> bool:
    return tenant.status is TenantStatus.ACTIVE and tenant.name not in _NOBODYS


def _shown(tenant: Tenant) -> TenantShown:
    return TenantShown(
        name=tenant.name,
        title=Words(tenant.name_ja or tenant.name_en or tenant.name, tenant.name_en),
        storage=tenant.storage,
        municipality=tenant.municipality_code,
        owner=tenant.organisation,
    )


@dataclass(frozen=True, slots=True)
class OpenData:
    """The records of datasets, as anybody may read them (port `Data`).

    Args:
        joint_use: knows the tenants.
        broker: holds their entities, and decides who may read them.
        reader: anybody: who shows no token.
    """

    joint_use: JointUse
    broker: Broker
    reader: Principal

    async def records(
        self, tenant: str, model: Model, *, limit: int, offset: int = 0
    ) -> Records | None:
        """Read a part of a tenant's records of a model; None: not for anybody, or not kept here."""
        if model.personal:
            return None
        try:
            found = await use_tenant(self.joint_use, tenant)
            if found.storage is Storage.EXTERNAL:
                return None
            some, total = await preview(
                self.broker, found, self.reader, model.iri, limit=limit, offset=offset
            )
        except (AccessDenied, JointUseError):
            return None
        except TooManyRequests as error:
            raise refusals.too_often_read(error.retry_after_s) from error
        except Unavailable as error:
            raise DatabaseUnavailable(error.detail) from error
        return Records(some=[_record(to_names(one, model), model) for one in some], total=total)


def assemble_portal(catalog: ApiCatalog, platform: Platform, descriptions: Descriptions) -> Portal:
    """Introduce the portal to what it needs.

    Args:
        catalog: the ports of the catalog.
        platform: whose portal it is.
        descriptions: gives the OpenAPI documents of APIs.
    """
    settings = platform.settings
    return Portal(
        catalog=catalog,
        parties=Participants(platform.joint_use),
        data=OpenData(platform.joint_use, platform.broker, stranger_of(settings)),
        models=platform.models.registry,
        descriptions=descriptions,
        sandbox=platform.sandboxes.known,
        tiles=_tiles(settings.api_catalog),
    )


def stranger_of(settings: Settings) -> Principal:
    """Say who somebody without a token is."""
    return UNRESTRICTED if settings.auth == "off" else ANYONE


def _tiles(settings: CatalogSettings) -> Tiles | None:
    tiles = settings.tiles
    return None if tiles.url is None else Tiles(url=tiles.url, attribution=tiles.attribution)


def _record(entity: JsonObject, model: Model) -> Record:
    place = default_instance(entity.get("location")).get("value")
    return Record(id=str(entity["id"]), values=values_of(model, entity), place=place)
