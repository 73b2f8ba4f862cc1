"""The API catalog over HTTP, in a running platform."""

import secrets
from dataclasses import dataclass, replace

import httpx2
import orjson
import pytest
from rdflib import Graph
from rdflib.namespace import DCAT, RDF

from api_catalog.catalog.entry import Access, Entry, State
from api_catalog.catalog.entry_document import document_of
from api_catalog.catalog.words import LegalClass, Lifecycle, Visibility, Words
from kit.json import JsonObject
from renkei.instance import Instance
from renkei.settings import Settings
from tests.catalog_entries import A_DATASET, AN_API

# rdflib reads JSON-LD through a class that it has itself deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")


@dataclass(frozen=True)
class Catalog:
    """A running platform's catalog, and an organisation of the test's own."""

    url: str
    owner: str
    operator: dict[str, str]
    http: httpx2.Client

    def entry(self, entry: Entry, **changed: object) -> Entry:
        key = f"{self.owner}-{entry.kind.value}-{secrets.token_hex(3)}"
        mine = replace(entry, key=key, owner=self.owner, tenant=None)
        return replace(mine, **changed)  # type: ignore[arg-type]  # fields of Entry

    def add(self, entry: Entry) -> httpx2.Response:
        address = f"{self.url}/catalog/entries"
        return self.http.post(address, json=document_of(entry), headers=self.operator)

    def get(self, path: str, **params: str) -> httpx2.Response:
        return self.http.get(self.url + path, params=params)


@pytest.fixture
def catalog(broker_url: str, platform_settings: Settings, http: httpx2.Client) -> Catalog:
    token = Instance(platform_settings.data).operator_token()
    operator = {"authorization": f"Bearer {token}"}
    owner = f"o{secrets.token_hex(4)}"
    municipality = {"name_ja": "江別市", "name_en": "Ebetsu"}
    http.put(f"{broker_url}/admin/municipalities/012173", json=municipality, headers=operator)
    organisation = {
        "name": owner,
        "municipality_code": "012173",
        "kind": "department",
        "name_ja": f"情報政策課{owner}",
        "name_en": "ICT",
    }
    made = http.post(f"{broker_url}/admin/organisations", json=organisation, headers=operator)
    assert made.is_success, made.text
    return Catalog(broker_url, owner, operator, http)


def test_an_entry_is_added_found_and_changed(catalog: Catalog) -> None:
    entry = catalog.entry(AN_API)
    added = catalog.add(entry)
    assert added.status_code == 201
    assert added.headers["location"] == f"/catalog/entries/{entry.key}"
    found = catalog.get("/catalog/entries", q=f"避難所　{catalog.owner}", count="field,proofing")
    assert [one["key"] for one in found.json()["entries"]] == [entry.key]
    assert found.json()["facets"] == {
        "field": {"インフラ・防災・減災": 1},
        "proofing": {"2": 1},
    }
    title = Words("江別市 データAPI", "Data of Ebetsu")
    changed = catalog.http.put(
        f"{catalog.url}/catalog/entries/{entry.key}",
        json=document_of(replace(entry, title=title)),
        headers={**catalog.operator, "if-match": added.headers["etag"]},
    )
    assert changed.json()["title"]["ja"] == "江別市 データAPI"
    again = catalog.http.put(
        f"{catalog.url}/catalog/entries/{entry.key}",
        json=document_of(entry),
        headers={**catalog.operator, "if-match": added.headers["etag"]},
    )
    assert again.status_code == 412
    versions = catalog.get(f"/catalog/entries/{entry.key}/versions").json()
    assert [one["version"] for one in versions] == [2, 1]


def test_words_are_found_inside_words_and_in_any_width(catalog: Catalog) -> None:
    entry = catalog.entry(A_DATASET, title=Words("ＡＥＤ設置箇所一覧", "AED"))
    catalog.add(entry)

    def keys(q: str) -> list[str]:
        found = catalog.get("/catalog/entries", q=f"{q} {catalog.owner}").json()
        return [one["key"] for one in found["entries"]]

    assert keys("aed") == keys("設置箇所") == keys("ＡＥＤ 一覧") == keys("箇") == [entry.key]
    assert keys("置所") == []


VISIBLE = {Visibility.PUBLIC: True, Visibility.MEMBERS: False, Visibility.ORGANISATION: False}


