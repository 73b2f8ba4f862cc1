"""Notifications as they are sent: forms, linked entities, headers (§5.3.1, §6.3.8, §7)."""

from typing import cast

import orjson
import pytest

from broker.ngsi.change_document import write_change
from broker.ngsi.changes import Change
from broker.ngsi.contexts import build_context, core
from broker.ngsi.core_context import CORE_URL
from broker.ngsi.entity import Entity
from broker.ngsi.linked import Linking, follow, targets
from broker.ngsi.names import EntityId
from broker.ngsi.notification import NotificationMessage, build, to_link
from broker.ngsi.notified import Notified, notified_of
from broker.ngsi.subscription import Subscription
from broker.ngsi.subscription_document import compile_subscription, with_context
from kit.json import JsonObject, JsonValue
from tests.subscribing import (
    LATER,
    RIVER,
    a_document,
    a_subscription,
    an_entity,
    created,
    data_of,
    deleted,
    notify,
    take,
    updated,
)

HERE: JsonObject = {"type": "Point", "coordinates": [141.35, 43.06]}
LEVEL = an_entity(
    waterLevel={"value": 2.4, "observedAt": "2026-09-01T03:00:00Z"},
    location=HERE,
    name={"languageMap": {"ja": "豊平川", "en": "Toyohira"}},
)
RISEN = updated(LEVEL, waterLevel={"value": 2.8, "observedAt": "2026-09-01T04:00:00Z"})
RIVERS = build_context(
    "https://rivers.example/c.jsonld",
    {
        "https://rivers.example/c.jsonld": {
            "@context": {"level": "https://uri.etsi.org/ngsi-ld/default-context/waterLevel"}
        },
    },
)


def body_of(message: NotificationMessage) -> JsonObject:
    return cast("JsonObject", orjson.loads(message.body))


def test_a_notification_is_as_the_standard_says() -> None:
    message = notify(a_subscription(), RISEN)
    assert body_of(message) == {
        "id": "urn:ngsi-ld:Notification:1",
        "type": "Notification",
        "subscriptionId": "urn:ngsi-ld:Subscription:flood-1",
        "notifiedAt": "2026-09-01T04:00:00Z",
        "data": [
            {
                "id": RIVER,
                "type": "WaterLevelObserved",
                "waterLevel": {
                    "type": "Property",
                    "value": 2.8,
                    "observedAt": "2026-09-01T04:00:00Z",
                },
                "location": {"type": "GeoProperty", "value": HERE},
                "name": {
                    "type": "LanguageProperty",
                    "languageMap": {"ja": "豊平川", "en": "Toyohira"},
                },
            }
        ],
    }


@pytest.mark.parametrize(
    ("form", "level"),
    [
        ("concise", {"value": 2.8, "observedAt": "2026-09-01T04:00:00Z"}),
        ("simplified", 2.8),
        ("keyValues", 2.8),
    ],
)
def test_the_format_asked_for_is_sent(form: str, level: JsonValue) -> None:
    (entity,) = data_of(notify(a_subscription(notification={"format": form}), RISEN))
    assert entity["waterLevel"] == level
    assert entity["location"] == HERE


@pytest.mark.parametrize(
    "members",
    [
        {"format": "normalized", "sysAttrs": True, "showChanges": True},
        {"format": "concise", "showChanges": True},
        {"format": "simplified", "pick": ["id", "waterLevel"]},
        {"endpoint": {"uri": "http://x.example/", "accept": "application/geo+json"}},
        {"endpoint": {"uri": "http://x.example/", "accept": "application/ld+json"}},
    ],
)
@pytest.mark.parametrize("change", [RISEN, deleted(LEVEL), updated(LEVEL, name="urn:ngsi-ld:null")])
def test_what_many_are_told_of_is_the_same_for_the_last_as_for_the_first(
    members: JsonObject, change: Change
) -> None:
    subscription = a_subscription(notification=members, lang="en")
    written = write_change(change)
    notify(subscription, change)
    assert write_change(change) == written


def test_pick_omit_attributes_and_lang_shape_the_entities() -> None:
    def keys(**params: JsonValue) -> set[str]:
        (entity,) = data_of(notify(a_subscription(notification=params), RISEN))
        return set(entity)

    assert keys(pick=["id", "waterLevel"]) == {"id", "waterLevel"}
    assert keys(omit=["type", "name"]) == {"id", "waterLevel", "location"}
    assert keys(attributes=["waterLevel"]) == {"id", "type", "waterLevel"}
    (entity,) = data_of(notify(a_subscription(lang="en"), RISEN))
    assert entity["name"] == {"type": "Property", "value": "Toyohira", "lang": "en"}


