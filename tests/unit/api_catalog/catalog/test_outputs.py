"""Linkset, DCAT and CKAN, read back by what others made where there is such a thing."""

from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib import Graph, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF

from api_catalog.catalog.ckan import identifier, package, package_query
from api_catalog.catalog.dcat import catalog_document
from api_catalog.catalog.errors import InvalidEntry
from api_catalog.catalog.linkset import linkset
from api_catalog.catalog.listed import PageOf
from api_catalog.catalog.words import LegalClass, Visibility, Words
from tests.catalog_entries import A_DATASET, AN_API, BASE, CATALOG, listed

# rdflib reads JSON-LD through a class that it has itself deprecated.
pytestmark = pytest.mark.filterwarnings(
    "ignore:ConjunctiveGraph is deprecated:DeprecationWarning",
)

RIGHTS = "http://publications.europa.eu/resource/authority/access-right/"


def graph() -> Graph:
    shown = [listed(A_DATASET), listed(AN_API)]
    document = catalog_document(CATALOG, shown, PageOf(number=1, size=100, total=2))
    return Graph().parse(data=orjson.dumps(document), format="json-ld")


def test_the_linkset_names_each_api_and_where_it_is_described() -> None:
    nested = {f"{BASE}/tenants/ebetsu/catalog": Words("江別市", "Ebetsu")}
    told = linkset(CATALOG, [listed(AN_API), listed(A_DATASET)], nested)["linkset"]
    assert isinstance(told, list)
    itself, api = told
    assert isinstance(itself, dict)
    assert isinstance(api, dict)
    assert itself["anchor"] == CATALOG.url
    assert [one["href"] for one in itself["item"]] == [f"{BASE}/ngsi-ld/v1"]  # type: ignore[index, union-attr, call-overload]  # of JSON
    assert set(itself) == {"anchor", "item", "api-catalog"}
    assert set(api) == {
        "anchor",
        "service-doc",
        "service-desc",
        "service-meta",
        "terms-of-service",
    }


def test_dcat_has_what_its_profile_asks_for() -> None:
    read = graph()
    catalog = URIRef(CATALOG.url)
    assert (catalog, RDF.type, DCAT.Catalog) in read
    for asked in (DCTERMS.title, DCTERMS.description, DCTERMS.publisher, DCAT.dataset):
        assert (catalog, asked, None) in read
    (dataset,) = read.subjects(RDF.type, DCAT.Dataset)
    for asked in (DCTERMS.title, DCTERMS.description, DCAT.theme, DCTERMS.spatial):
        assert (dataset, asked, None) in read
    forms = list(read.objects(dataset, DCAT.distribution))
    assert len(forms) == 2
    for form in forms:
        assert (form, DCAT.accessURL, None) in read
        assert (form, DCTERMS.license, None) in read
    (service,) = read.subjects(RDF.type, DCAT.DataService)
    assert (service, DCAT.servesDataset, dataset) in read
    assert (service, DCAT.endpointURL, URIRef(f"{BASE}/ngsi-ld/v1")) in read
    assert (None, DCAT.accessService, service) in read
    assert all(read.objects(None, FOAF.name))


@pytest.mark.parametrize(
    ("change", "rights"),
    [
        ({}, "PUBLIC"),
        ({"visibility": Visibility.MEMBERS}, "NON_PUBLIC"),
        ({"legal_class": LegalClass.PERSON_RELATED}, "RESTRICTED"),
    ],
)
def test_dcat_says_who_may_have_the_data(change: dict[str, object], rights: str) -> None:
    one = listed(replace(A_DATASET, **change))  # type: ignore[arg-type]  # fields of Entry
    document = catalog_document(CATALOG, [one], PageOf(number=1, size=1, total=1))
    read = Graph().parse(data=orjson.dumps(document), format="json-ld")
    assert list(read.objects(None, DCTERMS.accessRights)) == [URIRef(RIGHTS + rights)]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_pages_name_their_neighbours(number: int) -> None:
    document = catalog_document(CATALOG, [], PageOf(number=number, size=10, total=25))
    view = document["@graph"][1]  # type: ignore[index]  # of JSON
    assert ("hydra:previous" in view) == (number > 1)  # type: ignore[operator]  # of JSON
    assert ("hydra:next" in view) == (number < 3)  # type: ignore[operator]  # of JSON


def test_a_package_has_its_resources_its_licence_and_an_id_that_stays() -> None:
    told = package(listed(A_DATASET))
    assert told["id"] == identifier("package", "ebetsu-evacuationshelter")
    assert told["license_id"] == "CC-BY-4.0"
    assert [one["format"] for one in told["resources"]] == ["CSV", "NGSI-LD"]  # type: ignore[index, union-attr, call-overload]  # of JSON
    extras = {one["key"]: one["value"] for one in told["extras"]}  # type: ignore[index, union-attr, call-overload]  # of JSON
    assert extras["entities"] == "42"
    assert orjson.loads(str(extras["spatial"]))["type"] == "Polygon"


def test_the_searches_of_portals_are_read() -> None:
    asked = package_query(
        {
            "q": "避難所",
            "fq": '+organization:ebetsu tags:"防災 情報" AND res_format:CSV',
            "rows": "5000",
            "start": "20",
            "facet.field": '["organization", "tags", "secret"]',
        }
    )
    assert asked.text == "避難所"
    assert asked.filters == {"tags": "防災 情報"}
    assert (asked.organizations, asked.format) == (("ebetsu",), "CSV")
    assert (asked.rows, asked.start) == (1000, 20)
    assert asked.facets == ("organization", "tags")
    assert package_query({"q": "*:*"}).text == ""


@pytest.mark.parametrize(
    "parameters",
    [{"rows": "-1"}, {"start": "二"}, {"fq": "owner:x"}, {"fq": 'tags:"x'}, {"rows": "9" * 10}],
)
def test_what_cannot_be_read_is_refused(parameters: dict[str, str]) -> None:
    with pytest.raises(InvalidEntry):
        package_query(parameters)


@given(st.dictionaries(st.sampled_from(["q", "fq", "rows", "start", "facet.field"]), st.text()))
def test_no_search_breaks_anything(parameters: dict[str, str]) -> None:
    try:
        asked = package_query(parameters)
    except InvalidEntry:
        return
    assert 0 <= asked.rows <= 1000
