"""Requests as the public NGSI-LD tutorials form them: written, read and watched by a new user.

The forms are the tutorials' (paths that end in a slash, options, filters); data and words are ours.
"""

from collections.abc import Iterator

import pytest

from kit.json import JsonObject, JsonValue
from tests.conformance.receiving import Receiver, receiving
from tests.conformance.serving import Served
from tests.conformance.shelters import CORE, ids, link_to, ok, point, prop
from tests.conformance.tutorial import (
    BARN,
    FARM,
    FARMS,
    OSM,
    User,
    at,
    building,
    sensor,
    sensor_id,
    vocab,
)
from tests.platforms import LINK, Client

QUOTE = "%22"  # in the document as in a URL


@pytest.fixture
def user(client: Client, elsewhere: Served) -> User:
    return User(client, elsewhere)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def farm(user: User) -> User:
    """A user whose farm and barn are there: one by JSON-LD, one by JSON and a Link."""
    house = building(FARM, "farmhouse", "大地の農場", 143.19)
    ok(user.client.send("POST", "/entities/", {**house, "@context": user.with_core}), 201)
    user.post("/entities/", building(BARN, "barn", "Big Red Barn", 143.20))
    return user


@pytest.fixture
def sensors(user: User) -> User:
    """A user with three sensors, made in one batch."""
    made = user.post("/entityOperations/create", [sensor(n) for n in (1, 2, 3)])
    assert made.json() == [sensor_id(n) for n in (1, 2, 3)]
    return user


def test_without_a_context_all_names_are_full(farm: User) -> None:
    headers = {"Accept": "application/ld+json"}
    params = {"type": f"{FARMS}Building"}
    found = ok(farm.client.send("GET", "/entities", params=params, headers=headers), 200).json()
    assert {one["type"] for one in found} == {f"{FARMS}Building"}
    assert {one["@context"] for one in found} == {CORE}
    assert found[0][f"{FARMS}category"] == vocab(f"{OSM}barn")
    assert found[0][f"{FARMS}address"][f"{FARMS}verified"] == prop(True)
    assert found[0]["location"]["type"] == "GeoProperty"


def test_what_was_written_is_read_with_its_short_names(farm: User) -> None:
    read = farm.get(at(BARN), accept="application/ld+json").json()
    assert read.pop("@context") == farm.terms
    assert read == building(BARN, "barn", "Big Red Barn", 143.20)


def test_another_context_gives_other_names(farm: User) -> None:
    found = farm.get(
        "/entities/",
        context=farm.japanese,
        type="建物",
        q='名称=="Big Red Barn"',
        options="keyValues",
    ).json()
    assert [one["種別"] for one in found] == [{"vocab": "納屋"}]
    assert [one["名称"] for one in found] == ["Big Red Barn"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": 'name=="Big Red Barn"'}, [BARN]),
        ({"q": 'category=="barn","greenhouse"', "expandValues": "category"}, [BARN]),
        ({"q": 'address[addressLocality]=="更別村"'}, [BARN, FARM]),
        ({"q": "address.verified==true"}, [BARN, FARM]),
        (
            {
                "geometry": "Point",
                "coordinates": "[143.20,42.65]",
                "georel": "near;maxDistance==100",
            },
            [BARN],
        ),
    ],
)
def test_buildings_are_found_by_what_is_said_of_them(
    farm: User, asked: dict[str, str], found: list[str]
) -> None:
    answer = farm.get("/entities/", type="Building", options="keyValues", **asked)
    assert ids(answer) == found


def test_a_link_whose_quotes_are_not_closed_still_names_its_context(farm: User) -> None:
    unclosed = LINK.format(url=farm.terms).replace('#context";', "#context;")
    answer = farm.client.send(
        "GET", "/entities", params={"type": "Building"}, headers={"Link": unclosed}
    )
    assert ids(answer) == [BARN, FARM]


def test_an_entity_is_read_as_much_of_it_as_is_asked_for(sensors: User) -> None:
    path = at(sensor_id(1))
    appended: JsonObject = {"battery": prop(0.9, unitCode="C62"), "watches": link_to(BARN)}
    sensors.post(f"{path}/attrs", appended, 204)
    assert sensors.get(path).json() == {**sensor(1), **appended}
    times = sensors.get(path, options="sysAttrs").json()
    assert times["modifiedAt"] == times["battery"]["createdAt"] > times["createdAt"]
    temperature = {
        "id": sensor_id(1),
        "type": "Thermometer",
        "temperature": prop(21, unitCode="CEL"),
    }
    assert sensors.get(path, attrs="temperature").json() == temperature
    values = sensors.get(f"{path}/", options="keyValues").json()
    assert values["watches"] == BARN
    assert values["battery"] == 0.9
    some = sensors.get(path, options="keyValues", attrs="category,temperature").json()
    assert some.keys() == {"id", "type", "category", "temperature"}


