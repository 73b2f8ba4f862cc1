"""A platform that runs with --auth on, a city on it, and who asks with which token."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx2

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
from renkei.instance import Instance
from renkei.servers import MAIN, open_databases
from renkei.settings import Settings
from tests.integration.idp_federation.people import Op, Person, RelyingParty
from tests.platforms import make_tenant

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
            "requires": {"class": "existence"},
        }
    },
}


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


def a_city(op: Op) -> City:
    """A tenant that has an open entity, one of its services' own, and two residents' records."""
    name = make_tenant(op.url, op.settings)
    made = City(op=op, name=name, service=machine(op, name))
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
