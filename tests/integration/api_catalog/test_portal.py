"""The portal over HTTP: what is found by whom, and addresses that anybody may make up."""

import re
import secrets
from dataclasses import dataclass, replace

import httpx2
import pytest

from api_catalog.catalog.entry import Endpoint, Entry, State
from api_catalog.catalog.entry_document import document_of
from api_catalog.catalog.words import Lifecycle, Visibility, Words
from datamodels import entity_from, model_named, models, to_iris
from kit.json import JsonObject
from renkei.instance import Instance
from renkei.settings import Settings
from tests.catalog_entries import A_DATASET, AN_API
from tests.platforms import Client


@dataclass(frozen=True)
class Portal:
    """A running platform's portal, and a word of the test's own that its entries bear."""

    url: str
    word: str
    owner: str
    operator: dict[str, str]
    http: httpx2.Client

    def add(self, title: str, like: Entry = A_DATASET, **changed: object) -> Entry:
        key = f"{self.word}-{secrets.token_hex(3)}"
        mine = replace(like, key=key, owner=self.owner, tenant=None, title=Words(title))
        entry: Entry = replace(mine, keywords=(self.word,), **changed)  # type: ignore[arg-type]
        address = f"{self.url}/catalog/entries"
        made = self.http.post(address, json=document_of(entry), headers=self.operator)
        assert made.status_code == 201, made.text
        return entry

    def page(self, path: str, **parameters: str) -> httpx2.Response:
        return self.http.get(self.url + path, params=parameters)


@pytest.fixture
def portal(broker_url: str, platform_settings: Settings, http: httpx2.Client) -> Portal:
    token = Instance(platform_settings.data).operator_token()
    operator = {"authorization": f"Bearer {token}"}
    owner, code = f"p{secrets.token_hex(4)}", "012173"
    names = {"name_ja": "江別市", "name_en": "Ebetsu"}
    http.put(f"{broker_url}/admin/municipalities/{code}", json=names, headers=operator)
    organisation = {
        "name": owner,
        "municipality_code": code,
        "kind": "department",
        "name_ja": "情報政策課",
        "name_en": "ICT Policy",
    }
    made = http.post(f"{broker_url}/admin/organisations", json=organisation, headers=operator)
    assert made.is_success, made.text
    return Portal(broker_url, f"w{secrets.token_hex(4)}", owner, operator, http)


def test_what_changed_last_comes_first_unless_names_are_asked_for(portal: Portal) -> None:
    first, second = portal.add("い"), portal.add("ろ")
    newest = portal.page("/search", q=portal.word).text
    assert newest.index(f"/entries/{second.key}") < newest.index(f"/entries/{first.key}")
    by_name = portal.page("/search", q=portal.word, order="name").text
    places = [by_name.index(f"/entries/{key}") for key in sorted((first.key, second.key))]
    assert places == sorted(places)


def test_results_come_page_by_page_and_links_keep_the_conditions(portal: Portal) -> None:
    for number in range(21):
        portal.add(f"番号{number}")
    first = portal.page("/search", q=portal.word, kind="dataset").text
    assert first.count('<article class="hit">') == 20
    assert f"q={portal.word}&amp;kind=dataset&amp;page=2" in first
    assert portal.page("/search", q=portal.word, page="2").text.count('class="hit"') == 1


@pytest.mark.parametrize("visibility", [Visibility.MEMBERS, Visibility.ORGANISATION])
def test_what_is_not_for_everybody_is_on_no_page_not_even_for_the_operator(
    portal: Portal, visibility: Visibility
) -> None:
    hidden = portal.add("秘密の一覧", visibility=visibility)
    draft = portal.add("下書き", state=State(lifecycle=Lifecycle.DRAFT))
    for path in ("/search?q=" + portal.word, f"/owners/{portal.owner}"):
        answer = portal.http.get(portal.url + path, headers=portal.operator)
        assert hidden.key not in answer.text
        assert draft.key not in answer.text
    for key in (hidden.key, draft.key):
        answer = portal.http.get(f"{portal.url}/entries/{key}", headers=portal.operator)
        assert answer.status_code == 404
        assert "秘密" not in answer.text


def test_texts_of_others_are_shown_as_texts(portal: Portal) -> None:
    entry = portal.add("<script>alert(1)</script>", description=Words("a & b\n<b>太字</b>"))
    shown = portal.page(f"/entries/{entry.key}").text
    assert "&lt;script&gt;" in shown
    assert "<script>alert" not in shown
    assert "<b>太字" not in shown


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=x", "page=99999999999", "q=%00", "kind=nothing", "q=" + "長" * 5000],
)
def test_an_address_that_somebody_made_up_is_a_page_all_the_same(
    portal: Portal, query: str
) -> None:
    assert portal.http.get(f"{portal.url}/search?{query}").status_code == 200


@pytest.mark.parametrize("path", ["/entries/none", "/owners/none", "/tenants/none", "/tenants/-"])
def test_what_is_not_there_is_a_page_that_says_so(portal: Portal, path: str) -> None:
    answer = portal.page(path)
    assert answer.status_code == 404
    assert "ページがありません" in answer.text


def test_the_front_names_the_catalog_for_programs(portal: Portal) -> None:
    answer = portal.page("/")
    assert answer.status_code == 200
    assert answer.headers["link"] == '</.well-known/api-catalog>; rel="api-catalog"'


