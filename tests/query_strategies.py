"""Entities in stored form and queries about them, made so that they often meet."""

from datetime import UTC, datetime, timedelta
from typing import cast

from hypothesis import strategies as st

from broker.ngsi.entity import Entity, Instance
from broker.ngsi.geoquery import LOCATION, GeoQuery, Relation, parse_geoquery
from broker.ngsi.names import EntityId, Iri, Term
from broker.ngsi.values import format_instant
from kit.json import JsonObject, JsonValue

NAMESPACE = "https://example.jp/ns/"
NOW = datetime(2026, 9, 1, 3, 0, 0, 250_000, tzinfo=UTC)
ATTRIBUTES = ("a", "b", "c")
SUB_ATTRIBUTES = ("s", "t")
LANGUAGES = ("ja", "en", "@none")
KEYS = ("k", "n", "住所")
IDS = tuple(f"urn:ngsi-ld:Thing:{number}" for number in range(6))
DATASETS = ("urn:dataset:1", "urn:dataset:2")
TYPES = ("A", "B", "C")
SCOPES = ("/x", "x/y", "/x/y", "/x/z/w", "x1", "/札幌/中央", "/y")
_EDGES_S = (-3600, -0.5, -0.000_001, 0, 0.000_001, 0.5, 3600)
MOMENTS = tuple(format_instant(NOW + timedelta(seconds=edge)) for edge in _EDGES_S)

TEMPORAL = ("createdAt", "modifiedAt", "observedAt", "expiresAt")

TEXTS = (
    "", "a", "b", "B", "ab", "あ", "札幌市", "😀", "1", "true", "a,b", 'q"\\', "x" * 249 + "y",
    "x" * 250, "x" * 251 + "z", "2026-09-01", "2026-08-31", "03:00:00Z", "03:00:00.50Z",
    "2026-09-01T03:00:00Z", "2026-09-01T03:00:00.25Z", "2026-09-01T03:00:00,250Z",
    "2026-09-01T03:00:00.2Z", "2026-02-30T00:00:00Z", "2026-09-01T03:00:00", IDS[0], IDS[1],
)  # fmt: skip
NUMBERS: tuple[int | float, ...] = (
    0, -0.0, 1, 1.0, 1.5, -1, 7, 10**15, 2**53, 2**53 + 1, float(2**53), 1e22, 0.1, 1e-7,
)  # fmt: skip


def expand(term: Term) -> Iri:
    """Expand every name into one namespace."""
    return Iri(NAMESPACE + term)


scalars: st.SearchStrategy[JsonValue] = st.one_of(
    st.sampled_from(TEXTS), st.sampled_from(NUMBERS), st.booleans()
)
values: st.SearchStrategy[JsonValue] = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=2)
    ),
    max_leaves=4,
)
typed = st.sampled_from(TEXTS).map(
    lambda text: cast(JsonValue, {"@type": "DateTime", "@value": text})
)
uris = st.sampled_from((*IDS, *TEXTS[-2:], "https://example.jp/ns/x"))
texts = st.sampled_from(TEXTS)
positions = st.tuples(
    st.sampled_from((139.0, 140.0, 141.0, 179.5, -179.5)), st.sampled_from((42.0, 43.0, 43.5))
).map(list)


def _polygon(corner: list[float]) -> JsonValue:
    west, south = corner
    east, north = west + 0.5, south + 0.5
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": cast(JsonValue, [ring])}


def _geometry(kind: str, coordinates: object) -> JsonValue:
    return {"type": kind, "coordinates": cast(JsonValue, coordinates)}


geometries: st.SearchStrategy[JsonValue] = st.one_of(
    positions.map(lambda position: _geometry("Point", position)),
    st.lists(positions, min_size=1, max_size=3).map(lambda each: _geometry("MultiPoint", each)),
    st.lists(positions, min_size=2, max_size=3).map(lambda each: _geometry("LineString", each)),
    positions.filter(lambda position: abs(position[0]) < 179).map(_polygon),
)


def _many(items: st.SearchStrategy[str]) -> st.SearchStrategy[JsonValue]:
    lists = st.lists(items, min_size=1, max_size=2)
    return cast(st.SearchStrategy[JsonValue], st.one_of(items, lists))


