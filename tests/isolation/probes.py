"""What a client may send to come near another tenant's data, for every operation of the API."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from kit.json import JsonObject, JsonValue
from tests.isolation.neighbours import (
    BOTH,
    NOBODY,
    Names,
    a_snapshot,
    a_subscription,
    an_entity,
)
from tests.platforms import LINK

MERGE_PATCH = "application/merge-patch+json"
_POINT = "[141.35,43.06]"
_SQUARE = "[[[141,43],[142,43],[142,44],[141,44],[141,43]]]"


@dataclass(frozen=True, slots=True)
class Probe:
    """One request."""

    method: str
    path: str
    body: JsonValue = None
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


def get(path: str, **params: str) -> Probe:
    """A GET with parameters."""
    return Probe("GET", path, params=params)


def reads(names: Names) -> Iterator[Probe]:
    """Requests that name what is another's and change nothing."""
    entity = f"/entities/{names.entity}"
    yield from (get(entity), get(entity, options="sysAttrs"), get(entity, join="inline"))
    yield get(entity, attrs=names.attribute)
    yield get(f"/entities/{quote(names.entity, safe='')}")
    yield from _entity_queries(names)
    yield from (get(f"/types/{names.type}"), get(f"/attributes/{names.attribute}"))
    yield get(f"/subscriptions/{names.subscription}")
    yield get(f"/subscriptions/{names.subscription}", options="sysAttrs")
    yield from (get(f"/entityMaps/{names.entity_map}"), get(f"/snapshots/{names.snapshot}"))
    yield get(f"/jsonldContexts/{names.context}")
    yield get(f"/jsonldContexts/{names.context}", details="true")
    yield from _posted_queries(names)


def _entity_queries(names: Names) -> Iterator[Probe]:
    a, paging = names.attribute, {"limit": "1000", "count": "true"}
    for asked in (
        {"id": f"{names.entity},{names.second}"},
        {"idPattern": f".*{names.token}"},
        {"type": names.type},
        {"type": f"{names.type}|Absent"},
        {"type": f"({names.type};{names.type}),Other"},
        {"attrs": a},
        {"type": names.type, "q": a},
        {"type": names.type, "q": f"{a}=={chr(34)}guess{chr(34)}"},
        {"type": names.type, "q": f'{a}~=".*"'},
        {"type": names.type, "q": f"!{a}|{a}"},
        {"q": f"{a};level>=0", "local": "true"},
        {"type": names.type, "scopeQ": f"{names.scope}"},
        {"type": names.type, "scopeQ": "/scope/#"},
        {"type": names.type, "datasetId": names.dataset},
        {"type": names.type, "orderBy": a},
        {"type": names.type, "orderBy": f"{a};desc", "collation": "ja"},
        {"type": names.type, "pick": f"id,{a}"},
        {"type": names.type, "offset": "1"},
        {"type": names.type, "format": "simplified", "lang": "*"},
        {
            "type": names.type,
            "georel": "near;maxDistance==1000",
            "geometry": "Point",
            "coordinates": _POINT,
        },
    ):
        yield Probe("GET", "/entities", params={**asked, **paging})
    yield get("/entityMaps", type=names.type)


def _posted_queries(names: Names) -> Iterator[Probe]:
    selected: JsonValue = [{"id": names.entity, "type": names.type}]
    pattern: JsonValue = [{"idPattern": f".*{names.token}.*", "type": names.type}]
    within: JsonValue = {
        "geometry": "Polygon",
        "coordinates": [[[141, 43], [142, 43], [142, 44], [141, 44], [141, 43]]],
        "georel": "within",
    }
    for asked in (
        {"type": "Query", "entities": selected},
        {"type": "Query", "entities": pattern},
        {"type": "Query", "entities": pattern, "q": f'{names.attribute}~=".+"'},
        {"type": "Query", "entities": pattern, "geoQ": within},
        {"type": "Query", "entities": pattern, "scopeQ": f"{names.scope},/#"},
    ):
        yield Probe("POST", "/entityOperations/query", asked, params={"count": "true"})
    yield Probe("POST", "/entityMaps", {"type": "Query", "entities": pattern})


def changes(names: Names) -> Iterator[Probe]:
    """Requests that would change what is another's: first where A has none of it, then with it.

    At the end nothing of it is left.
    """
    yield from _refused(names)
    yield from _batches(names)
    yield from _kept(names)


def _refused(names: Names) -> Iterator[Probe]:
    entity = f"/entities/{names.entity}"
    told: JsonObject = {"type": "Property", "value": "overwritten"}
    fragment: JsonValue = {names.attribute: told}
    merge = {"Content-Type": MERGE_PATCH}
    yield Probe("PATCH", entity, fragment, headers=merge)
    yield Probe("PUT", entity, an_entity(names, value="overwritten"))
    yield Probe("DELETE", entity)
    for method in ("POST", "PATCH"):
        yield Probe(method, f"{entity}/attrs", fragment)
    yield Probe("PATCH", f"{entity}/attrs/{names.attribute}", {"value": "overwritten"})
    yield Probe("PUT", f"{entity}/attrs/{names.attribute}", told)
    yield Probe("DELETE", f"{entity}/attrs/{names.attribute}", params={"deleteAll": "true"})
    yield Probe("DELETE", "/entities", params={"type": names.type})
    yield Probe("DELETE", "/entities", params={"id": names.entity, "type": "*"})
    for method in ("PATCH", "PUT"):
        yield Probe(method, "/entities", an_entity(names))
    yield Probe("PATCH", f"/subscriptions/{names.subscription}", {"isActive": False})
    yield Probe("DELETE", f"/subscriptions/{names.subscription}")
    yield Probe("PATCH", f"/entityMaps/{names.entity_map}", {"expiresAt": "2100-01-01T00:00:00Z"})
    yield Probe("DELETE", f"/entityMaps/{names.entity_map}")
    yield Probe("PATCH", f"/snapshots/{names.snapshot}", {"snapshotPriority": 9})
    clone: JsonValue = {"id": f"{names.snapshot}:clone", "type": "Snapshot"}
    yield Probe("POST", f"/snapshots/{names.snapshot}/clone", clone)
    yield Probe("DELETE", f"/snapshots/{names.snapshot}")
    yield Probe("DELETE", "/snapshots", params={"q": f"id=={chr(34)}{names.snapshot}{chr(34)}"})
    yield Probe("DELETE", f"/jsonldContexts/{names.context}")
    yield Probe("DELETE", f"/jsonldContexts/{names.context}", params={"reload": "true"})