def test_a_dataset_shows_its_rows_and_its_places(portal: Portal, client: Client) -> None:
    model = model_named("PublicFacility")
    values: JsonObject = {
        "name": "<b>市役所</b>",
        "identifier": "1",
        "latitude": 43.1,
        "longitude": 141.5,
    }
    entity = to_iris(entity_from(model, "urn:ngsi-ld:PublicFacility:1", values), model)
    client.create(entity)
    types = (model.iri,)
    entry = portal.add("公共施設", tenant=client.tenant, models=(model.type,), types=types)
    page = portal.page(f"/entries/{entry.key}")
    assert "&lt;b&gt;市役所&lt;/b&gt;" in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert f"/datamodels/tenants/{client.tenant}/export/PublicFacility.csv" in page.text
    places = portal.page(f"/entries/{entry.key}/places.geojson").json()
    assert [one["geometry"]["coordinates"] for one in places["features"]] == [[141.5, 43.1]]
    assert portal.page(f"/entries/{entry.key}/quality").status_code == 200
    assert portal.page(f"/entries/{entry.key}", page="999").status_code == 200


def test_what_pages_show_of_data_is_counted_and_bounded_like_any_read(
    portal: Portal, client: Client
) -> None:
    model = model_named("PublicFacility")
    values: JsonObject = {"name": "市役所", "identifier": "1"}
    client.create(to_iris(entity_from(model, "urn:ngsi-ld:PublicFacility:1", values), model))
    types = (model.iri,)
    entry = portal.add("公共施設", tenant=client.tenant, models=(model.type,), types=types)
    pages = [f"/entries/{entry.key}{tail}" for tail in ("", "/places.geojson", "/quality")]
    assert [portal.page(path).status_code for path in pages] == [200] * 3
    admin = f"{portal.url}/admin"
    counted = f"{admin}/usage/count"
    by: dict[str, str] = {"tenant": client.tenant, "by": "operation"}
    portal.http.post(counted, params={"tenant": client.tenant}, headers=portal.operator)
    usage = portal.http.get(f"{admin}/usage", params=by, headers=portal.operator).json()
    [query] = [one for one in usage if one["operation"] == "query"]
    assert query["requests"] == 3
    assert query["bytes_out"] > 3 * len("市役所".encode())
    quota = f"{admin}/tenants/{client.tenant}/quota"
    set_ = portal.http.put(quota, json={"requests_per_s": 0.01}, headers=portal.operator)
    assert set_.is_success, set_.text
    statuses = [portal.page(path).status_code for path in pages]
    assert statuses[1:] == [429, 429]  # one token at most was saved
    refused = portal.page(pages[0])
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
    assert "アクセスが集中しています" in refused.text


def test_data_about_persons_are_on_no_page(portal: Portal, client: Client) -> None:
    user = model_named("User")
    client.create({"id": "urn:ngsi-ld:User:secret", "type": user.iri})
    entry = portal.add("利用者", tenant=client.tenant, models=("User",), types=(user.iri,))
    page = portal.page(f"/entries/{entry.key}")
    assert page.status_code == 200
    assert "secret" not in page.text
    assert "/export/" not in page.text
    assert "script-src" not in page.headers["content-security-policy"]
    for part in ("places.geojson", "quality"):
        assert portal.page(f"/entries/{entry.key}/{part}").status_code == 404


def test_each_model_has_a_page_and_versions_that_are_not_there_have_none(portal: Portal) -> None:
    for model in models():
        assert portal.page(f"/models/{model.type}").status_code == 200
    assert portal.page("/models/Volcano").status_code == 404
    assert portal.page("/models/AED", version="99.0.0").status_code == 404


def test_an_api_has_a_reference_of_its_document_operation_by_operation(portal: Portal) -> None:
    description = f"{portal.url}/openapi.json"
    assert portal.http.get(description).status_code == 200  # made at the first request for it
    endpoint = Endpoint(url=f"{portal.url}/ngsi-ld/v1", description=description)
    entry = portal.add("API", like=AN_API, endpoints=(endpoint,))
    page = portal.page(f"/entries/{entry.key}").text
    operations = re.findall(rf"/entries/{entry.key}/operations/([\w-]+)", page)
    assert len(operations) > 40
    assert not any("admin" in one for one in operations)
    for slug in ("get-ngsi-ld-v1-entities", "post-ngsi-ld-v1-subscriptions"):
        assert slug in operations
        shown = portal.page(f"/entries/{entry.key}/operations/{slug}")
        assert shown.status_code == 200
        assert "NGSILD-Tenant" in shown.text
    assert portal.page(f"/entries/{entry.key}/operations/get-nothing").status_code == 404


@pytest.mark.parametrize("path", ["nothing-there", "health/ready", "datamodels/models"])
def test_an_api_whose_document_cannot_be_had_has_its_page_all_the_same(
    portal: Portal, path: str
) -> None:
    endpoint = Endpoint(url=f"{portal.url}/v1", description=f"{portal.url}/{path}")
    entry = portal.add("API", like=AN_API, endpoints=(endpoint,))
    page = portal.page(f"/entries/{entry.key}")
    assert page.status_code == 200
    assert "OpenAPI文書をいま取得できません" in page.text