def test_entities_are_listed_by_type_and_by_ids(sensors: User) -> None:
    listed = sensors.get(
        "/entities/", type="Thermometer", options="keyValues", attrs="temperature"
    ).json()
    assert [one["temperature"] for one in listed] == [21, 22, 23]
    two = ",".join([sensor_id(1), sensor_id(3)])
    chosen = sensors.get("/entities/", id=two, attrs="temperature")
    assert ids(chosen) == [sensor_id(1), sensor_id(3)]


def test_a_batch_upsert_replaces_and_with_update_leaves_the_rest(sensors: User) -> None:
    given: JsonObject = {"id": sensor_id(1), "type": "Thermometer", "battery": prop(1)}
    sensors.post("/entityOperations/upsert", [given], 204, options="update")
    assert sensors.get(at(sensor_id(1))).json() == sensor(1, battery=prop(1))
    sensors.post("/entityOperations/upsert", [given], 204)
    assert sensors.get(at(sensor_id(1))).json() == given
    made = sensors.post("/entityOperations/upsert", [given, sensor(4)])
    assert made.json() == [sensor_id(4)]


@pytest.mark.parametrize("option", ["update", "replace"])
def test_a_batch_update_may_say_that_it_updates_or_replaces(sensors: User, option: str) -> None:
    given: list[JsonValue] = [
        {"id": sensor_id(n), "type": "Thermometer", "category": vocab("sensor", "actuator")}
        for n in (1, 2)
    ]
    sensors.post("/entityOperations/update", given, 204, options=option)
    changed = sensor(2, category=vocab("sensor", "actuator"))
    assert sensors.get(at(sensor_id(2))).json() == changed


def test_attributes_are_overwritten_one_by_one_and_together(sensors: User) -> None:
    path = at(sensor_id(1), "attrs")
    both = vocab("sensor", "actuator")
    sensors.patch(f"{path}/category", both)
    sensors.patch(path, {"temperature": prop(30, unitCode="CEL")})
    assert sensors.get(at(sensor_id(1))).json() == {
        **sensor(1),
        "category": both,
        "temperature": prop(30, unitCode="CEL"),
    }


def test_attributes_and_entities_go_by_every_way_of_deleting(sensors: User) -> None:
    path = at(sensor_id(1))
    sensors.post(f"{path}/attrs", {"watches": link_to(BARN), "battery": prop(1)}, 204)
    ok(sensors.send("DELETE", f"{path}/attrs/battery"))
    gone: JsonObject = {
        "category": vocab("urn:ngsi-ld:null"),
        "watches": link_to("urn:ngsi-ld:null"),
    }
    sensors.patch(f"{path}/attrs", gone)
    assert sensors.get(path, options="keyValues").json().keys() == {"id", "type", "temperature"}
    ok(sensors.client.send("DELETE", path))
    ok(sensors.client.send("POST", "/entityOperations/delete", [sensor_id(2), sensor_id(3)]))
    assert ids(sensors.get("/entities/", type="Thermometer")) == []


def test_who_points_to_an_entity_is_found_and_counted(sensors: User) -> None:
    level: JsonObject = {"id": "urn:ngsi-ld:LevelSensor:001", "type": "LevelSensor"}
    sensors.post("/entityOperations/upsert", [{**level, "watches": link_to(FARM)}])
    pointing: list[JsonValue] = [
        {"id": sensor_id(n), "type": "Thermometer", "watches": link_to(target)}
        for n, target in ((1, FARM), (2, BARN))
    ]
    sensors.post("/entityOperations/update", pointing, 204, options="update")
    every = sensors.get("/entities/", type="Thermometer,LevelSensor", options="keyValues")
    assert len(every.json()) == 4
    asked = {"q": f'watches=="{FARM}"', "attrs": "watches", "options": "keyValues"}
    found = sensors.get("/entities", **asked).json()
    assert [one["id"] for one in found] == [level["id"], sensor_id(1)]
    counted = sensors.get("/entities", **asked, count="true", limit="0")
    assert counted.json() == []
    assert counted.headers["NGSILD-Results-Count"] == "2"


