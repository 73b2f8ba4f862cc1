"""Subscription documents: what is taken, what is refused, what is printed back."""

from broker.ngsi.contexts import Context, build_context, core
from broker.ngsi.q.syntax import Compare, LinkedPath, Path, Text
from broker.ngsi.selection import OneType
from broker.ngsi.subscription import (
    Counters,
    SubscriptionStatus,
    Trigger,
    content_of,
    stored_of,
)
from broker.ngsi.subscription_document import compile_subscription, shown
from kit.json import JsonObject
from tests.subscribing import (
    ENDPOINT,
    GENERATED,
    LATER,
    NOW,
    a_document,
    a_subscription,
    a_subscription_in,
    take,
)

RIVERS = build_context(
    {
        "WaterLevelObserved": "https://rivers.example/WaterLevelObserved",
        "waterLevel": "https://rivers.example/waterLevel",
        "station": "https://rivers.example/station",
        "high": "https://rivers.example/high",
        "river": "https://rivers.example/",
    },
    {},
)
NO_COUNTERS = Counters()


def printed(document: JsonObject, given: Context, wanted: Context) -> JsonObject:
    return shown(take(document, given), NO_COUNTERS, wanted, NOW)


def test_the_least_document_is_taken_with_the_defaults_of_the_standard() -> None:
    subscription = compile_subscription(take(a_document()))
    assert subscription.triggers == {Trigger.ATTRIBUTE_CREATED, Trigger.ATTRIBUTE_UPDATED}
    assert subscription.endpoint.accept == "application/json"
    assert subscription.watched == frozenset()
    assert subscription.status(NOW) is SubscriptionStatus.ACTIVE


def test_a_document_without_id_gets_the_generated_one() -> None:
    assert take(a_document()).id == GENERATED
    assert (
        take(a_document(id="urn:ngsi-ld:Subscription:mine")).id == "urn:ngsi-ld:Subscription:mine"
    )


def test_local_only_needs_neither_entities_nor_watched_attributes() -> None:
    document = a_document(localOnly=True, timeInterval=60)
    del document["entities"]
    assert compile_subscription(take(document)).time_interval_s == 60


def test_all_words_of_the_standard_are_read() -> None:
    subscription = a_subscription(
        entities=[
            {"type": "(A;B)|C", "idPattern": "^urn:"},
            {"type": "*", "id": ["urn:a:1", "urn:a:2"]},
        ],
        watchedAttributes=["waterLevel"],
        notificationTrigger=["entityUpdated", "entityDeleted"],
        throttling=0.5,
        q='name=="Eiffel%20Tower"',
        geoQ={"georel": "near;maxDistance==1000", "geometry": "Point", "coordinates": "[1,2]"},
        scopeQ="/Hokkaido/#",
        datasetId=["urn:a:radar", "@none"],
        lang="ja",
        expiresAt="2030-01-01T00:00:00Z",
        ngsildConformance="1.6",
        notification={"join": "flat", "joinLevel": 2, "format": "concise", "sysAttrs": True},
        endpoint={
            "accept": "application/ld+json",
            "timeout": 3000,
            "cooldown": 10000,
            "receiverInfo": [{"key": "Authorization", "value": "Bearer x"}],
        },
    )
    assert subscription.triggers == frozenset(Trigger) - {Trigger.ENTITY_CREATED}
    assert subscription.throttling_s == 0.5
    assert subscription.wanted.selectors[1].ids == ("urn:a:1", "urn:a:2")
    assert isinstance(subscription.wanted.q, Compare)
    assert subscription.wanted.q.operand == Text("Eiffel Tower")
    assert subscription.wanted.geo is not None
    assert subscription.wanted.scopes is not None
    assert subscription.join is not None
    assert subscription.join.level == 2
    assert subscription.how.dataset_ids == frozenset({"urn:a:radar", "@none"})
    assert subscription.endpoint.receiver_info == (("Authorization", "Bearer x"),)
    assert subscription.endpoint.timeout_ms == 3000


def test_an_mqtt_endpoint_is_read_with_what_its_channel_needs() -> None:
    endpoint = a_subscription(
        endpoint={
            "uri": "mqtts://user:pass@broker.example:8884/a/b",
            "notifierInfo": [
                {"key": "MQTT-Version", "value": "mqtt3.1.1"},
                {"key": "MQTT-QoS", "value": "1"},
            ],
            "receiverInfo": [{"key": "two words", "value": "水位"}],
        }
    ).endpoint
    assert endpoint.is_mqtt
    assert dict(endpoint.notifier_info)["MQTT-QoS"] == "1"


