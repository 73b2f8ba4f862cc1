"""Subscription documents that are refused, and where they are said to be wrong."""

import pytest

from broker.ngsi.errors import BadRequestData
from broker.ngsi.names import NULL
from kit.json import JsonObject, JsonValue
from tests.subscribing import ENDPOINT, a_document, take


@pytest.mark.parametrize(
    ("members", "where"),
    [
        ({"id": "no uri"}, "/id"),
        ({"type": "Entity"}, "/type"),
        ({"subscriptionName": 5}, "/subscriptionName"),
        ({"description": ["a"]}, "/description"),
        ({"entities": []}, "/entities"),
        ({"entities": "AED"}, "/entities"),
        ({"entities": [{"id": "urn:a:b"}]}, "/entities/0/type"),
        ({"entities": [{"type": ""}]}, "/entities/0/type"),
        ({"entities": [{"type": "A;;B"}]}, "/entities/0/type"),
        ({"entities": [{"type": "A", "id": "no uri"}]}, "/entities/0/id"),
        ({"entities": [{"type": "A", "id": []}]}, "/entities/0/id"),
        ({"entities": [{"type": "A", "idPattern": "("}]}, "/entities/0/idPattern"),
        ({"entities": [{"type": "A", "idpattern": "a"}]}, "/entities/0"),
        ({"entities": [{"type": "*"}], "localOnly": False}, "/entities/0/type"),
        ({"watchedAttributes": []}, "/watchedAttributes"),
        ({"watchedAttributes": ["9lives"]}, "/watchedAttributes"),
        ({"watchedAttributes": [5]}, "/watchedAttributes"),
        ({"notificationTrigger": []}, "/notificationTrigger"),
        ({"notificationTrigger": ["entityChanged"]}, "/notificationTrigger"),
        ({"timeInterval": 0}, "/timeInterval"),
        ({"timeInterval": "5"}, "/timeInterval"),
        ({"timeInterval": True}, "/timeInterval"),
        ({"timeInterval": 5, "throttling": 5}, "/throttling"),
        ({"timeInterval": 5, "watchedAttributes": ["a"]}, "/watchedAttributes"),
        ({"throttling": -30}, "/throttling"),
        ({"throttling": 1e300}, "/throttling"),
        ({"q": "(("}, "q"),
        ({"q": ""}, "/q"),
        ({"csf": "(("}, "csf"),
        ({"scopeQ": "//"}, "scopeQ"),
        ({"geoQ": {"georel": "within"}}, "/geoQ"),
        ({"geoQ": {"georel": "round", "geometry": "Point", "coordinates": [1, 2]}}, "georel"),
        ({"geoQ": {"georel": "within", "geometry": "Point", "coordinates": "x"}}, "coordinates"),
        ({"geoQ": [1]}, "/geoQ"),
        ({"temporalQ": "before"}, "/temporalQ"),
        ({"datasetId": []}, "/datasetId"),
        ({"datasetId": ["no uri"]}, "/datasetId"),
        ({"lang": "not a language!"}, "lang"),
        ({"expiresAt": "tomorrow"}, "/expiresAt"),
        ({"expiresAt": "2000-01-01T00:00:00Z"}, "/expiresAt"),
        ({"isActive": "true"}, "/isActive"),
        ({"localOnly": 1}, "/localOnly"),
        ({"splitEntities": "no"}, "/splitEntities"),
        ({"ngsildConformance": "latest"}, "/ngsildConformance"),
        ({"expandValues": "a,,b"}, "/expandValues"),
        ({"jsonKeys": 5}, "/jsonKeys"),
        ({"jsonldContext": 5}, "/jsonldContext"),
        ({"description": None}, "/description"),
        ({"description": NULL}, "/description"),
        ({"entities": [{"type": None}]}, "/entities/0/type"),
    ],
)
def test_a_member_that_breaks_its_rule_is_refused_at_its_place(
    members: JsonObject, where: str
) -> None:
    with pytest.raises(BadRequestData) as refusal:
        take({**a_document(), **members})
    assert refusal.value.where == where


