"""Enforcement over HTTP: tokens, policies, consents, challenges, on every path that there is."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http.cookiejar import DefaultCookiePolicy

import httpx2
import pytest
from starlette.routing import Route

from joint_use import (
    Access,
    ConsentStore,
    Levels,
    NewConsent,
    PolicyStore,
    Principal,
    TenantCache,
    TenantStore,
    give_consent,
)
from kit.clock import utc_now
from kit.db import Database
from kit.json import JsonObject, JsonValue
from renkei.app import create_app
from renkei.instance import Instance
from renkei.servers import MAIN, open_databases
from renkei.settings import Settings
from tests.integration.idp_federation.people import ANCHOR, Op, Person, RelyingParty
from tests.platforms import make_tenant, served, settings_of

V = "https://example.jp/"
EVENT, ROSTER, RESIDENT = V + "Event", V + "Roster", V + "Resident"
BOTH: list[JsonValue] = [EVENT, RESIDENT]
PURPOSE = "Facility booking"
MODEL = "EvacuationShelter"
METHODS = ("get", "post", "put", "patch", "delete")
POLICY: JsonObject = {
    "types": {EVENT: "anyone"},
    "personal": {
        RESIDENT: {
            "owner": V + "residentId",
            "purpose": PURPOSE,
            "requires": {"proofing": 2, "authentication": 2},
        }
    },
}


@pytest.fixture(scope="module")
def enforced(postgres_admin_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Op]:
    """A platform that runs with --auth on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    settings = settings_of(
        tmp_path_factory.mktemp("enforced"),
        postgres_admin_dsn,
        auth="on",
        idp_federation={"issuer": f"http://127.0.0.1:{port}", "anchor": ANCHOR},
    )
    with (
        httpx2.Client(timeout=30, follow_redirects=False, trust_env=False) as http,
        served(settings, port) as url,
    ):
        http.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        yield Op(url=url, settings=settings, http=http)


@dataclass(frozen=True, kw_only=True)
class City:
    """A tenant with a policy, its service, and who asks with which token."""

    op: Op
    name: str
    service: str

    def ask(
        self, method: str, path: str, token: str | None = None, body: JsonValue = None
    ) -> httpx2.Response:
        headers = {"NGSILD-Tenant": self.name}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return self.op.http.request(
            method, f"{self.op.url}/ngsi-ld/v1{path}", headers=headers, json=body
        )

    def ids(self, path: str, token: str | None = None) -> set[str]:
        answer = self.ask("GET", path, token)
        assert answer.status_code == 200, answer.text
        return {one["id"] for one in answer.json()}


@pytest.fixture(scope="module")
def city(enforced: Op) -> City:
    """A tenant that has an open entity, one of its services' own, and two residents' records."""
    name = make_tenant(enforced.url, enforced.settings)
    made = City(op=enforced, name=name, service=machine(enforced, name))
    records: tuple[tuple[str, JsonValue, str | None], ...] = (
        ("urn:e:open", EVENT, None),
        ("urn:e:roster", ROSTER, None),
        ("urn:e:hanako", RESIDENT, "hanako"),
        ("urn:e:taro", RESIDENT, "taro"),
        ("urn:e:both", BOTH, "taro"),
    )
    for id_, types, owner in records:
        entity: JsonObject = {
            "id": id_,
            "type": types,
            V + "name": {"type": "Property", "value": id_},
        }
        if owner is not None:
            entity[V + "residentId"] = {"type": "Property", "value": owner}
        answer = made.ask("POST", "/entities", made.service, entity)
        assert answer.status_code == 201, answer.text
    put_policy(made, POLICY)
    return made


def machine(op: Op, tenant: str, scope: str = "read write subscribe") -> str:
    """The token of a service that acts in its own name."""
    app = op.register(
        tenants=[tenant], grant_types=["client_credentials"], redirect_uris=[], scope=scope
    )
    answer = app.post("token", {"grant_type": "client_credentials"})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def put_policy(city: City, policy: JsonObject) -> None:
    address = f"{city.op.url}/admin/tenants/{city.name}/policy"
    token = Instance(city.op.settings.data).operator_token()
    headers = {"Authorization": f"Bearer {token}"}
    version = city.op.http.get(address, headers=headers).json()["version"]
    answer = city.op.http.put(address, headers=headers, json={"version": version, "policy": policy})
    assert answer.status_code == 200, answer.text
    # The policy before it may be known to the process until it hears of the change.
    for _ in range(200):
        if city.ask("GET", "/entities/urn:e:open").status_code == 200:
            return
    raise AssertionError("The policy does not come into force")


@dataclass(frozen=True, kw_only=True)
class Resident:
    """A person who uses a service of a city."""

    city: City
    app: RelyingParty
    person: Person
    token: str
    subject: str

    def consent(self) -> int:
        terms = NewConsent(
            tenant=self.city.name,
            subject=self.subject,
            recipient=self.app.id,
            purpose=PURPOSE,
            items=frozenset({RESIDENT}),
        )
        return with_access(
            self.city.op.settings,
            lambda access: _number(give_consent(access, self.herself, terms)),
        )

    @property
    def herself(self) -> Principal:
        return Principal(
            subject=self.subject,
            tenants=frozenset({self.city.name}),
            signed_in_at=datetime.now(UTC),
        )


