"""The core @contexts, generated from one table of terms with the version each came in (annex B).

A word of the table is `term[=name][/@type][/@container]`: `name` is the last part of the IRI below
the NGSI-LD vocabulary unless it has a prefix; left out, it is the term itself. A type or container
is what JSON-LD calls a term's coercion: `object=hasObject/@id`.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

from broker.ngsi.names import DEFAULT_VOCABULARY, NGSI_LD
from kit.json import JsonObject, JsonValue

VERSIONS = ("1.3", "1.4", "1.5", "1.6", "1.7", "1.8", "1.9")
CURRENT = VERSIONS[-1]
_FOLDER = "https://uri.etsi.org/ngsi-ld/v1/"
ALIAS_URL = f"{_FOLDER}ngsi-ld-core-context.jsonld"  # §4.4: always the newest one
CORE_URLS: Mapping[str, str] = MappingProxyType(
    {f"{_FOLDER}ngsi-ld-core-context-v{version}.jsonld": version for version in VERSIONS}
)
CORE_URL = f"{_FOLDER}ngsi-ld-core-context-v{CURRENT}.jsonld"

_PREFIXES = {
    "": "ngsi-ld:",
    "geojson": "geojson:",
    "dc": "http://purl.org/dc/terms/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "relative": "",
}
_CONTAINERS = frozenset({"@list", "@set", "@index", "@language"})

_TERMS: Mapping[str, str] = {
    "1.3": """
        Attribute AttributeList ContextSourceNotification ContextSourceRegistration Date DateTime
        EntityType EntityTypeInfo EntityTypeList GeoProperty Notification Property Relationship
        Subscription TemporalProperty Time
        Feature=geojson:Feature FeatureCollection=geojson:FeatureCollection
        GeometryCollection=geojson:GeometryCollection LineString=geojson:LineString
        MultiLineString=geojson:MultiLineString MultiPoint=geojson:MultiPoint
        MultiPolygon=geojson:MultiPolygon Point=geojson:Point Polygon=geojson:Polygon
        bbox=geojson:bbox/@list coordinates=geojson:coordinates/@list
        features=geojson:features/@set geometry=geojson:geometry properties=geojson:properties
        description=dc:description title=dc:title
        value=hasValue values=hasValues/@list object=hasObject/@id objects=hasObjects/@list
        createdAt/DateTime endAt/DateTime endTimeAt/DateTime expiresAt/DateTime
        lastFailure/DateTime lastNotification/DateTime lastSuccess/DateTime modifiedAt/DateTime
        notifiedAt/DateTime observedAt/DateTime startAt/DateTime timeAt/DateTime
        datasetId/@id entityId/@id instanceId/@id subscriptionId/@id success/@id
        attributeList/@vocab attributeName/@vocab attributeNames/@vocab attributeTypes/@vocab
        attributes/@vocab propertyNames/@vocab relationshipNames/@vocab typeList/@vocab
        typeName/@vocab typeNames/@vocab watchedAttributes/@vocab
        accept attributeCount attributeDetails csf data detail endpoint entities entityCount error
        errors format geoQ geoproperty georel idPattern information isActive location
        managementInterval notification observationInterval observationSpace operationSpace q
        reason registrationName status subscriptionName temporalQ throttling timeInterval
        timeproperty timerel timesSent triggerReason unchanged unitCode updated uri
    """,
    "1.4": """
        avg/@list distinctCount/@list max/@list min/@list stddev/@list sum/@list sumsq/@list
        totalCount/@list
    """,
    "1.5": """
        LanguageProperty languageMap=hasLanguageMap/@language lang attrs scope scopeQ tenant/@id
    """,
    "1.6": """
        cacheDuration contextSourceInfo cooldown deletedAt/DateTime localOnly management mode
        notificationTrigger notUpdated operations
        previousLanguageMap=hasPreviousLanguageMap/@language previousObject=hasPreviousObject/@id
        previousValue=hasPreviousValue refreshRate
        registrationId showChanges sysAttrs timeout timesFailed
    """,
    "1.7": """
        dataset=hasDataset/@index key=hasKey languageMaps=hasLanguageMaps/@list notifierInfo
        previousVocab=hasPreviousVocab/@vocab receiverInfo vocab=hasVocab/@vocab
        vocabs=hasVocabs/@list
    """,
    "1.8": """
        ContextSourceIdentity JsonProperty ListProperty ListRelationship VocabProperty
        containedBy=isContainedBy contextSourceAlias contextSourceExtras/@json
        contextSourceTimeAt/DateTime contextSourceUptime entity entityList/@list
        entityMap=hasEntityMap/@index join joinLevel=hasJoinLevel json=hasJSON/@json jsons/@list
        linkedMaps objectList=hasObjectList/@list objectType=hasObjectType/@vocab
        previousJson=hasPreviousJson/@json previousObjectList=hasPreviousObjectList/@list
        previousValueList=hasPreviousValueList/@list valueList=hasValueList/@list
        valueLists=hasValueLists/@list
    """,
    "1.9": """
        EntityMap ExecutionResultDetails Snapshot SnapshotNotification aggrMethods aggrParams
        aggrPeriodDuration collation entityMapLifetime=hasEntityMapLifetime expandValues jsonKeys
        jsonldContext langString=rdf:langString lastN lastUsedAt/DateTime ngsildConformance
        ngsildproof objectLists=hasObjectLists/@list omit orderBy/@list ordering pick
        problemDetails/@json resultStatus snapshotId snapshotLifetime snapshotPriority
        snapshotQueries/@list snapshotQueriesDetails/@list snapshotStatus
        snapshotTemporalQueries/@list snapshotTemporalQueriesDetails/@list
        splitEntities=hasSplitEntities valueType=hasValueType/@vocab
    """,
}

# What single published versions say otherwise, slips included: they are served as they stand.
_OTHERWISE: tuple[tuple[tuple[str, ...], str], ...] = (
    (("1.3", "1.4", "1.7", "1.8"), "attributeCount=relative:attributeCount"),
    (("1.3", "1.4", "1.7", "1.8"), "attributeDetails=relative:attributeDetails"),
    (("1.3", "1.4", "1.5"), "objects=hasObjects/@id/@list"),
    (("1.7",), "VocabularyProperty"),
    (("1.8",), "entityMap=hasEntityMap objectsLists=hasObjectsLists/@list"),
)

_PROTECTED_SINCE = "1.8"
_PROOF_CONTEXT: JsonValue = [
    {
        "entityIdSealed": "ngsi-ld:entityIdSealed",
        "entityTypeSealed": {"@id": "ngsi-ld:entityTypeSealed", "@type": "@vocab"},
    },
    "https://w3id.org/security/data-integrity/v2",
]


def document(version: str) -> JsonObject:
    """Produce the core @context document of one version of the standard.

    Spec: CIM 009 annex B

    >>> document("1.9")["@context"]["value"]
    'ngsi-ld:hasValue'
    """
    return {"@context": dict(definitions(version))}


def built_in(url: str) -> JsonObject | None:
    """Produce the core @context behind a URL; None where the URL is not exactly one of them.

    >>> built_in("https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-xyz.jsonld") is None
    True
    """
    if url == ALIAS_URL:
        return document(CURRENT)
    version = CORE_URLS.get(url)
    return document(version) if version else None


def is_core(url: str) -> bool:
    """Tell whether a URL is exactly that of a core @context."""
    return url in CORE_URLS or url == ALIAS_URL


@cache
def definitions(version: str) -> Mapping[str, JsonValue]:
    """Produce the members of one version's `@context`, by term."""
    head: dict[str, JsonValue] = {}
    if _number(version) >= _number(_PROTECTED_SINCE):
        head |= {"@version": 1.1, "@protected": True}
    head |= {
        "ngsi-ld": NGSI_LD,
        "geojson": "https://purl.org/geojson/vocab#",
        "id": "@id",
        "type": "@type",
    }
    terms = dict(_definition(word) for word in _words(version))
    if "ngsildproof" in terms:
        terms["ngsildproof"] = {"@id": "ngsi-ld:ngsildproof", "@context": _PROOF_CONTEXT}
    return MappingProxyType({**head, **terms, "@vocab": DEFAULT_VOCABULARY})


@cache
def terms() -> frozenset[str]:
    """Name the terms that the current core @context protects (§4.4)."""
    return frozenset(term for term in definitions(CURRENT) if not term.startswith("@"))


def _words(version: str) -> Iterator[str]:
    for since, words in _TERMS.items():
        if _number(since) <= _number(version):
            yield from words.split()
    for versions, words in _OTHERWISE:
        if version in versions:
            yield from words.split()


def _definition(word: str) -> tuple[str, JsonValue]:
    """Read one word of the table.

    >>> _definition("object=hasObject/@id")
    ('object', {'@id': 'ngsi-ld:hasObject', '@type': '@id'})
    """
    name, *coercions = word.split("/")
    term, _, name = name.partition("=")
    prefix, _, local = name.rpartition(":")
    iri = _PREFIXES[prefix] + (local or term)
    if not coercions:
        return term, iri
    definition: dict[str, JsonValue] = {"@id": iri}
    for coercion in coercions:
        definition["@container" if coercion in _CONTAINERS else "@type"] = coercion
    return term, definition


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