@pytest.mark.parametrize(
    ("notification", "where"),
    [
        ({"format": "normalised"}, "/notification/format"),
        ({"format": "keyValues", "showChanges": True}, "/notification/showChanges"),
        ({"format": "simplified", "showChanges": True}, "/notification/showChanges"),
        ({"attributes": []}, "/notification/attributes"),
        ({"pick": []}, "/notification/pick"),
        ({"omit": []}, "/notification/omit"),
        ({"attributes": ["id"]}, "/notification/attributes"),
        ({"attributes": ["scope"]}, "/notification/attributes"),
        ({"attributes": ["a"], "pick": ["a"]}, "/notification"),
        ({"attributes": ["a"], "omit": ["b"]}, "/notification"),
        ({"pick": ["id"], "omit": ["id"]}, "/notification"),
        ({"pick": ["managedBy{name}"]}, "/notification"),
        ({"pick": ["managedBy{name"], "join": "inline"}, "/notification/pick"),
        ({"join": "sideways"}, "/notification/join"),
        ({"join": "flat", "joinLevel": 0}, "/notification/joinLevel"),
        ({"join": "flat", "joinLevel": True}, "/notification/joinLevel"),
        ({"sysAttrs": "yes"}, "/notification/sysAttrs"),
        ({"showChanges": 1}, "/notification/showChanges"),
    ],
)
def test_notification_params_that_break_their_rule_are_refused(
    notification: JsonObject, where: str
) -> None:
    with pytest.raises(BadRequestData) as refusal:
        take(a_document(notification=notification))
    assert refusal.value.where == where


@pytest.mark.parametrize(
    ("endpoint", "where"),
    [
        ({"uri": "ftp://a.example/x"}, "uri"),
        ({"uri": "not a uri"}, "uri"),
        ({"uri": "http://"}, "uri"),
        ({"uri": "http://a.example:99999/"}, "uri"),
        ({"uri": "http://[::1/"}, "uri"),
        ({"uri": "http://user:pass@a.example/"}, "uri"),
        ({"uri": "mqtt://a.example"}, "uri"),
        ({"uri": "mqtt://a.example/all/#"}, "uri"),
        ({"uri": "mqtt://a.example/t", "accept": "application/geo+json"}, "accept"),
        ({"accept": "text/plain"}, "accept"),
        ({"timeout": 0}, "timeout"),
        ({"cooldown": "5"}, "cooldown"),
        ({"receiverInfo": [{"key": "K", "value": 42}]}, "receiverInfo"),
        ({"receiverInfo": [{"key": "K"}]}, "receiverInfo"),
        ({"receiverInfo": {"key": "K", "value": "v"}}, "receiverInfo"),
        ({"receiverInfo": [{"key": "two words", "value": "v"}]}, "receiverInfo"),
        ({"receiverInfo": [{"key": "K", "value": "a\r\nb: c"}]}, "receiverInfo"),
        ({"receiverInfo": [{"key": "Content-Length", "value": "0"}]}, "receiverInfo"),
        ({"notifierInfo": [{"key": "K", "value": {"a": 1}}]}, "notifierInfo"),
        (
            {"uri": "mqtt://a.example/t", "notifierInfo": [{"key": "MQTT-QoS", "value": "3"}]},
            "notifierInfo",
        ),
        (
            {"uri": "mqtt://a.example/t", "notifierInfo": [{"key": "MQTT-Version", "value": "4"}]},
            "notifierInfo",
        ),
    ],
)
def test_an_endpoint_that_breaks_a_rule_is_refused(endpoint: JsonObject, where: str) -> None:
    with pytest.raises(BadRequestData) as refusal:
        take(a_document(endpoint=endpoint))
    assert refusal.value.where == f"/notification/endpoint/{where}"


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"type": "Subscription", "entities": [{"type": "A"}]},
        {"type": "Subscription", "entities": [{"type": "A"}], "notification": {}},
        {"type": "Subscription", "notification": {"endpoint": {"uri": ENDPOINT}}},
        {"type": "Subscription", "entities": [{"type": "A"}], "notification": {"endpoint": {}}},
        {
            "type": "Subscription",
            "watchedAttributes": ["a"],
            "timeInterval": 5,
            "notification": {"endpoint": {"uri": ENDPOINT}},
        },
    ],
    ids=[
        "nothing",
        "no notification",
        "no endpoint",
        "neither entities nor watchedAttributes",
        "no uri",
        "an interval without entities",
    ],
)
def test_a_document_that_lacks_something_is_refused(document: JsonObject) -> None:
    with pytest.raises(BadRequestData):
        take(document)


def test_a_deeply_nested_document_is_refused_and_not_an_accident() -> None:
    deep: JsonValue = []
    for _ in range(900):
        deep = [deep]
    with pytest.raises(BadRequestData, match="deeper"):
        take(a_document(description=deep))
