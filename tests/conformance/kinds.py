"""How an attribute of each kind is written and read in every form, for the tests of the kinds."""

from dataclasses import dataclass

from kit.json import JsonObject, JsonValue
from tests.conformance.shelters import ENTITIES, a_shelter, bad_data, is_stored, ok, stored
from tests.platforms import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class Forms:
    """One attribute in the three representations."""

    normalized: JsonValue
    concise: JsonValue
    simplified: JsonValue


def assert_round_trip(client: Client, forms: Forms) -> None:
    """Write it normalized and concise; read it in all forms; each time it is the same."""
    for given in (forms.normalized, forms.concise):
        client.send("DELETE", "/entities", params={"type": "EvacuationShelter"})
        ok(client.send("POST", ENTITIES, a_shelter(held=given)), 201)
        assert stored(client)["held"] == forms.normalized
        assert stored(client, format="concise")["held"] == forms.concise
        assert stored(client, format="simplified")["held"] == forms.simplified
        assert stored(client, options="keyValues")["held"] == forms.simplified


def assert_refused(client: Client, attribute: JsonObject) -> None:
    """Check that an entity with this attribute is refused and not stored."""
    body = bad_data(client.send("POST", ENTITIES, a_shelter(held=attribute)))
    assert "held" in f"{body.get('where')} {body['detail']}"
    assert not is_stored(client)