def _batches(names: Names) -> Iterator[Probe]:
    """Batches that mix what is another's with what A has too, and with what nobody has."""
    fragment: JsonValue = {
        "id": names.entity,
        "type": names.type,
        names.attribute: {"type": "Property", "value": "overwritten"},
    }
    mine: JsonValue = {"id": BOTH, "type": "Both", "level": {"type": "Property", "value": 9}}
    for kind in ("update", "merge"):
        yield Probe("POST", f"/entityOperations/{kind}", [fragment, mine])
    absent = f"urn:ngsi-ld:Absent:{names.token}"
    yield Probe("POST", "/entityOperations/delete", [names.entity, absent])
    for kind in ("create", "upsert"):
        whole = an_entity(names, value="overwritten")
        yield Probe("POST", f"/entityOperations/{kind}", [whole, {"id": absent}])
        yield Probe("POST", "/entityOperations/delete", [names.entity])


def _kept(names: Names) -> Iterator[Probe]:
    """Things of the same names become A's own, answer with A's own, and go again."""
    own = an_entity(names, value="own")
    yield Probe("POST", "/entities", own)
    yield get(f"/entities/{names.entity}")
    yield get("/entities", type=names.type, count="true")
    yield get(f"/types/{names.type}")
    yield get(f"/attributes/{names.attribute}")
    yield Probe("POST", "/entities", own)
    yield Probe("DELETE", f"/entities/{names.entity}/attrs/level")
    yield Probe("DELETE", f"/entities/{names.entity}")
    subscription = {**a_subscription(names), "description": "own"}
    subscription["notification"] = {"endpoint": {"uri": NOBODY}}
    yield Probe("POST", "/subscriptions", subscription)
    yield get(f"/subscriptions/{names.subscription}")
    yield Probe("PATCH", f"/subscriptions/{names.subscription}", {"isActive": False})
    yield Probe("DELETE", f"/subscriptions/{names.subscription}")
    yield Probe("POST", "/snapshots", a_snapshot(names))
    yield Probe("DELETE", f"/snapshots/{names.snapshot}")
    context: JsonValue = {"@context": {names.attribute: "https://example.org/own"}}
    plain = {"Content-Type": "application/json"}
    yield Probe("POST", "/jsonldContexts", context, headers=plain)


def wildcards() -> Iterator[Probe]:
    """Requests for all that there is; they name nothing."""
    whole_earth = {"georel": "near;maxDistance==20037000", "geometry": "Point"}
    for asked in (
        {"type": "*", "local": "true"},
        {"type": "*", "offset": "1"},
        {"type": "*", "orderBy": "id"},
        {"idPattern": ".*", "local": "true"},
        {"idPattern": "^urn:", "local": "true"},
        {"type": "*", "idPattern": ".*(Secret|Second).*"},
        {"q": "level"},
        {"q": "level>=0|level<0"},
        {"q": "!absent", "type": "*"},
        {"q": 'id~="urn:.*"', "type": "*"},
        {"type": "*", "scopeQ": "/#"},
        {"attrs": "level,location"},
        {**whole_earth, "coordinates": "[0,0]"},
        {"georel": "within", "geometry": "Polygon", "coordinates": _SQUARE},
    ):
        yield Probe("GET", "/entities", params={**asked, "limit": "1000", "count": "true"})
    every: JsonValue = {"type": "Query", "entities": [{"idPattern": ".*", "type": "*"}]}
    yield Probe("POST", "/entityOperations/query", every, params={"local": "true"})
    for path in ("/types", "/attributes", "/jsonldContexts"):
        yield from (get(path), get(path, details="true"))
    yield from (
        get("/subscriptions", limit="1000", count="true"),
        get("/subscriptions", offset="1"),
    )
    yield from (get("/entityMaps", type="*"), get("/info/sourceIdentity"))


def purges() -> Iterator[Probe]:
    """Requests that delete all that there is."""
    yield Probe("DELETE", "/entities", params={"type": "*", "local": "true"})
    yield Probe("DELETE", "/entities", params={"idPattern": ".*", "local": "true"})
    yield Probe("DELETE", "/snapshots", params={"q": "snapshotPriority>=0"})


def led(probes: Sequence[Probe], names: Names, url: str) -> Iterator[Probe]:
    """The same requests through another's entity map, on its snapshot, under its @context."""
    hosted = f"{url}/ngsi-ld/v1/jsonldContexts/{names.context}"
    for headers in (
        {"NGSILD-EntityMap": f"/ngsi-ld/v1/entityMaps/{names.entity_map}"},
        {"NGSILD-Snapshot": names.snapshot},
        {"Link": LINK.format(url=hosted)},
    ):
        for probe in probes:
            yield replace(probe, headers={**probe.headers, **headers})
    for reference in (hosted, names.context):
        body: JsonValue = {"id": "urn:x:1", "type": "T", "@context": reference}
        yield Probe("POST", "/entities", body)
