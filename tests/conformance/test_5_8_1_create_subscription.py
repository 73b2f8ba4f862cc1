"""Create Subscription: CIM 009 §5.8.1, over HTTP §6.10.3.1."""

import pytest

from kit.json import JsonObject, JsonValue
from tests.conformance.serving import Served
from tests.conformance.subscribed import (
    ENDPOINT,
    ERRORS,
    FLOOD,
    SUBSCRIPTIONS,
    a_subscription,
    subscribe,
)
from tests.platforms import Client

PATH = f"{SUBSCRIPTIONS}/{FLOOD}"


def test_a_created_subscription_is_answered_with_201_its_location_and_no_body(
    client: Client,
) -> None:
    answer = client.send("POST", SUBSCRIPTIONS, a_subscription())
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/ngsi-ld/v1{PATH}"
    assert answer.content == b""


def test_a_created_subscription_is_there_as_it_was_given(client: Client) -> None:
    given = a_subscription(
        subscriptionName="洪水",
        description="豊平川の水位",
        watchedAttributes=["waterLevel"],
        q="waterLevel>2.5",
        scopeQ="/Hokkaido/#",
        throttling=5,
        notificationTrigger=["attributeUpdated"],
        isActive=True,
        expiresAt="2099-01-01T00:00:00Z",
        notification={"format": "concise", "sysAttrs": True, "pick": ["id", "waterLevel"]},
    )
    subscribe(client, given)
    found = client.get(PATH).json()
    assert found.pop("status") == "active"
    assert found.pop("jsonldContext").startswith("https://uri.etsi.org/ngsi-ld/v1/")
    assert found == given


def test_without_id_it_gets_one_of_its_own(client: Client) -> None:
    document = a_subscription()
    del document["id"]
    first, second = subscribe(client, document), subscribe(client, document)
    assert first != second
    assert client.get(first).json()["id"].startswith("urn:ngsi-ld:Subscription:")


def test_the_default_trigger_and_the_status_are_printed_and_is_active_is_not(
    client: Client,
) -> None:
    subscribe(client, a_subscription())
    found = client.get(PATH).json()
    assert found["notificationTrigger"] == ["attributeCreated", "attributeUpdated"]
    assert found["status"] == "active"
    assert "isActive" not in found
    assert found["notification"] == {"endpoint": {"uri": ENDPOINT}}


def test_an_inactive_subscription_is_paused_from_the_start(client: Client) -> None:
    subscribe(client, a_subscription(isActive=False))
    assert client.get(PATH).json()["status"] == "paused"


def test_an_id_that_is_taken_is_refused_and_the_first_stays(client: Client) -> None:
    subscribe(client, a_subscription(subscriptionName="first"))
    answer = client.send("POST", SUBSCRIPTIONS, a_subscription(subscriptionName="second"))
    assert answer.status_code == 409
    assert answer.json()["type"] == ERRORS + "AlreadyExists"
    assert client.get(PATH).json()["subscriptionName"] == "first"


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        a_subscription(id="invalidId"),
        a_subscription(id=""),
        a_subscription(type="Entity"),
        a_subscription(entities=[]),
        a_subscription(throttling=-30),
        a_subscription(throttling=30, timeInterval=10),
        a_subscription(timeInterval=5, watchedAttributes=["a"]),
        a_subscription(notificationTrigger=["entityChanged"]),
        a_subscription(expiresAt="2000-01-01T00:00:00Z"),
        a_subscription(q="(("),
        a_subscription(csf="(("),
        a_subscription(description=None),
        a_subscription(notification={"format": "keyValues", "showChanges": True}),
        a_subscription(notification={"pick": ["id"], "omit": ["id"]}),
        a_subscription(notification={"attributes": ["a"], "pick": ["a"]}),
        a_subscription(notification={"attributes": []}),
        a_subscription(notification={"endpoint": {"receiverInfo": [{"key": "K", "value": 42}]}}),
        a_subscription(uri="not a uri"),
        a_subscription(jsonldContext="unknownContext"),
    ],
)
def test_what_is_no_valid_subscription_is_refused_and_not_stored(
    client: Client, wrong: JsonObject
) -> None:
    answer = client.send("POST", SUBSCRIPTIONS, wrong)
    assert answer.status_code == 400, answer.text
    assert answer.json()["type"] == ERRORS + "BadRequestData"
    assert answer.json()["detail"]
    assert client.get(SUBSCRIPTIONS).json() == []


