"""Who follows the public NGSI-LD tutorial: requests of its forms about a farm of ours."""

import httpx2

from kit.json import JsonObject, JsonValue
from tests.conformance.serving import Served
from tests.conformance.shelters import CORE, ok, point, prop
from tests.platforms import LINK, Client

FARM = "urn:ngsi-ld:Building:sarabetsu-farm"
BARN = "urn:ngsi-ld:Building:sarabetsu-barn"
FARMS = "https://farms.example.jp/terms#"
OSM = "https://osm.example.org/building="
TERMS: JsonObject = {
    "farms": FARMS,
    **{
        name: f"farms:{name}"
        for name in (
            "Building",
            "Thermometer",
            "LevelSensor",
            "Chore",
            "category",
            "name",
            "address",
            "temperature",
            "battery",
            "level",
            "watches",
            "verified",
            "field",
            "worker",
            "providedBy",
        )
    },
    "barn": f"{OSM}barn",
    "farmhouse": f"{OSM}farm",
    "sensor": "farms:sensor",
    "actuator": "farms:actuator",
}
JAPANESE: JsonObject = {
    "farms": FARMS,
    "建物": "farms:Building",
    "種別": "farms:category",
    "名称": "farms:name",
    "納屋": f"{OSM}barn",
    "農場": f"{OSM}farm",
}


class User:
    """Who follows the tutorial: names a @context in each request, and ends paths with a slash."""

    def __init__(self, client: Client, elsewhere: Served) -> None:
        self.client = client
        self.terms = elsewhere.put("/terms.jsonld", {"@context": TERMS})
        self.with_core = elsewhere.put("/with-core.jsonld", {"@context": [self.terms, CORE]})
        self.japanese = elsewhere.put("/japanese.jsonld", {"@context": JAPANESE})

    def send(
        self,
        method: str,
        path: str,
        body: JsonValue = None,
        *,
        context: str = "",
        accept: str = "*/*",
        **params: str,
    ) -> httpx2.Response:
        headers = {"Link": LINK.format(url=context or self.terms), "Accept": accept}
        return self.client.send(method, path, body, params=params or None, headers=headers)

    def get(
        self, path: str, *, context: str = "", accept: str = "*/*", **params: str
    ) -> httpx2.Response:
        return ok(self.send("GET", path, context=context, accept=accept, **params), 200)

    def post(self, path: str, body: JsonValue, status: int = 201, **params: str) -> httpx2.Response:
        return ok(self.send("POST", path, body, **params), status)

    def patch(self, path: str, body: JsonValue, **params: str) -> httpx2.Response:
        return ok(self.send("PATCH", path, body, **params))


def at(entity_id: str, *more: str) -> str:
    return "/".join(["/entities", entity_id, *more])


def vocab(*terms: str) -> JsonObject:
    return {"type": "VocabProperty", "vocab": terms[0] if len(terms) == 1 else list(terms)}


def building(id_: str, kind: str, name: str, longitude: float) -> JsonObject:
    return {
        "id": id_,
        "type": "Building",
        "category": vocab(kind),
        "name": prop(name),
        "address": prop(
            {"addressLocality": "更別村", "postalCode": "089-1500"}, verified=prop(True)
        ),
        "location": point(longitude, 42.65),
    }


def sensor(number: int, **members: JsonValue) -> JsonObject:
    return {
        "id": sensor_id(number),
        "type": "Thermometer",
        "category": vocab("sensor"),
        "temperature": prop(20 + number, unitCode="CEL"),
        **members,
    }


def sensor_id(number: int) -> str:
    return f"urn:ngsi-ld:Thermometer:{number:03}"
