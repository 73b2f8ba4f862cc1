"""Matching: which changes a subscription is notified of (§5.8.6), and the index that finds it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.ngsi.changes import Change
from broker.ngsi.entity import Entity
from broker.ngsi.matching_index import SubscriptionIndex
from broker.ngsi.names import EntityId
from broker.ngsi.subscription import Subscription, SubscriptionId
from broker.ngsi.triggering import happened, is_due
from kit.json import JsonObject, JsonValue
from tests.subscribing import (
    RIVER,
    a_subscription,
    an_entity,
    appended,
    created,
    deleted,
    merged,
    updated,
    without,
)

LEVEL = an_entity(waterLevel=2.4, name="豊平川", scope="/Hokkaido/Sapporo")
HERE: JsonObject = {"type": "Point", "coordinates": [141.35, 43.06]}
FAR: JsonObject = {"type": "Point", "coordinates": [139.7, 35.6]}


def matched(subscription: Subscription, change: Change, *linked: Entity) -> bool:
    known = {one.id: one for one in linked}
    found = SubscriptionIndex([subscription]).match(change, known.get)
    assert len(found) <= 1
    return bool(found)


def with_triggers(*triggers: str, **members: JsonValue) -> Subscription:
    return a_subscription(notificationTrigger=list[JsonValue](triggers), **members)


def test_by_default_created_and_updated_attributes_are_notified_and_deleted_ones_not() -> None:
    subscription = a_subscription()
    assert matched(subscription, created(waterLevel=2))
    assert matched(subscription, updated(LEVEL, waterLevel=3))
    assert matched(subscription, appended(LEVEL, flow=3))
    assert not matched(subscription, without(LEVEL, "waterLevel"))
    assert not matched(subscription, deleted(LEVEL))


def test_an_entity_without_attributes_is_created_unnoticed_but_by_entity_created() -> None:
    assert not matched(a_subscription(), created())
    assert matched(with_triggers("entityCreated"), created())


def test_entity_updated_means_all_that_can_happen_to_an_attribute() -> None:
    subscription = with_triggers("entityUpdated")
    assert matched(subscription, appended(LEVEL, flow=3))
    assert matched(subscription, updated(LEVEL, waterLevel=3))
    assert matched(subscription, without(LEVEL, "waterLevel"))


def test_each_trigger_waits_for_its_kind_of_change_alone() -> None:
    assert not matched(with_triggers("attributeCreated"), updated(LEVEL, waterLevel=3))
    assert not matched(with_triggers("attributeUpdated"), appended(LEVEL, flow=3))
    assert not matched(with_triggers("attributeDeleted"), updated(LEVEL, waterLevel=3))
    assert not matched(with_triggers("entityCreated"), updated(LEVEL, waterLevel=3))
    assert not matched(with_triggers("entityDeleted"), without(LEVEL, "waterLevel"))


def test_writing_the_same_value_again_notifies_nobody() -> None:
    assert not matched(a_subscription(), updated(LEVEL, waterLevel=2.4))
    assert not matched(a_subscription(), merged(LEVEL, waterLevel=2.4))
    observed: JsonObject = {"value": 2.4, "observedAt": "2026-09-01T03:30:00Z"}
    assert matched(a_subscription(), updated(LEVEL, waterLevel=observed))


def test_only_watched_attributes_count() -> None:
    subscription = a_subscription(watchedAttributes=["waterLevel"])
    assert matched(subscription, updated(LEVEL, waterLevel=3))
    assert not matched(subscription, updated(LEVEL, name="創成川"))
    assert matched(subscription, updated(LEVEL, name="創成川", waterLevel=3))


def test_a_change_of_a_child_is_a_change_of_the_attribute() -> None:
    accuracy: JsonObject = {"value": 2.4, "accuracy": 0.1}
    assert matched(
        a_subscription(watchedAttributes=["waterLevel"]), merged(LEVEL, waterLevel=accuracy)
    )


def test_watched_attributes_alone_subscribe_every_entity_that_has_one() -> None:
    subscription = replace(
        a_subscription(watchedAttributes=["waterLevel"], entities=[{"type": "*"}])
    )
    bare = replace(subscription, wanted=replace(subscription.wanted, selectors=()))
    assert matched(bare, updated(an_entity(type_="Anything", waterLevel=1), waterLevel=3))
    whole = replace(bare, triggers=with_triggers("entityCreated", "entityDeleted").triggers)
    assert matched(whole, created(type_="Anything", waterLevel=1))
    assert matched(whole, deleted(LEVEL))
    assert not matched(whole, created(type_="Anything", flow=1))


def test_entity_created_and_deleted_do_not_ask_for_watched_attributes() -> None:
    subscription = with_triggers("entityCreated", "entityDeleted", watchedAttributes=["other"])
    assert matched(subscription, created(waterLevel=1))
    assert matched(subscription, deleted(LEVEL))


def test_deleting_an_entity_deletes_its_attributes() -> None:
    assert matched(with_triggers("attributeDeleted"), deleted(LEVEL))
    assert matched(
        with_triggers("attributeDeleted", watchedAttributes=["waterLevel"]), deleted(LEVEL)
    )
    assert not matched(
        with_triggers("attributeDeleted", watchedAttributes=["flow"]), deleted(LEVEL)
    )


@pytest.mark.parametrize(
    ("selector", "is_meant"),
    [
        ({"type": "WaterLevelObserved"}, True),
        ({"type": "Other"}, False),
        ({"type": "*"}, True),
        ({"type": "(Other|WaterLevelObserved)"}, True),
        ({"type": "(WaterLevelObserved;Sensor)"}, True),
        ({"type": "(WaterLevelObserved;Other)"}, False),
        ({"type": "*", "id": RIVER}, True),
        ({"type": "*", "id": ["urn:a:b", RIVER]}, True),
        ({"type": "*", "id": "urn:a:b"}, False),
        ({"type": "Other", "id": RIVER}, False),
        ({"type": "*", "idPattern": "toyohira-[0-9]$"}, True),
        ({"type": "*", "idPattern": "^toyohira"}, False),
        ({"type": "*", "id": RIVER, "idPattern": "^toyohira"}, True),
    ],
)
def test_a_selector_means_entities_by_type_id_and_pattern(
    selector: JsonObject, is_meant: bool
) -> None:
    subscription = a_subscription(entities=[selector])
    both = created(type_=["Sensor", "WaterLevelObserved"], waterLevel=1)
    assert matched(subscription, both) is is_meant
    second = a_subscription(entities=[{"type": "Nothing"}, selector])
    assert matched(second, both) is is_meant


def test_the_state_that_results_must_satisfy_q() -> None:
    subscription = a_subscription(q="waterLevel>2.5")
    assert matched(subscription, updated(LEVEL, waterLevel=2.8))
    assert not matched(subscription, updated(LEVEL, waterLevel=2.2))
    high = an_entity(waterLevel=3)
    assert not matched(subscription, updated(high, waterLevel=1))
    assert matched(subscription, updated(high, name="豊平川"))


def test_a_text_in_q_finds_its_subscription_wherever_it_stands() -> None:
    for q in ('name=="豊平川"', 'waterLevel>1;name=="豊平川"', 'name=="豊平川";waterLevel>1'):
        assert matched(a_subscription(q=q), updated(LEVEL, waterLevel=3))
    assert not matched(a_subscription(q='name=="創成川"'), updated(LEVEL, waterLevel=3))
    assert matched(a_subscription(q='name=="創成川"|waterLevel>1'), updated(LEVEL, waterLevel=3))
    assert matched(a_subscription(q='tags=="b"'), created(tags=["a", "b"]))
    assert matched(a_subscription(q='address[city]=="札幌"'), created(address={"city": "札幌"}))


def test_numbers_in_q_are_bounds_that_values_of_any_size_keep() -> None:
    def holds(q: str, value: JsonValue) -> bool:
        return matched(a_subscription(q=q), created(waterLevel=value))

    assert holds("waterLevel>=2", 2)
    assert not holds("waterLevel>2", 2)
    assert holds("waterLevel<3", 2.5)
    assert not holds("waterLevel<2", 2.5)
    assert holds("waterLevel==2..3", 3)
    assert not holds("waterLevel==2..3", 4)
    assert holds("waterLevel>2", 10**30)
    assert holds("waterLevel<2", -(10**30))
    assert holds("waterLevel>1000000000000000000000", 10**30)
    assert not holds("waterLevel>2", "3")
    assert not holds("waterLevel>2", [3])
    both: JsonValue = [{"value": 1}, {"value": 3, "datasetId": "urn:a:b"}]
    assert holds("waterLevel>2", both)
    assert holds("waterLevel<2", both)


def test_of_a_deleted_entity_the_last_state_must_satisfy_q() -> None:
    assert matched(with_triggers("entityDeleted", q="waterLevel>2"), deleted(LEVEL))
    assert not matched(with_triggers("entityDeleted", q="waterLevel>3"), deleted(LEVEL))


def test_a_deleted_attribute_satisfies_no_condition_any_more() -> None:
    gone = without(LEVEL, "waterLevel")
    assert not matched(with_triggers("attributeDeleted", q="waterLevel"), gone)
    assert matched(with_triggers("attributeDeleted", q="!waterLevel"), gone)


def test_place_and_scope_are_conditions_too() -> None:
    geo: JsonObject = {
        "georel": "near;maxDistance==2000",
        "geometry": "Point",
        "coordinates": [141.35, 43.061],
    }
    near = a_subscription(geoQ=geo)
    assert matched(near, created(location=HERE))
    assert not matched(near, created(location=FAR))
    several: JsonValue = [
        {"value": FAR},
        {"value": HERE, "datasetId": "urn:a:gps"},
    ]
    assert matched(near, created(location=several))
    assert matched(a_subscription(scopeQ="/Hokkaido/#"), updated(LEVEL, waterLevel=3))
    assert not matched(a_subscription(scopeQ="/Tokyo"), updated(LEVEL, waterLevel=3))


def test_linked_entities_are_looked_up_where_q_leads_to_them() -> None:
    subscription = a_subscription(q="measuredBy{poweredBy{level}}<0.5")
    change = created(measuredBy={"object": "urn:a:device"})
    device = an_entity("urn:a:device", "Device", poweredBy={"object": "urn:a:battery"})
    low = an_entity("urn:a:battery", "Battery", level=0.3)
    full = an_entity("urn:a:battery", "Battery", level=0.9)
    assert matched(subscription, change, device, low)
    assert not matched(subscription, change, device, full)
    assert not matched(subscription, change)


def test_the_index_names_the_linked_entities_it_needs_until_it_knows_them() -> None:
    index = SubscriptionIndex([a_subscription(q="measuredBy{poweredBy{level}}<0.5")])
    change = created(measuredBy={"object": "urn:a:device"})
    known: dict[EntityId, Entity | None] = {}
    assert index.needs_linked(change, known) == {"urn:a:device"}
    known[EntityId("urn:a:device")] = an_entity(
        "urn:a:device", "Device", poweredBy={"object": "urn:a:battery"}
    )
    assert index.needs_linked(change, known) == {"urn:a:battery"}
    known[EntityId("urn:a:battery")] = None
    assert index.needs_linked(change, known) == frozenset()


def test_an_index_without_linked_paths_needs_nothing() -> None:
    index = SubscriptionIndex([a_subscription(q="measuredBy")])
    assert index.needs_linked(created(measuredBy={"object": "urn:a:device"})) == frozenset()


def test_a_paused_an_expired_and_a_periodic_subscription_are_not_notified() -> None:
    change = updated(LEVEL, waterLevel=3)
    assert not matched(a_subscription(isActive=False), change)
    assert not matched(a_subscription(expiresAt="2026-09-01T03:30:00Z"), change)
    assert matched(a_subscription(expiresAt="2026-09-01T04:30:00Z"), change)
    assert not matched(a_subscription(timeInterval=5), change)


def test_matches_come_in_the_order_of_the_subscriptions_each_once() -> None:
    both = a_subscription(entities=[{"type": "Sensor"}, {"type": "WaterLevelObserved"}])
    every = a_subscription(entities=[{"type": "*"}])
    named = [
        replace(one, id=SubscriptionId(f"urn:ngsi-ld:Subscription:{name}"))
        for name, one in zip("dbca", [both, every, both, every], strict=True)
    ]
    change = created(type_=["Sensor", "WaterLevelObserved"], waterLevel=1)
    found = SubscriptionIndex(named).match(change)
    assert [match.subscription.id for match in found] == [one.id for one in named]
    assert all(match.change is change for match in found)


TYPES = st.sampled_from(["A", "B", "C"])
NAMES = st.sampled_from(["p", "q", "r"])
SELECTIONS = st.sampled_from(["A", "B", "(A;B)", "(A|C)", "(A;B)|C", "*"])
SELECTORS = st.builds(
    lambda types, more: cast("JsonObject", {"type": types, **more}),
    SELECTIONS,
    st.sampled_from(
        [
            {},
            {"id": "urn:x:1"},
            {"id": ["urn:x:1", "urn:x:2"]},
            {"idPattern": "1$"},
            {"idPattern": "^urn:x:1?"},
        ]
    ),
)
CONDITIONS = st.sampled_from(
    [
        "p==1..2",
        "q<2;p",
        'p>=1;q=="a"',
        'p=="a"',
        "p",
        "!p",
        'q=="b";p',
        'p=="a"|q=="b"',
        "r>1",
        'p!="a"',
    ]
)
TRIGGERS = st.sampled_from(
    (
        "entityCreated",
        "entityUpdated",
        "entityDeleted",
        "attributeCreated",
        "attributeUpdated",
        "attributeDeleted",
    )
)
VALUES: st.SearchStrategy[JsonValue] = st.sampled_from(["a", "b", 1, 2, ["a", "b"]])
ATTRIBUTES = st.dictionaries(NAMES, VALUES, max_size=3)


@st.composite
def subscriptions(draw: st.DrawFn) -> Subscription:
    members: JsonObject = {}
    if draw(st.booleans()):
        members["watchedAttributes"] = list[JsonValue](
            draw(st.lists(NAMES, min_size=1, unique=True))
        )
    if draw(st.booleans()):
        members["q"] = draw(CONDITIONS)
    if draw(st.booleans()):
        members["notificationTrigger"] = list[JsonValue](
            draw(st.lists(TRIGGERS, min_size=1, unique=True))
        )
    members["entities"] = list[JsonValue](draw(st.lists(SELECTORS, min_size=1, max_size=2)))
    return a_subscription(**members)


@st.composite
def changes(draw: st.DrawFn) -> Change:
    first = created(
        draw(st.sampled_from(["urn:x:1", "urn:x:2"])),
        cast("JsonValue", draw(st.lists(TYPES, min_size=1, max_size=2, unique=True))),
        **draw(ATTRIBUTES),
    )
    entity = first.after
    assert entity is not None
    kind = draw(st.sampled_from(["created", "deleted", "updated"]))
    if kind == "updated":
        given = draw(st.dictionaries(NAMES, VALUES, min_size=1, max_size=3))
        return updated(entity, **given)
    return first if kind == "created" else deleted(entity)


@settings(max_examples=150)
@given(st.lists(subscriptions(), max_size=5), changes())
def test_together_in_an_index_the_same_match_as_each_alone(
    given_ones: Sequence[Subscription], change: Change
) -> None:
    named = [
        replace(one, id=SubscriptionId(f"urn:s:{position}"))
        for position, one in enumerate(given_ones)
    ]
    alone = [one.id for one in named if is_due(one, happened(change))]
    found = [match.subscription.id for match in SubscriptionIndex(named).match(change)]
    assert found == alone
