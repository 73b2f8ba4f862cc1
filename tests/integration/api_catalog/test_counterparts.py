"""The catalog held against others' tools: CKAN's client and harvester, SHACL, linksets."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import orjson
import pyshacl
import pytest
from ckanapi import NotFound, RemoteCKAN, ValidationError
from rdflib import Graph, URIRef
from rdflib.namespace import DCAT, DCTERMS, RDF

from api_catalog.catalog.entry import Entry
from api_catalog.catalog.entry_document import document_of
from api_catalog.catalog.words import Kind
from kit.json import JsonObject
from renkei.instance import Instance
from renkei.settings import Settings
from tests import asking
from tests.catalog_entries import A_DATASET, AN_API
from tests.platforms import NGSI_LD, make_tenant

# rdflib reads JSON-LD and SHACL shapes through members that it has itself deprecated.
pytestmark = [
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Dataset:DeprecationWarning"),
]
SHAPES = Path(__file__).with_name("dcat_ap_shapes.ttl")
AED = "urn:renkei:datamodels:AED"
PAGE = 2


@pytest.fixture(scope="module")
def tenant(broker_url: str, platform_settings: Settings) -> str:
    """A tenant that holds something, listed, and typed entries beside what is made."""
    name = make_tenant(broker_url, platform_settings)
    place: JsonObject = {
        "type": "GeoProperty",
        "value": {"type": "Point", "coordinates": [141.5, 43.1]},
    }
    for number in range(3):
        entity: JsonObject = {
            "id": f"urn:x:{number}",
            "type": AED if number else "https://example.jp/Sensor",
            "location": place,
        }
        answer = asking.post(
            f"{broker_url}{NGSI_LD}/entities", json=entity, headers={"NGSILD-Tenant": name}
        )
        assert answer.status_code == 201, answer.text
    token = Instance(platform_settings.data).operator_token()
    for entry in typed(name):
        answer = asking.post(
            f"{broker_url}/catalog/entries",
            json=document_of(entry),
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.status_code == 201, answer.text
    ends_s = time.monotonic() + 60
    while len(packages(broker_url, name)) < 3:
        assert time.monotonic() < ends_s
        time.sleep(0.2)
    return name


def typed(tenant: str) -> Iterator[Entry]:
    mine = {"owner": f"tenant-{tenant}", "tenant": tenant}
    yield replace(A_DATASET, key=f"{tenant}-typed", **mine)  # type: ignore[arg-type]  # of Entry
    yield replace(AN_API, key=f"{tenant}-api", **mine)  # type: ignore[arg-type]  # likewise
    service = replace(AN_API, key=f"{tenant}-service", kind=Kind.SERVICE, endpoints=())
    yield replace(service, **mine)  # type: ignore[arg-type]  # likewise


def packages(url: str, tenant: str) -> list[dict[str, Any]]:
    with RemoteCKAN(url) as ckan:
        found = ckan.action.package_search(fq=f"tenant:{tenant}", rows=100)
    return cast("list[dict[str, Any]]", found["results"])


def test_ckans_own_client_reads_the_catalog(broker_url: str, tenant: str) -> None:
    for get_only in (False, True):
        with RemoteCKAN(broker_url, get_only=get_only) as ckan:
            assert ckan.action.status_show()["ckan_version"]
            names = ckan.action.package_list()
            assert f"{tenant}--aed" in names
            shown = ckan.action.package_show(id=f"{tenant}--aed")
            assert shown == ckan.action.package_show(id=shown["id"])
            assert {one["format"] for one in shown["resources"]} >= {"CSV", "GeoJSON", "JSON-LD"}
            organisation = ckan.action.organization_show(id=f"tenant-{tenant}")
            assert organisation["package_count"] == 3
            listed = ckan.action.organization_list(all_fields=True)
            assert f"tenant-{tenant}" in {one["name"] for one in listed}
            assert ckan.action.group_show(id="health")["title"] == "健康・医療・介護"
            with pytest.raises(NotFound):
                ckan.action.package_show(id="no-such-package")
            with pytest.raises(ValidationError):
                ckan.action.package_search(fq="colour:red")


def test_a_harvester_of_ckan_pages_through_what_has_changed(broker_url: str, tenant: str) -> None:
    """What ckanext-harvest asks: sorted pages until an empty one, of an owner, since a day."""

    def harvest(*terms: str) -> list[str]:
        found: list[str] = []
        for start in range(0, 1000, PAGE):
            asked: dict[str, str | int] = {
                "rows": PAGE,
                "start": start,
                "sort": "id asc",
                "fq": " ".join(terms),
            }
            answer = asking.get(f"{broker_url}/api/3/action/package_search", params=asked)
            assert answer.status_code == 200, answer.text
            page = [one["name"] for one in answer.json()["result"]["results"]]
            if not page:
                break
            found += page
        return found

    owner = f"organization:(no_such OR tenant-{tenant})"
    every = {f"{tenant}--aed", f"{tenant}-typed", packages(broker_url, tenant)[1]["name"]}
    assert set(harvest(owner)) == every
    assert len(harvest(owner)) == len(every)
    hour_ago = (datetime.now(UTC) - timedelta(hours=1)).replace(tzinfo=None).isoformat()
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).replace(tzinfo=None).isoformat()
    assert set(harvest(owner, f"metadata_modified:[{hour_ago}Z TO *]")) == every
    assert harvest(owner, f"metadata_modified:[{tomorrow}Z TO *]") == []
    answer = asking.get(
        f"{broker_url}/api/3/action/package_search", params={"fq": "metadata_modified:[x TO *]"}
    )
    assert answer.status_code == 409


def test_dcat_pages_keep_the_mandatory_part_of_the_profile(broker_url: str, tenant: str) -> None:
    read = Graph()
    for path in (f"/tenants/{tenant}/catalog.jsonld", f"/catalog/entries/{tenant}--aed.jsonld"):
        read.parse(data=asking.get(broker_url + path).content, format="json-ld")
    holds, _, told = pyshacl.validate(read, shacl_graph=str(SHAPES), inference="none")
    assert holds, told
    datasets = set(read.subjects(RDF.type, DCAT.Dataset))
    assert len(datasets) == 3
    for dataset in datasets:
        for form in read.objects(dataset, DCAT.distribution):
            for service in read.objects(form, DCAT.accessService):
                assert (service, RDF.type, DCAT.DataService) in read
                assert (service, DCAT.servesDataset, dataset) in read
    (aed,) = (one for one in datasets if str(one).endswith("--aed"))
    where = next(read.objects(aed, DCTERMS.spatial))
    assert "141.5 43.1" in str(read.value(where, DCAT.bbox))
    # The shapes can fail.
    read.remove((aed, DCTERMS.title, None))
    read.add((aed, DCTERMS.publisher, URIRef("urn:x:nobody")))
    assert not pyshacl.validate(read, shacl_graph=str(SHAPES), inference="none")[0]


def test_a_linkset_says_where_everything_is(broker_url: str, tenant: str) -> None:
    """RFC 9264 §4.2: each context has an anchor, each relation a list of targets with href."""
    for path in ("/.well-known/api-catalog", f"/tenants/{tenant}/api-catalog"):
        answer = asking.get(broker_url + path)
        document = orjson.loads(answer.content)
        assert list(document) == ["linkset"]
        anchors = {one["anchor"] for one in document["linkset"]}
        for context in document["linkset"]:
            for relation, targets in context.items():
                if relation == "anchor":
                    continue
                assert isinstance(targets, list)
                for target in targets:
                    assert target["href"].startswith("http")
                    for title in target.get("title*", []):
                        assert set(title) <= {"value", "language"}
        for item in document["linkset"][0].get("item", []):
            assert item["href"] in anchors