def test_what_is_stored_is_read_back_without_a_context() -> None:
    stored = take(
        a_document(
            watchedAttributes=["waterLevel", "river:flow"],
            q="waterLevel>2;station{WaterLevelObserved:waterLevel}==3|state==high",
            expandValues="state",
            notification={"pick": ["id", "waterLevel"]},
        ),
        RIVERS,
    )
    again = stored_of(stored.id, content_of(stored), stored.created_at, stored.modified_at)
    assert again == stored
    read = compile_subscription(again)
    assert read.wanted.selectors[0].types == OneType("https://rivers.example/WaterLevelObserved")  # type: ignore[arg-type]  # an Iri is a str
    assert read.watched == {"https://rivers.example/waterLevel", "https://rivers.example/flow"}
    assert read.how.pick is not None
    assert "https://rivers.example/waterLevel" in read.how.pick.members
    text = repr(read.wanted.q)
    assert "https://rivers.example/station" in text
    assert "Text(value='https://rivers.example/high')" in text


def test_a_linked_path_keeps_its_hint_of_types() -> None:
    read = a_subscription_in(RIVERS, q="station{WaterLevelObserved:waterLevel}>1")
    assert isinstance(read.wanted.q, Compare)
    path = read.wanted.q.path
    assert isinstance(path, LinkedPath)
    assert path.types == ("https://rivers.example/WaterLevelObserved",)
    assert path.path == Path(("https://rivers.example/waterLevel",))  # type: ignore[arg-type]  # an Iri is a str


def test_members_are_printed_as_given_with_what_the_broker_says() -> None:
    document = a_document(id=GENERATED, datasetId=["urn:a:radar"], timeInterval=5)
    assert printed(document, core(), core()) == {
        **document,
        "notificationTrigger": ["attributeCreated", "attributeUpdated"],
        "status": "active",
    }


def test_names_are_printed_as_the_asking_context_has_them() -> None:
    document = a_document(
        watchedAttributes=["waterLevel"],
        q='waterLevel>2;station{WaterLevelObserved:waterLevel}=="waterLevel"',
        expandValues="waterLevel,other",
        geoQ={
            "georel": "within",
            "geometry": "Polygon",
            "coordinates": [[[0, 0], [0, 1], [1, 1], [0, 0]]],
            "geoproperty": "station",
        },
        notification={"omit": ["waterLevel", "station{waterLevel}"], "join": "inline"},
        entities=[{"type": "(WaterLevelObserved|Other)"}],
    )
    same = printed(document, RIVERS, RIVERS)
    for member in ("watchedAttributes", "q", "expandValues", "geoQ", "entities"):
        assert same[member] == document[member]
    core_alone = printed(document, RIVERS, core())
    level = "https://rivers.example/waterLevel"
    kind = "https://rivers.example/WaterLevelObserved"
    station = "https://rivers.example/station"
    assert core_alone["watchedAttributes"] == [level]
    assert core_alone["entities"] == [{"type": f"({kind}|Other)"}]
    assert core_alone["expandValues"] == f"{level},other"
    assert core_alone["q"] == f'{level}>2;{station}{{{kind}:{level}}}=="waterLevel"'
    geo, notification = core_alone["geoQ"], core_alone["notification"]
    assert isinstance(geo, dict)
    assert isinstance(notification, dict)
    assert geo["geoproperty"] == station
    assert notification["omit"] == [level, f"{station}{{{level}}}"]


def test_a_name_given_in_full_is_printed_short() -> None:
    document = a_document(watchedAttributes=["https://rivers.example/waterLevel"])
    assert printed(document, core(), RIVERS)["watchedAttributes"] == ["waterLevel"]


def test_what_only_the_broker_may_say_is_ignored_and_so_is_the_unknown() -> None:
    document = a_document(
        status="expired", createdAt="2000-01-01T00:00:00Z", __context="http://a.example/c"
    )
    notification = document["notification"]
    assert isinstance(notification, dict)
    notification |= {"timesSent": 42, "status": "failed"}
    shown_one = printed(document, core(), core())
    assert shown_one["status"] == "active"
    assert "__context" not in shown_one
    assert "createdAt" not in shown_one
    assert shown_one["notification"] == {"endpoint": {"uri": ENDPOINT}}


def test_counters_are_printed_in_the_notification() -> None:
    counters = Counters(
        times_sent=3, times_failed=1, last_notification=LATER, last_success=NOW, last_failure=LATER
    )
    notification = shown(take(a_document()), counters, core(), LATER)["notification"]
    assert notification == {
        "endpoint": {"uri": ENDPOINT},
        "status": "failed",
        "timesSent": 3,
        "timesFailed": 1,
        "lastNotification": "2026-09-01T04:00:00Z",
        "lastSuccess": "2026-09-01T03:00:00Z",
        "lastFailure": "2026-09-01T04:00:00Z",
    }


def test_system_attributes_are_printed_where_they_are_asked_for() -> None:
    document = shown(take(a_document()), NO_COUNTERS, core(), NOW, sys_attrs=True)
    assert document["createdAt"] == document["modifiedAt"] == "2026-09-01T03:00:00Z"
