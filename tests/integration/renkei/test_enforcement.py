"""Enforcement over HTTP: tokens, policies, consents and challenges."""

from idp_federation.assurance.methods import VERSION as METHODS_VERSION
from joint_use import (
    Levels,
)
from kit.json import JsonObject, JsonValue
from renkei.instance import Instance
from tests.integration.idp_federation.people import ANCHOR
from tests.integration.renkei.enforcing import EVENT, RESIDENT, ROSTER, City, V, machine, resident
from tests.platforms import make_tenant


def test_anyone_reads_what_is_open_and_learns_of_nothing_else(city: City) -> None:
    assert city.ids("/entities?local=true") == {"urn:e:open"}
    assert city.ids(f"/entities?type={EVENT}") == {"urn:e:open"}
    counted = city.ask("GET", "/entities?local=true&count=true&limit=0")
    assert counted.headers["ngsild-results-count"] == "1"
    assert city.ask("GET", "/entities/urn:e:open").status_code == 200
    hidden, absent = (city.ask("GET", f"/entities/urn:e:{one}") for one in ("taro", "nobody"))
    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert hidden.text.replace("taro", "nobody") == absent.text
    types = city.ask("GET", "/types").json()["typeList"]
    assert types == [EVENT]
    assert V + "residentId" not in city.ask("GET", "/attributes").text
    posted: JsonObject = {"type": "Query", "entities": [{"type": "*"}]}
    found = city.ask("POST", "/entityOperations/query?local=true", None, posted).json()
    assert {one["id"] for one in found} == {"urn:e:open"}


def test_a_map_that_a_service_made_tells_anyone_of_no_hidden_entity(city: City) -> None:
    made = city.ask("GET", "/entityMaps?local=true&type=*", city.service)
    assert made.status_code in (200, 201), made.text
    map_id = made.json()["id"]
    assert "urn:e:roster" in made.text
    seen = city.ask("GET", f"/entityMaps/{map_id}")
    assert set(seen.json()["entityMap"]) == {"urn:e:open"}
    again = city.ask("GET", f"/entityMaps/{map_id}", city.service)
    assert again.json()["entityMap"] == made.json()["entityMap"]


def test_without_a_token_nothing_is_written_and_a_challenge_says_where_to_get_one(
    city: City,
) -> None:
    entity: JsonObject = {"id": "urn:e:new", "type": EVENT}
    asked: tuple[tuple[str, str, JsonValue], ...] = (
        ("POST", "/entities", entity),
        ("DELETE", "/entities/urn:e:open", None),
        ("POST", "/entityOperations/upsert", [entity]),
        ("POST", "/entityOperations/delete", ["urn:e:open"]),
        ("GET", "/subscriptions", None),
        ("POST", "/snapshots", {"type": "Snapshot", "queries": []}),
        ("DELETE", "/entities?type=" + EVENT, None),
    )
    for method, path, body in asked:
        answer = city.ask(method, path, None, body)
        assert answer.status_code == 401, (method, path, answer.text)
        told = answer.headers["www-authenticate"]
        where = f"{city.op.url}/.well-known/oauth-protected-resource/ngsi-ld"
        assert told.startswith("Bearer ")
        assert f'resource_metadata="{where}"' in told
        metadata = city.op.http.get(where).json()
        assert metadata["resource"] == f"{city.op.url}/ngsi-ld"
        assert metadata["authorization_servers"] == [city.op.url]


def test_services_see_all_but_personal_data_and_write_that_too(city: City) -> None:
    assert city.ids("/entities?local=true", city.service) == {"urn:e:open", "urn:e:roster"}
    assert city.ask("GET", "/entities/urn:e:hanako", city.service).status_code == 404
    named = city.ask("GET", f"/entities?type={RESIDENT}", city.service)
    assert named.status_code == 403
    assert "personal data" in named.json()["detail"]
    body: JsonObject = {V + "name": {"type": "Property", "value": "花子"}}
    written = city.ask("PATCH", "/entities/urn:e:hanako/attrs", city.service, body)
    assert written.status_code == 204


def test_nobody_subscribes_to_personal_data(city: City) -> None:
    wanted: JsonObject = {
        "type": "Subscription",
        "entities": [{"type": RESIDENT}],
        "notification": {"endpoint": {"uri": "http://127.0.0.1:9/"}},
    }
    answer = city.ask("POST", "/subscriptions", city.service, wanted)
    assert answer.status_code == 403, answer.text


