"""What became personal after somebody subscribed to it is not sent, although it was due."""

from kit.json import JsonObject
from tests.integration.renkei.enforcing import EVENT, RESIDENT, City, V, put_policy
from tests.receivers import a_receiver

OPEN: JsonObject = {"types": {EVENT: "anyone", RESIDENT: "services"}}
CLOSED: JsonObject = {
    "types": {EVENT: "anyone"},
    "personal": {RESIDENT: {"owner": V + "residentId", "purpose": "Facility booking"}},
}


def create(city: City, name: str, type_: str) -> None:
    entity: JsonObject = {
        "id": f"urn:told:{name}",
        "type": type_,
        V + "residentId": {"type": "Property", "value": "hanako"},
    }
    assert city.ask("POST", "/entities", city.service, entity).status_code == 201


async def test_the_mailer_leaves_out_what_is_personal_when_it_sends(city: City) -> None:
    put_policy(city, OPEN)
    async with a_receiver() as receiver:
        wanted: JsonObject = {
            "type": "Subscription",
            "entities": [{"type": RESIDENT}, {"type": EVENT}],
            "notification": {"endpoint": {"uri": receiver.uri()}},
        }
        assert city.ask("POST", "/subscriptions", city.service, wanted).status_code == 201
        create(city, "before", RESIDENT)
        await receiver.until(lambda: "urn:told:before" in told(receiver.entities()))
        receiver.status = 503  # what is due stays due, and is sent when the rule has changed
        create(city, "due", RESIDENT)
        await receiver.until(lambda: bool(receiver.refused))
        put_policy(city, CLOSED)
        receiver.status = 200
        create(city, "personal", RESIDENT)
        create(city, "open", EVENT)
        await receiver.until(lambda: "urn:told:open" in told(receiver.entities()))
        seen = told(receiver.entities())
        assert "urn:told:personal" not in seen
        assert "urn:told:due" not in seen


def told(entities: list[JsonObject]) -> set[str]:
    return {str(entity["id"]) for entity in entities}
