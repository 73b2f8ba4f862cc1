"""What machines are told of the catalog: the platform's, or one tenant's part of it."""

from collections.abc import Mapping, Sequence

from api_catalog.catalog.entry import Reader
from api_catalog.catalog.listed import CatalogItself, Listed, PageOf, Publisher
from api_catalog.catalog.search import Facet, Search
from api_catalog.catalog.words import Kind, Words
from api_catalog.operations.entries import search_entries
from api_catalog.ports import ApiCatalog, Part

DCAT_PAGE = 100
_MOST_APIS = 1000


async def itself(catalog: ApiCatalog, tenant: str | None) -> CatalogItself:
    """Describe the catalog itself: the whole, or one tenant's part."""
    if tenant is None:
        own = Publisher(key="renkei", name=catalog.name, page=catalog.pages)
        return CatalogItself(
            url=f"{catalog.pages}/catalog",
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
        title=Words(f"{publisher.name.ja} APIカタログ", f"API catalog of {publisher.name.en}"),
        description=Words(
            f"{publisher.name.ja}が公開するAPIとデータの一覧です。",
            f"APIs and data that {publisher.name.en or publisher.name.ja} publishes.",
        ),
        publisher=publisher,
    )


async def linked_apis(catalog: ApiCatalog, reader: Reader, tenant: str | None) -> Sequence[Listed]:
    """List the APIs of a linkset: a tenant's own, or those of the platform that have no tenant."""
    chosen = {Facet.KIND: Kind.API.value} if tenant is None else {Facet.TENANT: tenant}
    found = await search_entries(catalog, reader, Search(chosen=chosen), Part(limit=_MOST_APIS))
    return [
        one
        for one in found.listed
        if one.entry.kind is not Kind.DATASET and one.entry.tenant == tenant
    ]


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


async def dcat_page(
    catalog: ApiCatalog, reader: Reader, tenant: str | None, number: int
) -> tuple[Sequence[Listed], PageOf]:
    """Read one page of a catalog as DCAT shows it."""
    chosen = {} if tenant is None else {Facet.TENANT: tenant}
    part = Part(limit=DCAT_PAGE, offset=(number - 1) * DCAT_PAGE)
    found = await search_entries(catalog, reader, Search(chosen=chosen), part)
    return found.listed, PageOf(number=number, size=DCAT_PAGE, total=found.total)