def test_an_entity_that_joins_others_is_found_from_each(user: User) -> None:
    field, worker = "urn:ngsi-ld:Field:7", "urn:ngsi-ld:Person:2"
    chore: JsonObject = {"id": "urn:ngsi-ld:Chore:1", "type": "Chore"}
    links = {"field": link_to(field), "worker": link_to(worker)}
    user.post("/entities/", {**chore, **links})
    asked = {"type": "Chore", "options": "keyValues"}
    by_field = user.get("/entities", q=f'field=="{field}"', attrs="worker", **asked).json()
    by_worker = user.get("/entities", q=f'worker=="{worker}"', attrs="field", **asked).json()
    assert by_field == [{**chore, "worker": worker}]
    assert by_worker == [{**chore, "field": field}]


def test_a_concise_entity_is_read_in_every_form(user: User) -> None:
    concise: JsonObject = {
        "id": sensor_id(9),
        "type": "Thermometer",
        "category": {"vocab": "sensor"},
        "temperature": {"value": 25, "unitCode": "CEL"},
        "name": "畜舎の温度計",
        "watches": {"object": BARN},
        "location": {"type": "Point", "coordinates": [143.19, 42.65]},
    }
    user.post("/entities/", concise)
    assert user.get(at(sensor_id(9)), options="concise").json() == concise
    read = user.get(at(sensor_id(9)), options="normalized").json()
    assert read["name"] == prop("畜舎の温度計")
    assert read["location"] == point(143.19, 42.65)
    user.patch(at(sensor_id(9), "attrs", "category"), {"vocab": ["sensor", "actuator"]})
    features = user.get(
        "/entities/", type="Thermometer", options="concise", accept="application/geo+json"
    ).json()["features"]
    assert features[0]["geometry"] == concise["location"]
    assert features[0]["properties"]["category"] == {"vocab": ["sensor", "actuator"]}


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/entities/", {"GET", "HEAD", "POST", "DELETE", "OPTIONS"}),
        (at(FARM), {"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"}),
        (at(FARM, "attrs"), {"POST", "PATCH", "OPTIONS"}),
        (at(FARM, "attrs", "name"), {"PUT", "PATCH", "DELETE", "OPTIONS"}),
    ],
)
def test_options_name_what_can_be_done_and_nothing_else(
    reader: Client, path: str, methods: set[str]
) -> None:
    answer = ok(reader.send("OPTIONS", path))
    assert set(answer.headers["Allow"].split(", ")) == methods
    assert ("Accept-Patch" in answer.headers) == ("PATCH" in methods)


def test_a_merge_changes_what_it_names_and_leaves_the_rest(farm: User) -> None:
    path = at(BARN)
    location: JsonObject = {"type": "Point", "coordinates": [143.21, 42.66]}
    farm.patch(path, {"temperature": {"value": 7, "unitCode": "CEL"}, "location": location})
    farm.patch(path, {"temperature": {"value": 8, "providedBy": {"object": sensor_id(1)}}})
    farm.patch(path, {"address": {"value": {"postalCode": "089-1541"}, "verified": False}})
    farm.patch(path, {"name": "urn:ngsi-ld:null"})
    assert farm.get(path).json() == {
        "id": BARN,
        "type": "Building",
        "category": vocab("barn"),
        "address": prop(
            {"addressLocality": "更別村", "postalCode": "089-1541"}, verified=prop(False)
        ),
        "location": point(143.21, 42.66),
        "temperature": prop(8, unitCode="CEL", providedBy=link_to(sensor_id(1))),
    }


def test_a_merge_of_values_alone_keeps_kinds_units_and_languages(farm: User) -> None:
    path, observed = at(BARN), "2026-11-20T10:10:00.000Z"
    names: JsonObject = {"languageMap": {"ja": "赤い納屋", "en": "Barn"}}
    earlier = prop(7, unitCode="CEL", observedAt="2026-11-19T10:10:00.000Z")
    farm.patch(path, {"temperature": earlier, "name": names})
    farm.patch(path, {"temperature": 19}, options="keyValues", observedAt=observed)
    farm.patch(path, {"name": "Big Barn"}, options="keyValues", lang="en")
    read = farm.get(path).json()
    assert read["temperature"] == prop(19, unitCode="CEL", observedAt=observed)
    assert read["name"]["languageMap"] == {"ja": "赤い納屋", "en": "Big Barn"}