def test_only_the_instances_asked_for_are_sent() -> None:
    levels: JsonValue = [{"value": 1}, {"value": 2, "datasetId": "urn:a:radar"}]
    subscription = a_subscription(datasetId=["urn:a:radar"])
    (entity,) = data_of(notify(subscription, created(waterLevel=levels, name="豊平川")))
    assert entity == {
        "id": RIVER,
        "type": "WaterLevelObserved",
        "waterLevel": {"type": "Property", "value": 2, "datasetId": "urn:a:radar"},
    }


def test_system_attributes_come_where_they_are_asked_for() -> None:
    (entity,) = data_of(notify(a_subscription(notification={"sysAttrs": True}), RISEN))
    assert entity["createdAt"] == "2026-09-01T03:00:00Z"
    assert entity["modifiedAt"] == "2026-09-01T04:00:00Z"
    level = cast("JsonObject", entity["waterLevel"])
    assert level["createdAt"] == "2026-09-01T03:00:00Z"
    assert level["modifiedAt"] == "2026-09-01T04:00:00Z"


def test_an_earlier_version_is_served_as_it_knew_entities() -> None:
    (entity,) = data_of(notify(a_subscription(ngsildConformance="1.3"), RISEN))
    assert cast("JsonObject", entity["name"])["type"] == "Property"


def in_context(reference: JsonValue, **endpoint: JsonValue) -> Subscription:
    document = a_document(endpoint=endpoint)
    link = "https://rivers.example/c.jsonld"
    stored = with_context(take(document), reference, link, is_said=False)
    return compile_subscription(stored)


LINK = (
    '<https://rivers.example/c.jsonld>; rel="http://www.w3.org/ns/json-ld#context"; '
    'type="application/ld+json"'
)


def test_json_comes_with_a_link_to_its_context() -> None:
    message = notify(in_context("https://rivers.example/c.jsonld"), RISEN, context=RIVERS)
    assert message.headers == {"Content-Type": "application/json", "Link": LINK}
    assert "@context" not in body_of(message)
    assert "level" in data_of(message)[0]


def test_json_ld_carries_its_context_in_the_body_and_in_each_entity() -> None:
    subscription = in_context("https://rivers.example/c.jsonld", accept="application/ld+json")
    message = notify(subscription, RISEN, context=RIVERS)
    assert message.headers == {"Content-Type": "application/ld+json"}
    assert body_of(message)["@context"] == "https://rivers.example/c.jsonld"
    assert data_of(message)[0]["@context"] == "https://rivers.example/c.jsonld"


def test_core_is_named_where_there_is_no_other_context() -> None:
    message = notify(a_subscription(endpoint={"accept": "application/ld+json"}), RISEN)
    assert body_of(message)["@context"] == CORE_URL


def test_geojson_is_a_feature_collection_with_its_context() -> None:
    message = notify(a_subscription(endpoint={"accept": "application/geo+json"}), RISEN)
    assert message.headers == {"Content-Type": "application/geo+json"}
    collection = cast("JsonObject", body_of(message)["data"])
    assert collection["type"] == "FeatureCollection"
    assert collection["@context"] == CORE_URL
    (feature,) = cast("list[JsonObject]", collection["features"])
    assert feature["id"] == RIVER
    assert feature["geometry"] == HERE
    assert cast("JsonObject", feature["properties"])["type"] == "WaterLevelObserved"


def test_geojson_without_context_is_sent_to_who_prefers_it() -> None:
    prefer: JsonObject = {"key": "Prefer", "value": "body=json"}
    message = notify(
        in_context(
            "https://rivers.example/c.jsonld", accept="application/geo+json", receiverInfo=[prefer]
        ),
        RISEN,
    )
    assert message.headers == {
        "Content-Type": "application/geo+json",
        "Link": LINK,
        "Prefer": "body=json",
    }
    assert "@context" not in cast("JsonObject", body_of(message)["data"])


def test_a_deleted_entity_is_a_feature_without_geometry() -> None:
    subscription = a_subscription(
        endpoint={"accept": "application/geo+json"}, notificationTrigger=["entityDeleted"]
    )
    collection = cast("JsonObject", body_of(notify(subscription, deleted(LEVEL)))["data"])
    assert collection["features"] == [
        {
            "id": RIVER,
            "type": "Feature",
            "geometry": None,
            "properties": {"type": "WaterLevelObserved", "deletedAt": "2026-09-01T04:00:00Z"},
        }
    ]