_VALUE_MEMBERS: dict[str, tuple[str, st.SearchStrategy[JsonValue]]] = {
    "Property": ("value", st.one_of(values, typed)),
    "Relationship": ("object", _many(uris)),
    "ListRelationship": (
        "objectList",
        cast(st.SearchStrategy[JsonValue], st.lists(uris, max_size=2)),
    ),
    "LanguageProperty": (
        "languageMap",
        cast(
            st.SearchStrategy[JsonValue],
            st.dictionaries(st.sampled_from(LANGUAGES), _many(texts), min_size=1, max_size=2),
        ),
    ),
    "VocabProperty": ("vocab", _many(uris)),
    "JsonProperty": (
        "json",
        cast(
            st.SearchStrategy[JsonValue],
            st.dictionaries(st.sampled_from(KEYS), st.one_of(values, st.none()), max_size=2),
        ),
    ),
    "ListProperty": (
        "valueList",
        cast(st.SearchStrategy[JsonValue], st.lists(scalars, max_size=3)),
    ),
    "GeoProperty": ("value", geometries),
}


@st.composite
def instances(draw: st.DrawFn, depth: int = 1) -> Instance:
    """Make one attribute instance, with sub-attributes down to a depth."""
    kind = draw(st.sampled_from(tuple(_VALUE_MEMBERS)))
    member, value = _VALUE_MEMBERS[kind]
    instance: JsonObject = {"type": kind, member: draw(value)}
    instants = st.sampled_from(MOMENTS)
    for name in draw(st.sets(st.sampled_from(TEMPORAL), max_size=2)):
        instance[name] = draw(instants)
    if draw(st.booleans()):
        instance["unitCode"] = draw(st.sampled_from(("MTR", "KMT")))
    if depth:
        for name in draw(st.sets(st.sampled_from(SUB_ATTRIBUTES), max_size=1)):
            below = draw(st.lists(instances(depth - 1), min_size=1, max_size=2))
            instance[NAMESPACE + name] = cast(JsonValue, below)
    return instance


@st.composite
def entities(draw: st.DrawFn) -> Entity:
    """Make one Entity, its id to be given."""
    attributes: dict[Iri, list[Instance]] = {}
    for name in draw(st.sets(st.sampled_from(ATTRIBUTES))):
        found = draw(st.lists(instances(), min_size=1, max_size=2))
        for dataset, instance in zip(("", *DATASETS), found, strict=False):
            if dataset:
                instance["datasetId"] = dataset
        attributes[Iri(NAMESPACE + name)] = found
    if draw(st.booleans()):
        attributes[LOCATION] = [{"type": "GeoProperty", "value": draw(geometries)}]
    edges = st.sampled_from(_EDGES_S).map(lambda edge: NOW + timedelta(seconds=edge))
    created_at = draw(edges)
    return Entity(
        id=EntityId(""),
        types=tuple(sorted(expand(Term(name)) for name in draw(_type_names))),
        attributes=attributes,
        created_at=created_at,
        modified_at=max(created_at, draw(edges)),
        scopes=tuple(draw(st.lists(st.sampled_from(SCOPES), max_size=2, unique=True))),
        expires_at=draw(st.one_of(st.none(), st.none(), edges)),
    )


_type_names = st.sets(st.sampled_from(TYPES), min_size=1, max_size=2)


