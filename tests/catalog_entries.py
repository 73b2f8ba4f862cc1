"""Entries of the API catalog, as tests need them."""

from datetime import UTC, datetime

from api_catalog.catalog.entry import Access, Endpoint, Entry, State
from api_catalog.catalog.listed import (
    CatalogItself,
    Distribution,
    Facts,
    Listed,
    Publisher,
)
from api_catalog.catalog.words import Field, Kind, Lifecycle, Words
from joint_use import Contact, Levels

BASE = "https://renkei.example"
EBETSU = Publisher(key="ebetsu", name=Words("江別市", "Ebetsu"), page=f"{BASE}/owners/ebetsu")
CATALOG = CatalogItself(
    url=f"{BASE}/catalog",
    entries=f"{BASE}/catalog/entries",
    title=Words("APIカタログ", "API catalog"),
    description=Words("公開されているAPIとデータの一覧です。", "Published APIs and data."),
    publisher=EBETSU,
)
AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)

AN_API = Entry(
    key="ebetsu-ngsi-ld",
    kind=Kind.API,
    owner="ebetsu",
    tenant="ebetsu",
    title=Words("江別市 NGSI-LD API", "Ebetsu NGSI-LD API"),
    description=Words("避難所などのデータです。", "Shelters and more."),
    fields=(Field.INFRASTRUCTURE,),
    keywords=("防災", "避難所"),
    access=Access(levels=Levels(2, 2)),
    licence="CC-BY-4.0",
    terms=f"{BASE}/terms",
    contact=Contact(name="情報政策課", email="data@ebetsu.example", phone="011-381-1000"),
    endpoints=(
        Endpoint(url=f"{BASE}/ngsi-ld/v1", description=f"{BASE}/tenants/ebetsu/openapi.json"),
    ),
    state=State(lifecycle=Lifecycle.PUBLISHED),
)
A_DATASET = Entry(
    key="ebetsu-evacuationshelter",
    kind=Kind.DATASET,
    owner="ebetsu",
    tenant="ebetsu",
    title=Words("江別市 避難所", "Evacuation shelters of Ebetsu"),
    description=Words("指定避難所の一覧です。"),
    fields=(Field.INFRASTRUCTURE, Field.ADMINISTRATION),
    keywords=("避難所",),
    licence="CC-BY-4.0",
    models=("EvacuationShelter",),
    types=("urn:renkei:datamodels:EvacuationShelter",),
    state=State(lifecycle=Lifecycle.PUBLISHED),
)


def listed(entry: Entry) -> Listed:
    """Show an entry; a dataset with its facts and forms."""
    page = f"{BASE}/entries/{entry.key}"
    if entry.kind is not Kind.DATASET:
        return Listed(entry=entry, publisher=EBETSU, page=page, created_at=AT, modified_at=AT)
    forms = (
        Distribution(
            key="csv",
            title=Words("CSV（UTF-8）", "CSV"),
            url=f"{BASE}/export.csv",
            format="CSV",
            media_type="text/csv",
        ),
        Distribution(
            key="ngsi-ld",
            title=Words("NGSI-LD API", "NGSI-LD API"),
            url=f"{BASE}/ngsi-ld/v1/entities?type=EvacuationShelter",
            format="NGSI-LD",
            media_type="application/ld+json",
            is_file=False,
        ),
    )
    return Listed(
        entry=entry,
        publisher=EBETSU,
        page=page,
        created_at=AT,
        modified_at=AT,
        facts=Facts(entities=42, extent=(141.4, 43.0, 141.6, 43.2), changed_at=AT),
        distributions=forms,
        services=("ebetsu-ngsi-ld",),
    )
