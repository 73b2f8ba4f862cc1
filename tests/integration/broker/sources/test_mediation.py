"""A client of an external tenant meets one platform, though its data are at another."""

from kit.json import JsonObject
from tests.conformance.receiving import receiving
from tests.platforms import Client

ID = "urn:ngsi-ld:EvacuationShelter:1"
SHELTER: JsonObject = {
    "id": ID,
    "type": "EvacuationShelter",
    "capacity": {"type": "Property", "value": 480},
}


def shelter(number: int) -> JsonObject:
    return {**SHELTER, "id": f"urn:ngsi-ld:EvacuationShelter:{number}"}


def test_what_is_created_here_is_there_and_is_read_back(here: Client, there: Client) -> None:
    created = here.send("POST", "/entities", SHELTER)
    assert created.status_code == 201, created.text
    assert created.headers["location"] == f"/ngsi-ld/v1/entities/{ID}"
    assert created.headers["ngsild-tenant"] == here.tenant
    assert there.get(f"/entities/{ID}").json() == SHELTER
    read = here.get(f"/entities/{ID}")
    assert read.json() == SHELTER
    assert read.headers["ngsild-tenant"] == here.tenant
    assert read.headers["content-type"] == "application/json"
    assert 'rel="http://www.w3.org/ns/json-ld#context"' in read.headers["link"]
    assert here.send("DELETE", f"/entities/{ID}").status_code == 204
    assert there.get(f"/entities/{ID}").status_code == 404


def test_a_refusal_is_told_as_ours(here: Client) -> None:
    here.create(shelter(2))
    absent = here.get(f"/entities/{ID}")
    assert absent.status_code == 404
    assert absent.headers["content-type"] == "application/json"
    assert absent.json()["type"] == "https://uri.etsi.org/ngsi-ld/errors/ResourceNotFound"
    assert absent.json()["status"] == 404
    here.create(SHELTER)
    again = here.send("POST", "/entities", SHELTER)
    assert again.status_code == 409
    assert again.json()["type"] == "https://uri.etsi.org/ngsi-ld/errors/AlreadyExists"
    broken = here.send("POST", "/entities", {"id": "no uri", "type": "X"})
    assert broken.status_code == 400
    assert broken.json()["type"] == "https://uri.etsi.org/ngsi-ld/errors/BadRequestData"


def test_pages_are_on_our_path(here: Client) -> None:
    created = here.send("POST", "/entityOperations/create", [shelter(n) for n in range(5)])
    assert created.status_code == 201, created.text
    first = here.get("/entities", type="EvacuationShelter", limit="2", count="true")
    assert first.headers["ngsild-results-count"] == "5"
    found = [one["id"] for one in first.json()]
    page = first
    while (following := page.links.get("next")) is not None:
        assert following["url"].startswith("/ngsi-ld/v1/entities?")
        page = here.get(following["url"].removeprefix("/ngsi-ld/v1"))
        found += [one["id"] for one in page.json()]
    assert sorted(found) == [f"urn:ngsi-ld:EvacuationShelter:{n}" for n in range(5)]
    assert page.links["prev"]["url"].startswith("/ngsi-ld/v1/entities?")


def test_a_batch_that_succeeds_in_part_tells_each_error(here: Client) -> None:
    here.create(shelter(1))
    answer = here.send("POST", "/entityOperations/create", [shelter(1), shelter(2)])
    assert answer.status_code == 207
    assert answer.json()["success"] == ["urn:ngsi-ld:EvacuationShelter:2"]
    (error,) = answer.json()["errors"]
    assert error["entityId"] == "urn:ngsi-ld:EvacuationShelter:1"
    assert error["error"]["type"] == "https://uri.etsi.org/ngsi-ld/errors/AlreadyExists"
    assert error["error"]["status"] == 409


def test_a_query_is_posted(here: Client) -> None:
    for number in range(3):
        here.create(shelter(number))
    asked: JsonObject = {
        "type": "Query",
        "entities": [{"type": "EvacuationShelter"}],
        "q": "capacity>400",
    }
    found = here.send("POST", "/entityOperations/query", asked, params={"limit": "2"})
    assert found.status_code == 200, found.text
    assert len(found.json()) == 2