def resident(city: City, levels: Levels) -> Resident:
    """Sign somebody in at a service, and write a record about her."""
    app = city.op.register(tenants=[city.name], resources=[f"{city.op.url}/ngsi-ld/v1"])
    person = city.op.identity.open_account(city.name, levels=levels)
    app.browse(city.op.identity.sign_in(person))
    tokens = app.tokens(tenant=city.name, scope="openid profile read write")
    subject = str(tokens.claims()["sub"])
    record: JsonObject = {
        "id": f"urn:e:{subject}",
        "type": RESIDENT,
        V + "residentId": {"type": "Property", "value": subject},
    }
    assert city.ask("POST", "/entities", city.service, record).status_code == 201
    token = tokens["access_token"]
    return Resident(city=city, app=app, person=person, token=token, subject=subject)


def with_access(settings: Settings, act: Callable[[Access], Awaitable[int]]) -> int:
    """Do what the consent page does: through the same front door, in this process."""

    async def run() -> int:
        control = Database(MAIN, settings.joint_use.control_database)
        async with open_databases(settings) as databases:
            access = Access(
                tenants=TenantCache(TenantStore(databases, control), absent_s=1),
                policies=PolicyStore(databases, control),
                consents=ConsentStore(databases, control),
                clock=utc_now,
            )
            return await act(access)

    return asyncio.run(run())


async def _number(given: Awaitable[object]) -> int:
    return int(getattr(await given, "number"))  # noqa: B009 - a consent's


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


PUBLIC = {
    "/": "the home page says where everything is",
    "/health": "who restarts processes has no token",
    "/openapi.json": "a description, without data",
    "/assets": "style sheets and scripts",
    "/identity/v1": "where tokens come from: it asks clients who they are by itself",
    "/.well-known": "what standards publish",
    "/apply": "who applies has no token yet",
    "/applications": "a link with a secret, for who applied",
    "/joint-use/v1": "the same as an API",
    "/terms": "who applies reads them before",
    "/operator": "pages with a sign-in and a cookie of their own",
    "/catalog": "a catalog is for everybody; what it lists it decides for each caller",
    "/tenants": "likewise",
    "/api/3": "likewise",
    "/broker/v1/relay": "an address with a secret, for external sources",
    "/profile": "the platform's attributes are published, and profiles compared",
    "/datamodels/models": "data models are published",
    "/datamodels/contexts": "@contexts are published",
    "/datamodels/vocabularies": "vocabularies are published",
}


PARAMETERS = {
    ("GET", "/ngsi-ld/v1/entities"): {"local": "true"},
    ("GET", "/ngsi-ld/v1/entityMaps"): {"local": "true"},
    ("DELETE", "/ngsi-ld/v1/entities"): {"local": "true"},
    ("DELETE", "/ngsi-ld/v1/snapshots"): {"q": "snapshotStatus==ready"},
    ("POST", "/ngsi-ld/v1/entityOperations/query"): {"local": "true"},
    ("POST", "/ngsi-ld/v1/entityMaps"): {"local": "true"},
}


def operations(settings: Settings) -> Iterator[tuple[str, str]]:
    """Every path with its methods."""
    app = create_app(settings).rest
    for path, methods in app.openapi()["paths"].items():
        yield from ((method.upper(), path) for method in methods if method in METHODS)
    for route in app.router.routes:
        if isinstance(route, Route):
            yield from ((method, route.path) for method in (route.methods or set()) - {"HEAD"})


def is_public(path: str) -> bool:
    return any(
        path == one or path.startswith(one.rstrip("/") + "/") for one in PUBLIC if one != "/"
    )


def test_every_path_refuses_anyone_or_is_known_to_be_public(enforced: Op) -> None:
    found = sorted(set(operations(enforced.settings)))
    guarded = [one for one in found if one[1] != "/" and not is_public(one[1])]
    assert len(guarded) > 80
    let_in = []
    for method, path in guarded:
        known = path.replace("{tenant}", "default").replace("{name}.{form}", f"{MODEL}.csv")
        filled = "/".join("x:1" if "{" in part else part for part in known.split("/"))
        body: JsonValue = ["urn:e:1"] if "entityOperations" in path else {}
        if path.endswith(("/query", "/entityMaps")):
            body = {"type": "Query", "entities": [{"type": "*"}]}
        answer = enforced.http.request(
            method,
            enforced.url + filled,
            json=body if method in ("POST", "PUT", "PATCH") else None,
            params=PARAMETERS.get((method, path)),
        )
        if answer.status_code not in (401, 403):
            let_in.append(f"{method} {path}: {answer.status_code} {answer.text}")
    assert not let_in, "\n".join(let_in)
