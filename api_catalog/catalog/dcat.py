"""DCAT: the catalog as linked data that other catalogs harvest.

Spec: DCAT 3; DCAT-AP 3; Hydra Core (PartialCollectionView)
"""

from collections.abc import Sequence
from datetime import datetime

from api_catalog.catalog.listed import (
    CatalogItself,
    Distribution,
    Extent,
    Listed,
    PageOf,
    Publisher,
)
from api_catalog.catalog.words import (
    FIELDS_EN,
    LICENCES,
    Field,
    Kind,
    LegalClass,
    Visibility,
    Words,
)
from kit.json import JsonObject, JsonValue

CONTEXT: JsonObject = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "gsp": "http://www.opengis.net/ont/geosparql#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
}
_MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
_FILE_TYPES = "http://publications.europa.eu/resource/authority/file-type/"
_FILE_TYPE = {"CSV": "CSV", "GeoJSON": "GEOJSON", "JSON-LD": "JSON_LD", "XLSX": "XLSX"}
_RIGHTS = "http://publications.europa.eu/resource/authority/access-right/"
NGSI_LD = "https://www.etsi.org/deliver/etsi_gs/CIM/001_099/009/01.08.01_60/gs_CIM009v010801p.pdf"
"""What NGSI-LD endpoints conform to."""


def catalog_document(catalog: CatalogItself, shown: Sequence[Listed], page: PageOf) -> JsonObject:
    """Write one page of the catalog; every page names the catalog and its neighbours."""
    datasets = [one for one in shown if one.entry.kind is Kind.DATASET]
    others = [one for one in shown if one.entry.kind is not Kind.DATASET]
    services = [one for one in others if one.entry.endpoints]
    served: dict[str, list[str]] = {}
    for one in datasets:
        for key in one.services:
            served.setdefault(key, []).append(one.entry.key)
    itself: JsonObject = {
        "@id": catalog.url,
        "@type": ["dcat:Catalog", "hydra:Collection"],
        "dct:title": _texts(catalog.title),
        "dct:description": _texts(catalog.description),
        "dct:publisher": publisher_node(catalog.publisher),
        "dct:language": [
            {"@id": f"http://publications.europa.eu/resource/authority/language/{one}"}
            for one in ("JPN", "ENG")
        ],
        "hydra:totalItems": page.total,
        "dcat:dataset": [dataset_node(one, catalog.entries) for one in datasets],
        "dcat:service": [
            service_node(one, catalog.entries, served.get(one.entry.key, ())) for one in services
        ],
        "dcat:resource": [
            resource_node(one, catalog.entries) for one in others if not one.entry.endpoints
        ],
    }
    return {"@context": CONTEXT, "@graph": [itself, _view(catalog.url, page)]}


def entry_document(one: Listed, entries: str) -> JsonObject:
    """Write one entry alone."""
    if one.entry.kind is Kind.DATASET:
        return {"@context": CONTEXT, **dataset_node(one, entries)}
    write = service_node if one.entry.endpoints else resource_node
    return {"@context": CONTEXT, **write(one, entries)}


def dataset_node(one: Listed, entries: str) -> JsonObject:
    """Write a dataset: `identifier` is its key, each distribution has its own node."""
    entry = one.entry
    node: JsonObject = {
        "@id": _id(entries, entry.key),
        "@type": "dcat:Dataset",
        **_described(one),
        "dct:identifier": entry.key,
        "dct:issued": _instant(one.created_at),
        "dct:modified": _instant(one.modified_at),
        "dcat:distribution": [_distribution(one, form, entries) for form in one.distributions],
    }
    if one.facts is not None and one.facts.extent is not None:
        node["dct:spatial"] = _location(one.facts.extent)
    return node


def resource_node(one: Listed, entries: str) -> JsonObject:
    """Write what has no address to be called at: a service that people use."""
    node: JsonObject = {
        "@id": _id(entries, one.entry.key),
        "@type": "dcat:Resource",
        **_described(one),
        "dct:identifier": one.entry.key,
        "dct:modified": _instant(one.modified_at),
    }
    licence = licence_node(one.entry.licence)
    return node if licence is None else {**node, "dct:license": licence}


def service_node(one: Listed, entries: str, serves: Sequence[str] = ()) -> JsonObject:
    """Write an API or a service as a data service, with the keys of datasets that it gives."""
    entry = one.entry
    conforms: list[JsonValue] = [
        {"@id": standard} for endpoint in entry.endpoints for standard in endpoint.conforms_to
    ]
    descriptions: list[JsonValue] = [
        {"@id": url}
        for endpoint in entry.endpoints
        for url in (endpoint.description, endpoint.events)
        if url is not None
    ]
    node: JsonObject = {
        **resource_node(one, entries),
        "@type": "dcat:DataService",
        "dcat:endpointURL": [{"@id": endpoint.url} for endpoint in entry.endpoints],
        "dcat:servesDataset": [{"@id": _id(entries, key)} for key in serves],
        "dcat:endpointDescription": descriptions,
        "dct:conformsTo": conforms,
    }
    return node


