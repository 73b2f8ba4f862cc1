"""What the portal's tests show: the demo's municipalities, with what they publish."""

from dataclasses import replace

import httpx2
from typer.testing import CliRunner

from api_catalog.catalog.entry import Access, Endpoint, Entry, State
from api_catalog.catalog.entry_document import document_of
from api_catalog.catalog.words import Field, Kind, LegalClass, Lifecycle, Visibility, Words
from joint_use import Contact, Levels
from kit.json import JsonObject
from renkei.cli import assemble
from tests.unit.datamodels.memory import shared_file

_MUNICIPALITY = {
    "012173": ("江別市", "Ebetsu"),
    "011002": ("札幌市", "Sapporo"),
    "372013": ("高松市", "Takamatsu"),
}
OWNERS: tuple[JsonObject, ...] = (
    {
        "name": "ebetsu_ict",
        "municipality_code": "012173",
        "kind": "department",
        "name_ja": "江別市 情報政策課",
        "name_en": "Ebetsu City, ICT Policy",
    },
    {
        "name": "sapporo_ict",
        "municipality_code": "011002",
        "kind": "department",
        "name_ja": "札幌市 スマートシティ推進部",
        "name_en": "Sapporo City, Smart City Promotion",
    },
    {
        "name": "takamatsu_ict",
        "municipality_code": "372013",
        "kind": "department",
        "name_ja": "高松市 デジタル戦略課",
        "name_en": "Takamatsu City, Digital Strategy",
    },
)
_PUBLISHED = State(lifecycle=Lifecycle.PUBLISHED)


def an_api(url: str, tenant: str, owner: str, title: Words) -> Entry:
    """An entry of a tenant's NGSI-LD API."""
    return Entry(
        key=f"{tenant}-ngsi-ld",
        kind=Kind.API,
        owner=owner,
        tenant=tenant,
        title=title,
        description=Words(
            "公共施設などのデータを、NGSI-LDの標準APIで検索し、変更の通知を受けられます。",
            "Search public facilities and more over NGSI-LD, and be notified of changes.",
        ),
        fields=(Field.ADMINISTRATION, Field.INFRASTRUCTURE),
        keywords=("公共施設", "NGSI-LD"),
        licence="CC-BY-4.0",
        contact=Contact(name="情報政策課", email="data@city.example.jp", phone="011-381-1000"),
        endpoints=(
            Endpoint(
                url=f"{url}/ngsi-ld/v1",
                description=f"{url}/openapi.json",
                conforms_to=("https://uri.etsi.org/ngsi-ld/v1/",),
            ),
        ),
        state=_PUBLISHED,
        recommended=True,
    )


def a_dataset(tenant: str, owner: str, title: Words) -> Entry:
    """An entry of a tenant's public facilities."""
    return Entry(
        key=f"{tenant}-publicfacility",
        kind=Kind.DATASET,
        owner=owner,
        tenant=tenant,
        title=title,
        description=Words(
            "庁舎、図書館、博物館などの名称と所在地です。",
            "City halls, libraries, museums and others, with their addresses.",
        ),
        fields=(Field.ADMINISTRATION,),
        keywords=("公共施設", "図書館"),
        licence="CC-BY-4.0",
        models=("PublicFacility",),
        types=("urn:renkei:datamodels:PublicFacility",),
        contact=Contact(name="情報政策課", email="data@city.example.jp"),
        state=_PUBLISHED,
    )


def entries(url: str) -> list[Entry]:
    """Everything that is published, and one entry that only members see."""
    ebetsu, sapporo = "ebetsu_ict", "sapporo_ict"
    point = Entry(
        key="ebetsu-points",
        kind=Kind.SERVICE,
        owner=ebetsu,
        title=Words("えべつ地域ポイント", "Ebetsu regional points"),
        description=Words("市内の店舗で使えるポイントのサービスです。"),
        fields=(Field.FINANCE,),
        keywords=("ポイント",),
        legal_class=LegalClass.PERSONAL,
        access=Access(
            levels=Levels(2, 2),
            consent=Words("地域ポイントの付与と利用", "Giving and using regional points"),
        ),
        endpoints=(Endpoint(url="https://points.example.jp/"),),
        state=_PUBLISHED,
    )
    toilets = replace(
        a_dataset(
            "takamatsu", "takamatsu_ict", Words("高松市 公衆トイレ", "Public toilets of Takamatsu")
        ),
        key="takamatsu-publictoilet",
        description=Words(
            "公衆トイレの所在地と設備です。", "Where toilets are, and what they have."
        ),
        fields=(Field.TOURISM,),
        keywords=("トイレ", "バリアフリー"),
        models=("PublicToilet",),
        types=("urn:renkei:datamodels:PublicToilet",),
    )
    facilities = Words("江別市 公共施設一覧", "Public facilities of Ebetsu")
    return [
        an_api(url, "ebetsu", ebetsu, Words("江別市 データAPI", "Ebetsu data API")),
        an_api(url, "sapporo", sapporo, Words("札幌市 データAPI", "Sapporo data API")),
        a_dataset("ebetsu", ebetsu, facilities),
        a_dataset("sapporo", sapporo, Words("札幌市 公共施設一覧", "Public facilities of Sapporo")),
        toilets,
        point,
        replace(point, key="ebetsu-members", visibility=Visibility.MEMBERS, title=Words("内部")),
    ]


def bring(url: str, tenant: str, model: str, file: str) -> None:
    """Import a municipality's own file."""
    asked = ["import", str(shared_file(file)), "--model", model, "--tenant", tenant, "--url", url]
    answer = CliRunner().invoke(assemble("import"), asked)
    assert answer.exit_code == 0, answer.output


def furnish(url: str, token: str) -> None:
    """Register who publishes, and what."""
    headers = {"authorization": f"Bearer {token}"}
    with httpx2.Client(base_url=url, headers=headers, timeout=60) as http:
        for code, (ja, en) in _MUNICIPALITY.items():
            names = {"name_ja": ja, "name_en": en}
            http.put(f"/admin/municipalities/{code}", json=names).raise_for_status()
        for owner in OWNERS:
            http.post("/admin/organisations", json=owner).raise_for_status()
        tenant = {"name": "takamatsu", "municipality_code": "372013", "storage": "shared"}
        names = {"name_ja": "高松市", "name_en": "Takamatsu", "organisation": "takamatsu_ict"}
        http.post("/admin/tenants", json=tenant | names).raise_for_status()
        bring(url, "takamatsu", "PublicToilet", "takamatsu/public_toilet.csv")
        for entry in entries(url):
            http.post("/catalog/entries", json=document_of(entry)).raise_for_status()