def test_entities_and_attributes_are_changed(here: Client, there: Client) -> None:
    here.create(SHELTER)
    status: JsonObject = {"status": {"type": "Property", "value": "open"}}
    assert here.send("POST", f"/entities/{ID}/attrs", status).status_code == 204
    less: JsonObject = {"value": 470}
    assert here.send("PATCH", f"/entities/{ID}/attrs/capacity", less).status_code == 204
    assert there.get(f"/entities/{ID}").json()["capacity"]["value"] == 470
    assert here.send("DELETE", f"/entities/{ID}/attrs/status").status_code == 204
    assert "status" not in there.get(f"/entities/{ID}").json()
    merged: JsonObject = {"capacity": {"type": "Property", "value": 1}}
    assert here.send("PATCH", f"/entities/{ID}", merged).status_code == 204
    assert here.send("PUT", f"/entities/{ID}", SHELTER).status_code == 204
    assert there.get(f"/entities/{ID}").json() == SHELTER
    assert here.get("/types").status_code == 200
    assert here.get("/attributes", details="true").status_code == 200


def test_a_hosted_context_is_at_our_address(here: Client, there: Client) -> None:
    document: JsonObject = {"@context": {"Hinanjo": "https://example.org/Hinanjo"}}
    added = here.send(
        "POST", "/jsonldContexts", document, headers={"Content-Type": "application/json"}
    )
    assert added.status_code == 201, added.text
    path = added.headers["location"]
    assert path.startswith("/ngsi-ld/v1/jsonldContexts/")
    url = here.url + path
    assert url in here.get("/jsonldContexts").json()
    link = f'<{url}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
    entity: JsonObject = {"id": "urn:x:1", "type": "Hinanjo"}
    created = here.send("POST", "/entities", entity, headers={"Link": link})
    assert created.status_code == 201, created.text
    assert there.get("/entities/urn:x:1").json()["type"] == "https://example.org/Hinanjo"
    read = here.send("GET", "/entities/urn:x:1", headers={"Link": link})
    assert read.json()["type"] == "Hinanjo"
    assert f"<{url}>" in read.headers["link"]
    accept = {"Link": link, "Accept": "application/ld+json"}
    whole = here.send("GET", "/entities/urn:x:1", headers=accept).json()
    assert there.url not in str(whole["@context"])
    assert url in str(whole["@context"])


def test_a_notification_arrives_over_the_relay(here: Client, there: Client) -> None:
    with receiving() as receiver:
        document: JsonObject = {
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
        (listed,) = here.get("/subscriptions").json()
        assert listed["notification"]["endpoint"]["uri"] == receiver.url
        here.create(SHELTER)
        notified = receiver.next()
        assert [one["id"] for one in notified.data] == [ID]
        assert notified.body["subscriptionId"] == listed["id"]
        assert notified.headers["ngsild-tenant"] == here.tenant
        assert notified.headers["authorization"] == "Bearer secret"
        assert notified.headers["content-type"] == "application/json"
        assert here.send("DELETE", path).status_code == 204
        assert here.get(path).status_code == 404


def test_another_endpoint_is_notified_from_the_change_on(here: Client) -> None:
    with receiving() as first, receiving() as second:
        document: JsonObject = {
            "id": "urn:ngsi-ld:Subscription:1",
            "type": "Subscription",
            "entities": [{"type": "EvacuationShelter"}],
            "notification": {"endpoint": {"uri": first.url}},
        }
        created = here.send("POST", "/subscriptions", document)
        assert created.status_code == 201, created.text
        path = "/subscriptions/urn:ngsi-ld:Subscription:1"
        assert created.headers["location"] == f"/ngsi-ld/v1{path}"
        here.create(shelter(1))
        assert first.next().data[0]["id"] == "urn:ngsi-ld:EvacuationShelter:1"
        changed: JsonObject = {"notification": {"endpoint": {"uri": second.url}}}
        answer = here.send("PATCH", path, changed)
        assert answer.status_code == 204, answer.text
        assert here.get(path).json()["notification"]["endpoint"]["uri"] == second.url
        here.create(shelter(2))
        assert second.next().data[0]["id"] == "urn:ngsi-ld:EvacuationShelter:2"
        assert first.arrived.empty()