@pytest.mark.parametrize("visibility", VISIBLE)
@pytest.mark.parametrize("lifecycle", [Lifecycle.DRAFT, Lifecycle.PUBLISHED])
def test_nothing_that_is_not_public_leaks_from_any_output(
    catalog: Catalog, visibility: Visibility, lifecycle: Lifecycle
) -> None:
    secret = f"s{secrets.token_hex(6)}"
    entries = [
        catalog.entry(
            one, visibility=visibility, state=State(lifecycle=lifecycle), keywords=(secret,)
        )
        for one in (AN_API, A_DATASET)
    ]
    for entry in entries:
        assert catalog.add(entry).status_code == 201
    is_shown = VISIBLE[visibility] and lifecycle is Lifecycle.PUBLISHED
    key = entries[1].key
    outputs = [
        catalog.get("/catalog/entries", q=secret, count="keyword"),
        catalog.get(f"/catalog/entries/{key}"),
        catalog.get(f"/catalog/entries/{key}/versions"),
        catalog.get(f"/catalog/entries/{key}.jsonld"),
        catalog.get("/api/3/action/package_show", id=key),
        catalog.get("/api/3/action/package_search", fq=f"tags:{secret}"),
        catalog.get("/api/3/action/tag_list"),
    ]
    for output in outputs:
        assert (secret in output.text) == is_shown, output.url
    linked = catalog.get("/.well-known/api-catalog").text
    assert (entries[0].key in linked) == is_shown
    assert (
        secret
        in catalog.http.get(f"{catalog.url}/catalog/entries/{key}", headers=catalog.operator).text
    )


def test_personal_information_is_not_published_as_a_dataset(catalog: Catalog) -> None:
    entry = catalog.entry(
        A_DATASET,
        legal_class=LegalClass.PERSONAL,
        access=Access(consent=Words("健康相談のため")),
    )
    refused = catalog.add(entry)
    assert refused.status_code == 400
    assert refused.json()["where"] == "visibility"


def test_only_who_answers_for_it_writes_an_entry(catalog: Catalog) -> None:
    document = document_of(catalog.entry(AN_API))
    refused = catalog.http.post(f"{catalog.url}/catalog/entries", json=document)
    assert refused.status_code == 403
    unknown = catalog.add(replace(catalog.entry(AN_API), owner="nobody_here"))
    assert unknown.json()["where"] == "owner"


def test_an_entry_lives_and_ends(catalog: Catalog) -> None:
    entry = catalog.entry(AN_API)
    catalog.add(entry)

    def step(state: JsonObject) -> httpx2.Response:
        address = f"{catalog.url}/catalog/entries/{entry.key}/state"
        return catalog.http.post(address, json=state, headers=catalog.operator)

    assert step({"lifecycle": "deprecated"}).status_code == 400
    assert step({"lifecycle": "deprecated", "endsOn": "2027-03-31"}).is_success
    shown = catalog.get(f"/catalog/entries/{entry.key}").json()
    assert shown["state"]["endsOn"] == "2027-03-31"
    assert step({"lifecycle": "retired"}).is_success
    assert step({"lifecycle": "published"}).status_code == 409
    assert catalog.get(f"/catalog/entries/{entry.key}").status_code == 404


def test_the_well_known_linkset_answers_get_and_head(catalog: Catalog) -> None:
    entry = catalog.entry(AN_API)
    catalog.add(entry)
    got = catalog.get("/.well-known/api-catalog")
    profile = 'profile="https://www.rfc-editor.org/info/rfc9727"'
    assert got.headers["content-type"] == f"application/linkset+json; {profile}"
    head = catalog.http.head(f"{catalog.url}/.well-known/api-catalog")
    assert head.status_code == 200
    assert head.links["api-catalog"]["url"] == "/.well-known/api-catalog"
    described = [one for one in got.json()["linkset"] if entry.key in str(one)]
    assert described


def test_dcat_pages_lead_to_every_dataset(catalog: Catalog) -> None:
    entry = catalog.entry(A_DATASET)
    catalog.add(entry)
    read, number = Graph(), 1
    while True:
        page = catalog.get("/catalog/catalog.jsonld", page=str(number)).json()
        read.parse(data=orjson.dumps(page), format="json-ld")
        if "hydra:next" not in page["@graph"][1]:
            break
        number += 1
    datasets = [str(one) for one in read.subjects(RDF.type, DCAT.Dataset)]
    assert any(one.endswith(entry.key) for one in datasets)
    assert catalog.get("/catalog/catalog.jsonld", page="0").status_code == 400


def test_a_portal_harvests_by_ckans_actions(catalog: Catalog) -> None:
    entry = catalog.entry(A_DATASET)
    catalog.add(entry)

    def act(action: str, **params: str) -> httpx2.Response:
        return catalog.get(f"/api/3/action/{action}", **params)

    assert act("status_show").json()["result"]["ckan_version"]
    assert entry.key in act("package_list").json()["result"]
    shown = act("package_show", id=entry.key).json()["result"]
    by_id = act("package_show", id=shown["id"]).json()["result"]
    assert by_id == shown
    found = act("package_search", q=catalog.owner, rows="1", **{"facet.field": '["groups"]'})
    assert found.json()["result"]["count"] == 1
    assert found.json()["result"]["facets"]["groups"]["電子行政"] == 1
    assert catalog.owner in act("organization_list").json()["result"]
    counted = act("organization_show", id=catalog.owner).json()["result"]
    assert counted["package_count"] == 1
    assert act("package_show", id="no-such").status_code == 404
    assert act("package_delete", id=entry.key).status_code == 404
    refused = act("package_search", rows="-1")
    assert (refused.status_code, refused.json()["success"]) == (409, False)
