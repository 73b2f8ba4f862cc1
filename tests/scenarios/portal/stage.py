"""What the portal's tests show: the demo's municipalities and the files of a real one."""

import time
from dataclasses import replace

import httpx2
from typer.testing import CliRunner

from api_catalog.catalog.entry import Access, Endpoint, Entry, State
from api_catalog.catalog.entry_document import document_of
from api_catalog.catalog.words import Field, Kind, LegalClass, Lifecycle, Visibility, Words
from joint_use import Contact, Levels
from kit.json import JsonObject
from renkei.cli import assemble
from tests import asking
from tests.unit.datamodels.memory import shared_file

MUNICIPALITIES = {"012173": ("江別市", "Ebetsu"), "372013": ("高松市", "Takamatsu")}
OWNERS: tuple[JsonObject, ...] = (
    {
        "name": "ebetsu_ict",
        "municipality_code": "012173",
        "kind": "department",
        "name_ja": "江別市 情報政策課",
        "name_en": "Ebetsu City, ICT Policy",
    },
    {
        "name": "takamatsu_ict",
        "municipality_code": "372013",
        "kind": "department",
        "name_ja": "高松市 デジタル戦略課",
        "name_en": "Takamatsu City, Digital Strategy",
    },
)
FILES = {
    "PublicToilet": "takamatsu/public_toilet.csv",
    "AED": "takamatsu/aed_location.csv",
    "EvacuationSite": "takamatsu/evacuation_space.csv",
}
_PATIENCE_S = 60


def typed_entries(url: str) -> list[Entry]:
    """What somebody typed: a service with an API of its own, and an entry that only members see."""
    points = Entry(
        key="ebetsu-points",
        kind=Kind.SERVICE,
        owner="ebetsu_ict",
        title=Words("えべつ地域ポイント", "Ebetsu regional points"),
        description=Words("市内の店舗で使えるポイントのサービスです。"),
        fields=(Field.FINANCE,),
        keywords=("ポイント",),
        legal_class=LegalClass.PERSONAL,
        access=Access(
            levels=Levels(2, 2),
            consent=Words("地域ポイントの付与と利用", "Giving and using regional points"),
        ),
        contact=Contact(name="情報政策課", email="data@city.example.jp", phone="011-381-1000"),
        endpoints=(Endpoint(url=f"{url}/datamodels/models", description=f"{url}/openapi.json"),),
        state=State(lifecycle=Lifecycle.PUBLISHED),
        recommended=True,
    )
    hidden = replace(points, key="ebetsu-members", title=Words("内部"), recommended=False)
    return [points, replace(hidden, visibility=Visibility.MEMBERS)]


def furnish(url: str, token: str) -> None:
    """Register who publishes, and what; wait until the catalog has seen it."""
    headers = {"authorization": f"Bearer {token}"}
    with asking.client(base_url=url, headers=headers, timeout=60) as http:
        for code, (ja, en) in MUNICIPALITIES.items():
            names = {"name_ja": ja, "name_en": en}
            http.put(f"/admin/municipalities/{code}", json=names).raise_for_status()
        for owner in OWNERS:
            http.post("/admin/organisations", json=owner).raise_for_status()
        tenant: JsonObject = {
            "name": "takamatsu",
            "municipality_code": "372013",
            "storage": "shared",
            "name_ja": "高松市",
            "name_en": "Takamatsu",
            "organisation": "takamatsu_ict",
        }
        http.post("/admin/tenants", json=tenant).raise_for_status()
        policy = {"version": 0, "policy": {"readers": "anyone"}}
        http.put("/admin/tenants/takamatsu/policy", json=policy).raise_for_status()
        for entry in typed_entries(url):
            http.post("/catalog/entries", json=document_of(entry)).raise_for_status()
    for model, file in FILES.items():
        bring(url, token, "takamatsu", model, file)
    wait_until_listed(url, ["ebetsu--publicfacility", *(f"takamatsu--{m.lower()}" for m in FILES)])


def bring(url: str, token: str, tenant: str, model: str, file: str) -> None:
    """Import a municipality's own file."""
    asked = ["import", str(shared_file(file)), "--model", model, "--tenant", tenant, "--url", url]
    answer = CliRunner().invoke(assemble("import"), asked, env={"RENKEI_TOKEN": token})
    assert answer.exit_code == 0, answer.output


def wait_until_listed(url: str, keys: list[str]) -> None:
    """Look until the catalog lists what is there."""
    ends_s = time.monotonic() + _PATIENCE_S
    with asking.client(base_url=url, timeout=60) as http:
        for key in keys:
            while http.get(f"/catalog/entries/{key}").status_code != httpx2.codes.OK:
                assert time.monotonic() < ends_s, f"{key} is not listed"
                time.sleep(0.2)