def test_receiver_info_becomes_headers_that_cannot_change_what_the_message_is() -> None:
    pairs: list[JsonValue] = [
        {"key": "X-Additional-Key", "value": "Value"},
        {"key": "content-type", "value": "text/plain"},
        {"key": "ngsild-tenant", "value": "another"},
        {"key": "link", "value": "<https://a.example/c>"},
    ]
    message = build(
        a_subscription(endpoint={"receiverInfo": pairs}),
        core(),
        notification_id="urn:ngsi-ld:Notification:1",
        notified_at=LATER,
        notified=[notified_of([RISEN])],
        tenant="sapporo",
    )
    assert message.headers == {
        "Content-Type": "application/json",
        "NGSILD-Tenant": "sapporo",
        "X-Additional-Key": "Value",
        "link": "<https://a.example/c>",
    }


def test_an_mqtt_message_carries_its_headers_as_metadata() -> None:
    pair: JsonObject = {"key": "test-receiver-key", "value": "test-receiver-info"}
    subscription = in_context(
        "https://rivers.example/c.jsonld", uri="mqtt://a.example/topic", receiverInfo=[pair]
    )
    message = body_of(notify(subscription, RISEN, context=RIVERS))
    assert message["metadata"] == {
        "Content-Type": "application/json",
        "Link": LINK,
        "test-receiver-key": "test-receiver-info",
    }
    notification = cast("JsonObject", message["body"])
    assert notification["type"] == "Notification"
    assert cast("list[JsonObject]", notification["data"])[0]["id"] == RIVER


CITY = an_entity("urn:ngsi-ld:City:Paris", "City", name="Paris")
BUILDING = created(
    "urn:ngsi-ld:Building:1", "Building", locatedAt={"object": CITY.id}, name="Tour Eiffel"
)


def joined(mode: str, **params: JsonValue) -> list[JsonObject]:
    subscription = a_subscription(
        entities=[{"type": "Building"}], notification={"join": mode, **params}
    )
    return list(
        data_of(
            build(
                subscription,
                core(),
                notification_id="urn:ngsi-ld:Notification:1",
                notified_at=LATER,
                notified=[notified_of([BUILDING])],
                linked={CITY.id: CITY},
            )
        )
    )


def test_linked_entities_come_flat_behind_the_others() -> None:
    building, city = joined("flat", attributes=["locatedAt"])
    assert building == {
        "id": "urn:ngsi-ld:Building:1",
        "type": "Building",
        "locatedAt": {"type": "Relationship", "object": CITY.id},
    }
    assert city == {
        "id": CITY.id,
        "type": "City",
        "name": {"type": "Property", "value": "Paris"},
    }


def test_linked_entities_come_inside_their_relationships() -> None:
    (building,) = joined("inline", format="simplified")
    assert building["locatedAt"] == {"id": CITY.id, "type": "City", "name": "Paris"}


def test_the_retrieval_of_linked_entities_starts_with_those_that_are_shown() -> None:
    subscription = a_subscription(notification={"join": "flat"})
    level: list[Linking] = to_link(subscription, [notified_of([BUILDING])], LATER)
    assert subscription.join is not None
    wanted = targets(level, core(), subscription.join, {})
    assert [target.id for target in wanted] == [CITY.id]
    found: dict[EntityId, Entity] = {CITY.id: CITY}
    assert [one.entity for one in follow(level, core(), subscription.join, found)] == [CITY]


def test_a_periodic_notification_shows_entities_as_they_are() -> None:
    message = build(
        a_subscription(timeInterval=5, notification={"format": "keyValues"}),
        core(),
        notification_id="urn:ngsi-ld:Notification:1",
        notified_at=LATER,
        notified=[Notified(entity=LEVEL), Notified(entity=CITY)],
    )
    assert [one["id"] for one in data_of(message)] == [RIVER, CITY.id]


def test_what_has_expired_meanwhile_is_not_sent() -> None:
    level: JsonObject = {"value": 1, "expiresAt": "2026-09-01T03:30:00Z"}
    (entity,) = data_of(notify(a_subscription(), created(waterLevel=level, name="豊平川")))
    assert set(entity) == {"id", "type", "name"}
