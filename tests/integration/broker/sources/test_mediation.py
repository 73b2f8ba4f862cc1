"""A client of an external tenant meets one platform, though its data are at another."""

from tests.conformance.receiving import receiving
from tests.platforms import Client

SHELTER = {
    "id": "urn:ngsi-ld:EvacuationShelter:1",
    "type": "EvacuationShelter",
    "capacity": {"type": "Property", "value": 480},
}


def test_what_is_created_here_is_there_and_is_read_back(here: Client, there: Client) -> None:
    created = here.send("POST", "/entities", SHELTER)
    assert created.status_code == 201, created.text
    assert created.headers["location"] == f"/ngsi-ld/v1/entities/{SHELTER['id']}"
    assert created.headers["ngsild-tenant"] == here.tenant
    assert there.get(f"/entities/{SHELTER['id']}").json() == SHELTER
    read = here.get(f"/entities/{SHELTER['id']}")
    assert read.json() == SHELTER
    assert read.headers["ngsild-tenant"] == here.tenant
    assert read.headers["content-type"] == "application/json"
    assert 'rel="http://www.w3.org/ns/json-ld#context"' in read.headers["link"]
    assert here.send("DELETE", f"/entities/{SHELTER['id']}").status_code == 204
    assert there.get(f"/entities/{SHELTER['id']}").status_code == 404


def test_a_notification_arrives_over_the_relay(here: Client, there: Client) -> None:
    with receiving() as receiver:
        document = {
            "type": "Subscription",
            "entities": [{"type": "EvacuationShelter"}],
            "notification": {
                "endpoint": {
                    "uri": receiver.url,
                    "receiverInfo": [{"key": "Authorization", "value": "Bearer secret"}],
                }
            },
        }
        created = here.send("POST", "/subscriptions", document)
        assert created.status_code == 201, created.text
        path = created.headers["location"].removeprefix("/ngsi-ld/v1")
        at_source = there.get(path).json()["notification"]["endpoint"]
        assert at_source["uri"].startswith(f"{here.url}/broker/v1/relay/")
        assert "receiverInfo" not in at_source
        shown = here.get(path).json()["notification"]["endpoint"]
        assert shown["uri"] == receiver.url
        assert shown["receiverInfo"] == [{"key": "Authorization", "value": "******"}]
        here.create(SHELTER)
        notified = receiver.next()
        assert notified.data == [SHELTER]
        assert notified.headers["ngsild-tenant"] == here.tenant
        assert notified.headers["authorization"] == "Bearer secret"
        assert here.send("DELETE", path).status_code == 204
        assert here.get(path).status_code == 404