def publisher_node(publisher: Publisher) -> JsonObject:
    """Write who publishes."""
    return {
        "@id": publisher.page,
        "@type": "foaf:Agent",
        "foaf:name": _texts(publisher.name),
        "foaf:homepage": {"@id": publisher.page},
    }


def licence_node(licence: str | None) -> JsonObject | None:
    """Write a licence, a known one with its title."""
    if licence is None:
        return None
    known = LICENCES.get(licence)
    if known is None:
        return {"@id": licence, "@type": "dct:LicenseDocument"}
    return {"@id": known.url, "@type": "dct:LicenseDocument", "dct:title": _texts(known.title)}


def _described(one: Listed) -> JsonObject:
    entry = one.entry
    node: JsonObject = {
        "dct:title": _texts(entry.title),
        "dct:description": _texts(entry.description if entry.description.ja else entry.title),
        "dct:publisher": publisher_node(one.publisher),
        "dcat:landingPage": {"@id": one.page, "@type": "foaf:Document"},
        "dcat:keyword": [{"@value": word, "@language": "ja"} for word in entry.keywords],
        "dcat:theme": [_theme(field) for field in entry.fields],
        "dct:accessRights": {"@id": _RIGHTS + _rights(one), "@type": "dct:RightsStatement"},
        "owl:versionInfo": str(entry.version),
    }
    contact = _contact(one)
    return node if contact is None else {**node, "dcat:contactPoint": contact}


def _rights(one: Listed) -> str:
    entry = one.entry
    if entry.visibility is not Visibility.PUBLIC:
        return "NON_PUBLIC"
    is_open = entry.legal_class in {LegalClass.NON_PERSONAL, LegalClass.ANONYMISED}
    return "PUBLIC" if is_open and entry.access.consent is None else "RESTRICTED"


def _contact(one: Listed) -> JsonObject | None:
    contact = one.entry.contact
    if not (contact.name or contact.email or contact.phone):
        return None
    node: JsonObject = {
        "@type": "vcard:Kind",
        "vcard:fn": contact.name or one.publisher.name.ja,
    }
    if contact.email:
        node["vcard:hasEmail"] = {"@id": f"mailto:{contact.email}"}
    if contact.phone:
        node["vcard:hasTelephone"] = {"@id": f"tel:{contact.phone}"}
    return node


def _theme(field: Field) -> JsonObject:
    return {
        "@id": f"urn:renkei:fields:{field.name.lower()}",
        "@type": "skos:Concept",
        "skos:prefLabel": _texts(Words(field.value, FIELDS_EN[field])),
    }


def _distribution(one: Listed, form: Distribution, entries: str) -> JsonObject:
    node: JsonObject = {
        "@id": f"{_id(entries, one.entry.key)}/{form.key}",
        "@type": "dcat:Distribution",
        "dct:title": _texts(form.title),
        "dcat:accessURL": {"@id": form.url},
        "dcat:mediaType": {"@id": _MEDIA_TYPES + form.media_type, "@type": "dct:MediaType"},
        "dct:format": _format(form.format),
    }
    if form.is_file:
        node["dcat:downloadURL"] = {"@id": form.url}
    else:
        node["dcat:accessService"] = [{"@id": _id(entries, key)} for key in one.services]
    licence = licence_node(one.entry.licence)
    return node if licence is None else {**node, "dct:license": licence}


def _format(name: str) -> JsonObject:
    """Name a format by the authority's list, as harvesters look it up, and for people."""
    return {
        "@id": _FILE_TYPES + _FILE_TYPE.get(name, "JSON_LD"),
        "@type": "dct:MediaTypeOrExtent",
        "rdfs:label": name,
    }


def _location(extent: Extent) -> JsonObject:
    west, south, east, north = extent
    ring = f"{west} {south},{east} {south},{east} {north},{west} {north},{west} {south}"
    return {
        "@type": "dct:Location",
        "dcat:bbox": {"@value": f"POLYGON(({ring}))", "@type": "gsp:wktLiteral"},
    }


def _view(url: str, page: PageOf) -> JsonObject:
    def address(number: int) -> JsonObject:
        return {"@id": f"{url}/catalog.jsonld?page={number}"}

    view: JsonObject = {
        **address(page.number),
        "@type": "hydra:PartialCollectionView",
        "hydra:first": address(1),
        "hydra:last": address(page.last),
    }
    if page.number > 1:
        view["hydra:previous"] = address(page.number - 1)
    if page.number < page.last:
        view["hydra:next"] = address(page.number + 1)
    return view


def _texts(words: Words) -> list[JsonValue]:
    return [{"@value": text, "@language": language} for language, text in words.every()]


def _instant(at: datetime) -> JsonObject:
    return {"@value": at.isoformat(), "@type": "xsd:dateTime"}


def _id(entries: str, key: str) -> str:
    return f"{entries}/{key}"