def test_a_put_leaves_nothing_of_what_was_there(farm: User) -> None:
    ok(farm.send("PUT", at(BARN), {"type": "Building", "temperature": {"value": 25}}))
    assert farm.get(at(BARN)).json() == {"id": BARN, "type": "Building", "temperature": prop(25)}


def test_a_name_in_several_languages_is_read_and_found_in_one(user: User) -> None:
    names: JsonObject = {"ja": "赤い納屋", "en": "Red Barn", "@none": "The Barn"}
    name: JsonObject = {"type": "LanguageProperty", "languageMap": names}
    user.post("/entities/", {"id": BARN, "type": "Building", "name": name})
    read = {"attrs": "name"}
    assert user.get(at(BARN), **read).json()["name"] == name
    assert user.get(at(BARN), **read, lang="ja").json()["name"] == prop("赤い納屋", lang="ja")
    assert user.get(at(BARN), **read, lang="fr").json()["name"] == prop("The Barn", lang="@none")
    assert user.get(at(BARN), format="simplified").json()["name"] == {"languageMap": names}
    assert user.get(at(BARN), format="simplified", lang="en").json()["name"] == "Red Barn"
    for q in ('name[en]=="Red Barn"', 'name[*]=="赤い納屋"'):
        assert ids(user.get("/entities/", type="Building", q=q)) == [BARN]


@pytest.mark.parametrize(
    ("form", "level", "watches"),
    [
        ("keyValues", 0.7, FARM),
        ("normalized", prop(0.7, unitCode="C62"), link_to(FARM)),
        ("concise", {"value": 0.7, "unitCode": "C62"}, {"object": FARM}),
    ],
)
def test_a_subscriber_is_told_of_what_passes_its_filter(
    user: User, receiver: Receiver, form: str, level: JsonValue, watches: JsonValue
) -> None:
    wanted: JsonObject = {
        "type": "Subscription",
        "description": "Feed runs low",
        "entities": [{"type": "LevelSensor"}],
        "watchedAttributes": ["level"],
        "q": f"level>0.6;level<0.8;watches=={QUOTE}{FARM}{QUOTE}",
        "notification": {
            "attributes": ["level", "watches"],
            "format": form,
            "endpoint": {"uri": receiver.url, "accept": "application/json"},
        },
        "@context": user.terms,
    }
    ok(user.client.send("POST", "/subscriptions/", wanted), 201)
    silo: JsonObject = {"id": "urn:ngsi-ld:LevelSensor:1", "type": "LevelSensor"}
    low, other = prop(0.7, unitCode="C62"), link_to(BARN)
    user.post("/entities/", {**silo, "level": prop(0.9, unitCode="C62"), "watches": link_to(FARM)})
    user.post("/entities/", {**silo, "id": "urn:x:2", "level": low, "watches": other})
    user.patch(at("urn:ngsi-ld:LevelSensor:1", "attrs", "level"), {"value": 0.7})
    told = receiver.next()
    assert told.data == [{**silo, "level": level, "watches": watches}]
    assert user.terms in told.headers["link"]


def test_a_subscriber_may_ask_for_geojson(user: User, receiver: Receiver) -> None:
    wanted: JsonObject = {
        "type": "Subscription",
        "entities": [{"id": BARN, "type": "Building"}],
        "notification": {
            "format": "concise",
            "endpoint": {"uri": receiver.url, "accept": "application/geo+json"},
        },
    }
    user.post("/subscriptions/", wanted)
    user.post("/entities/", building(BARN, "barn", "Big Red Barn", 143.20))
    told = receiver.next().body["data"]
    assert isinstance(told, dict)
    assert told["type"] == "FeatureCollection"


def test_a_subscription_is_listed_changed_and_deleted(user: User) -> None:
    endpoint: JsonObject = {"uri": "mqtt://mqtt.example.jp:1883/farm", "accept": "application/json"}
    wanted: JsonObject = {
        "type": "Subscription",
        "entities": [{"type": "Building"}],
        "notification": {"format": "keyValues", "endpoint": endpoint},
    }
    path = user.post("/subscriptions/", wanted).headers["Location"].removeprefix("/ngsi-ld/v1")
    user.patch(path, {"notification": {"format": "normalized", "endpoint": endpoint}})
    (listed,) = user.get("/subscriptions/").json()
    assert listed == user.get(path).json()
    assert listed["notification"]["format"] == "normalized"
    ok(user.client.send("DELETE", path))
    assert user.get("/subscriptions/").json() == []