@st.composite
def paths(draw: st.DrawFn) -> str:
    """Write a path of q."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.sampled_from(("createdAt", "modifiedAt", "expiresAt")))
    text = draw(st.sampled_from(ATTRIBUTES))
    if draw(st.integers(0, 2)) == 0:
        text += "." + draw(st.sampled_from(SUB_ATTRIBUTES))
    choice = draw(st.integers(0, 9))
    members = ("observedAt", "unitCode", "datasetId", "createdAt", "modifiedAt", "expiresAt")
    if choice < 2:
        return f"{text}.{draw(st.sampled_from(members))}"
    if choice < 5:
        keys = draw(st.sampled_from(("k", "n", "住所", "k.n", "k.k", "ja", "en", "*", "@none")))
        return f"{text}[{keys}]"
    return text


@st.composite
def literals(draw: st.DrawFn) -> str:
    """Write a value of q."""
    choice = draw(st.integers(0, 9))
    if choice < 4:
        return _quoted(draw(texts))
    if choice < 6:
        return repr(draw(st.sampled_from(NUMBERS)))
    if choice < 9:
        moments = ("2026-09-01", "03:00:00Z", "03:00:00.5Z", "2026-09-01T03:00:00.2500Z")
        return draw(st.sampled_from((*MOMENTS, *moments)))
    return draw(st.sampled_from(("true", "false", "札幌市", IDS[0], "MTR", DATASETS[0])))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


_PATTERNS = (
    "a",
    "^a$",
    "^.b",
    "[^a]",
    "x{3,}",
    "(a|札幌).*",
    r"\\d",
    "^$",
    ".",
    "Z$",
    "[[:alpha:]]",
)


@st.composite
def terms(draw: st.DrawFn) -> str:
    """Write one term of q."""
    path = draw(paths())
    linked = draw(st.integers(0, 9)) == 0
    inside = f"{{{path}}}" if linked else path
    whole = draw(st.sampled_from(ATTRIBUTES)) + inside if linked else path
    choice = draw(st.integers(0, 11))
    if choice == 0:
        return whole
    if choice == 1:
        return "!" + whole
    temporal = path.rpartition(".")[2] in TEMPORAL
    if choice < 4 and not temporal:
        operator = draw(st.sampled_from(("~=", "!~=")))
        return f'{whole}{operator}"{draw(st.sampled_from(_PATTERNS))}"'
    value = st.sampled_from((*MOMENTS, "1", "2026-09-01")) if temporal else literals()
    if choice < 7:
        operator = draw(st.sampled_from(("==", "!=")))
        many = draw(st.lists(value, min_size=1, max_size=2))
        return f"{whole}{operator}{','.join(many)}"
    if choice < 8:
        moments = (MOMENTS[1], MOMENTS[4])
        plain = (("0", "1.5"), ('"a"', '"x"'), moments)
        low, high = moments if temporal else draw(st.sampled_from(plain))
        return f"{whole}{draw(st.sampled_from(('==', '!=')))}{low}..{high}"
    operator = draw(st.sampled_from((">", ">=", "<", "<=")))
    return f"{whole}{operator}{draw(value.filter(lambda text: text not in ('true', 'false')))}"


queries: st.SearchStrategy[str] = st.recursive(
    terms(),
    lambda inner: st.tuples(inner, st.sampled_from(";|"), inner).map(
        lambda parts: f"({parts[0]}{parts[1]}{parts[2]})"
    ),
    max_leaves=4,
)

scope_queries = st.sampled_from(
    ("/x", "/x/#", "/+", "/+/y", "/x/+/w", "/#", "/札幌/#", "(/x/y;/y)", "/x1,/y", "/x;/y|/x/z/#")
)
selections = st.sampled_from(
    ("A", "A,B", "(A;B)", "(A;B)|C", "*", "A|B|C", "D", "((A|B);C)", "A;B")
)
id_patterns = st.sampled_from(("^urn", "Thing:[0-3]$", "5", "x", "(1|2)$"))


@st.composite
def geo_queries(draw: st.DrawFn) -> GeoQuery:
    """Make a geoquery about the default GeoProperty or about a."""
    relation = draw(st.sampled_from(Relation))
    georel = relation.value
    if relation in (Relation.NEAR, Relation.BEYOND):
        georel += f"=={draw(st.sampled_from((1, 1000, 40_000, 90_000, 500_000, 2e7)))}"
    geometry = draw(geometries)
    assert isinstance(geometry, dict)
    place = draw(st.sampled_from((None, "a")))
    return parse_geoquery(georel, geometry["type"], geometry["coordinates"], expand, place)


order_terms = st.sampled_from(
    ("id", "type", "createdAt", "modifiedAt", "expiresAt", "a", "b", "a.s", "a[k]", "a[ja]", "a[*]",
     "a.createdAt", "b.modifiedAt", "a.observedAt", "a.s.unitCode", "a[k.n]", "a.s.createdAt")
)  # fmt: skip
orderings = st.lists(
    st.tuples(order_terms, st.sampled_from(("", ";asc", ";desc"))).map("".join),
    min_size=1,
    max_size=2,
)