def test_a_resident_steps_up_consents_and_reads_her_own_record_alone(city: City) -> None:
    path = f"/entities?type={RESIDENT}"
    low = resident(city, Levels(2, 1))
    refused = city.ask("GET", path, low.token)
    assert refused.status_code == 401
    told = refused.headers["www-authenticate"]
    assert 'error="insufficient_user_authentication"' in told
    assert f"https://{ANCHOR}/acr/ial2/aal2" in told
    assert f"https://{ANCHOR}/acr/ial2/aal1" not in told

    high = resident(city, Levels(2, 2))
    without = city.ask("GET", path, high.token)
    assert without.status_code == 403
    assert "consent" in without.json()["detail"]
    number = high.consent()
    assert city.ids(path, high.token) == {f"urn:e:{high.subject}"}
    everything = city.ids("/entities?local=true", high.token)
    assert everything == {"urn:e:open", "urn:e:roster", f"urn:e:{high.subject}"}
    assert city.ask("GET", f"/entities/urn:e:{low.subject}", high.token).status_code == 404
    body: JsonObject = {V + "name": {"type": "Property", "value": "x"}}
    for one in (high.subject, low.subject, "nobody"):
        changed = city.ask("PATCH", f"/entities/urn:e:{one}/attrs", high.token, body)
        assert changed.status_code == 404

    mine = city.op.http.get(
        f"{city.op.url}/consents/{city.name}",
        headers={"Authorization": f"Bearer {high.token}"},
    )
    assert [one["number"] for one in mine.json()] == [number]
    withdrawn = city.op.http.post(
        f"{city.op.url}/consents/{city.name}/{number}/withdrawal",
        headers={"Authorization": f"Bearer {high.token}"},
    )
    assert withdrawn.json()["withdrawn_at"] is not None
    assert city.ask("GET", path, high.token).status_code == 403
    assert city.ids("/entities?local=true", high.token) == {"urn:e:open", "urn:e:roster"}


def test_attack_7_a_token_of_one_municipality_is_no_more_than_none_at_another(city: City) -> None:
    elsewhere = machine(city.op, make_tenant(city.op.url, city.op.settings))
    assert city.ids("/entities?local=true", elsewhere) == {"urn:e:open"}
    entity: JsonObject = {"id": "urn:e:intruder", "type": EVENT}
    assert city.ask("POST", "/entities", elsewhere, entity).status_code == 403
    assert city.ask("GET", "/subscriptions", elsewhere).status_code == 403


def test_attack_2_a_token_that_is_none_opens_not_even_what_is_open(city: City) -> None:
    header, payload, signature = city.service.split(".")
    for bad in ("x", f"{header}.{payload}.", f"{header}.{payload}.{signature[::-1]}"):
        answer = city.ask("GET", "/entities/urn:e:open", bad)
        assert answer.status_code == 401, bad
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_a_token_for_another_service_is_refused(city: City) -> None:
    app = city.op.register(
        tenants=[city.name],
        grant_types=["client_credentials"],
        redirect_uris=[],
        scope="read write",
        resources=["https://ledger.example"],
    )
    given = app.post(
        "token", {"grant_type": "client_credentials", "resource": "https://ledger.example"}
    )
    answer = city.ask("GET", "/entities/urn:e:open", given.json()["access_token"])
    assert answer.status_code == 401


def test_an_operator_is_told_what_a_token_may_do_and_why_not(city: City) -> None:
    address = f"{city.op.url}/admin/tenants/{city.name}/policy/explain"
    operator = Instance(city.op.settings.data).operator_token()
    low = resident(city, Levels(1, 2))
    for token, type_, outcome in (
        (None, EVENT, "allow"),
        (None, ROSTER, "deny"),
        (city.service, RESIDENT, "deny"),
        (low.token, RESIDENT, "step_up"),
    ):
        told = city.op.http.post(
            address,
            headers={"Authorization": f"Bearer {operator}"},
            json={"token": token, "action": "read", "type": type_},
        ).json()
        assert told["outcome"] == outcome, told
        assert told["policy_version"] >= 1
    inputs = told["inputs"]
    assert (inputs["levels"], inputs["subject"]) == ([1, 2], low.subject)
    assert inputs["map_version"] == METHODS_VERSION
    assert inputs["required"] == [
        {
            "by": "type",
            "policy": {"class": "existence"},
            "levels": [2, 2],
            "proofs": [],
        }
    ]
    broken = city.op.http.post(
        address,
        headers={"Authorization": f"Bearer {operator}"},
        json={"token": city.service + "x", "action": "read", "type": EVENT},
    ).json()
    assert broken["outcome"] == "refuse", broken
