"""What machines are told of the catalog: the platform's, or one tenant's part of it."""

from collections.abc import Mapping, Sequence
from typing import cast

from api_catalog.catalog.asyncapi import notifications_document
from api_catalog.catalog.entry import Reader
from api_catalog.catalog.errors import EntryUnknown
from api_catalog.catalog.listed import CatalogItself, Listed, PageOf, Publisher
from api_catalog.catalog.openapi import TypeDescribed, tenant_document
from api_catalog.catalog.search import Facet, Search
from api_catalog.catalog.words import Kind, Words
from api_catalog.operations.entries import search_entries
from api_catalog.ports import ApiCatalog, HouseDescriptions, Part
from kit.json import JsonObject

DCAT_PAGE = 100
_MOST_APIS = 1000
_MOST_TYPES = 200


async def itself(catalog: ApiCatalog, tenant: str | None) -> CatalogItself:
    """Describe the catalog itself: the whole, or one tenant's part."""
    if tenant is None:
        own = Publisher(key="renkei", name=catalog.name, page=catalog.pages)
        return CatalogItself(
            url=f"{catalog.pages}/catalog",
            entries=f"{catalog.pages}/catalog/entries",
            title=Words("APIカタログ", "API catalog"),
            description=Words(
                f"{catalog.name.ja}が公開するAPIとデータの一覧です。",
                f"APIs and data that {catalog.name.en or catalog.name.ja} publishes.",
            ),
            publisher=own,
        )
    known = await catalog.owners.of_tenant(tenant)
    page = f"{catalog.pages}/tenants/{tenant}"
    publisher = known or Publisher(key=tenant, name=Words(tenant, tenant), page=page)
    return CatalogItself(
        url=page,
        entries=f"{catalog.pages}/catalog/entries",
        title=Words(f"{publisher.name.ja} APIカタログ", f"API catalog of {publisher.name.en}"),
        description=Words(
            f"{publisher.name.ja}が公開するAPIとデータの一覧です。",
            f"APIs and data that {publisher.name.en or publisher.name.ja} publishes.",
        ),
        publisher=publisher,
    )


async def linked_apis(catalog: ApiCatalog, reader: Reader, tenant: str | None) -> Sequence[Listed]:
    """List the APIs of a linkset: a tenant's own, or those of the platform that have no tenant."""
    wanted = Search(is_of_platform=True)
    if tenant is not None:
        wanted = Search(chosen={Facet.TENANT: tenant})
    found = await search_entries(catalog, reader, wanted, Part(limit=_MOST_APIS))
    return [one for one in found.listed if one.entry.kind is not Kind.DATASET]


async def nested_catalogs(catalog: ApiCatalog, reader: Reader) -> Mapping[str, Words]:
    """Name the catalogs of tenants that publish an API, by their addresses."""
    found = await search_entries(
        catalog,
        reader,
        Search(chosen={Facet.KIND: Kind.API.value}),
        Part(limit=1),
        (Facet.TENANT,),
    )
    tenants = found.facets[Facet.TENANT]
    return {
        f"{catalog.pages}/tenants/{name}/api-catalog": Words(name, name) for name in sorted(tenants)
    }


async def openapi_of(
    catalog: ApiCatalog, descriptions: HouseDescriptions, reader: Reader, tenant: str
) -> JsonObject:
    """Describe a tenant's own API: its types are those that the reader may know.

    Raises:
        EntryUnknown: there is no such tenant.
    """
    own = await _itself_of(catalog, tenant)
    types = await _types(catalog, descriptions, reader, tenant)
    return tenant_document(descriptions.whole(), own, tenant, types, catalog.pages)


async def asyncapi_of(
    catalog: ApiCatalog, descriptions: HouseDescriptions, reader: Reader, tenant: str | None
) -> JsonObject:
    """Describe what subscribers of the platform, or of one tenant, are sent.

    Raises:
        EntryUnknown: there is no such tenant.
    """
    version = str(cast(JsonObject, descriptions.whole()["info"])["version"])
    schemas = descriptions.notifications()
    if tenant is None:
        return notifications_document(await itself(catalog, None), version, schemas, ())
    own = await _itself_of(catalog, tenant)
    types = await _types(catalog, descriptions, reader, tenant)
    return notifications_document(own, version, schemas, types, tenant)


async def _types(
    catalog: ApiCatalog, descriptions: HouseDescriptions, reader: Reader, tenant: str
) -> Sequence[TypeDescribed]:
    """Describe the types that a tenant holds, as far as the reader may know and a model does."""
    chosen = {Facet.TENANT: tenant, Facet.KIND: Kind.DATASET.value}
    found = await search_entries(catalog, reader, Search(chosen=chosen), Part(limit=_MOST_TYPES))
    models = dict.fromkeys(name for one in found.listed for name in one.entry.models)
    described = [descriptions.type_of(name) for name in models]
    return [one for one in described if one is not None]


async def _itself_of(catalog: ApiCatalog, tenant: str) -> CatalogItself:
    if await catalog.owners.of_tenant(tenant) is None:
        raise EntryUnknown(
            f"Tenant {tenant} does not exist",
            detail_ja=f"テナント {tenant} はありません。",
            where="tenant",
        )
    return await itself(catalog, tenant)


async def dcat_page(
    catalog: ApiCatalog, reader: Reader, tenant: str | None, number: int
) -> tuple[Sequence[Listed], PageOf]:
    """Read one page of a catalog as DCAT shows it."""
    chosen = {} if tenant is None else {Facet.TENANT: tenant}
    part = Part(limit=DCAT_PAGE, offset=(number - 1) * DCAT_PAGE)
    found = await search_entries(catalog, reader, Search(chosen=chosen), part)
    return found.listed, PageOf(number=number, size=DCAT_PAGE, total=found.total)