def test_what_is_no_json_is_refused(client: Client) -> None:
    headers = {"Content-Type": "application/json"}
    answer = client.send("POST", SUBSCRIPTIONS, headers=headers, content=b'{"id":,}')
    assert answer.status_code == 400
    assert answer.json()["type"] == ERRORS + "InvalidRequest"


@pytest.mark.parametrize(
    "uri", ["http://10.0.0.1/notify", "http://[fd00::1]/", "mqtt://10.1.1.1/t"]
)
def test_an_endpoint_where_nobody_may_go_is_refused(client: Client, uri: str) -> None:
    answer = client.send("POST", SUBSCRIPTIONS, a_subscription(uri=uri))
    assert answer.status_code == 400
    assert answer.json()["type"] == ERRORS + "BadRequestData"


def test_an_endpoint_whose_host_has_no_address_yet_is_taken(client: Client) -> None:
    subscribe(client, a_subscription(uri="http://receiver.invalid/notify"))


def test_a_context_that_cannot_be_had_is_said_to_be_unavailable(
    client: Client, elsewhere: Served
) -> None:
    for document in (
        a_subscription(jsonldContext=f"{elsewhere.url}/missing.jsonld"),
        {**a_subscription(), "@context": f"{elsewhere.url}/missing.jsonld"},
    ):
        answer = client.send("POST", SUBSCRIPTIONS, document)
        assert answer.status_code == 504
        assert answer.json()["type"] == ERRORS + "LdContextNotAvailable"


def test_what_is_no_context_is_refused(client: Client, elsewhere: Served) -> None:
    url = elsewhere.put("/subscription-no-context.json", {"no": "context"})
    answer = client.send("POST", SUBSCRIPTIONS, a_subscription(jsonldContext=url))
    assert answer.status_code == 400
    assert answer.json()["type"] == ERRORS + "BadRequestData"


def test_names_mean_what_the_context_says(client: Client, elsewhere: Served) -> None:
    terms: JsonObject = {
        "水位": "https://rivers.example/waterLevel",
        "River": "https://rivers.example/River",
    }
    url = elsewhere.put("/subscription-rivers.jsonld", {"@context": terms})
    document: JsonObject = {
        **a_subscription(entities=[{"type": "River"}], watchedAttributes=["水位"], q="水位>2"),
        "@context": url,
    }
    subscribe(client, document)
    plain = client.get(PATH).json()
    assert plain["entities"] == [{"type": "https://rivers.example/River"}]
    assert plain["watchedAttributes"] == ["https://rivers.example/waterLevel"]
    assert plain["jsonldContext"] == url
    link = f'<{url}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
    named = client.send("GET", PATH, headers={"Link": link}).json()
    assert named["entities"] == [{"type": "River"}]
    assert named["watchedAttributes"] == ["水位"]
    assert named["q"] == "水位>2"


def test_a_context_without_an_address_is_given_one(client: Client) -> None:
    inline: JsonValue = {"水位": "https://rivers.example/waterLevel"}
    subscribe(client, {**a_subscription(), "@context": [inline]})
    address = client.get(PATH).json()["jsonldContext"]
    assert "/ngsi-ld/v1/jsonldContexts/" in address


def test_secrets_are_not_shown_again(client: Client) -> None:
    pairs: list[JsonValue] = [
        {"key": "Authorization", "value": "Bearer hush"},
        {"key": "X-Colour", "value": "blue"},
    ]
    subscribe(client, a_subscription(notification={"endpoint": {"receiverInfo": pairs}}))
    answer = client.get(PATH)
    assert "hush" not in answer.text
    assert answer.json()["notification"]["endpoint"]["receiverInfo"] == [
        {"key": "Authorization", "value": "******"},
        {"key": "X-Colour", "value": "blue"},
    ]
