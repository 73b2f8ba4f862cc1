"""Organisations write entries of the catalog with tokens of their own, and of nobody else's."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

import httpx2
import pytest

from api_catalog.catalog.entry import Entry, State
from api_catalog.catalog.entry_document import document_of
from api_catalog.catalog.words import Lifecycle, Words
from kit.json import JsonObject, JsonValue
from renkei.instance import Instance
from tests.catalog_entries import AN_API
from tests.integration.idp_federation.people import Op
from tests.integration.renkei.enforcing import machine

ENTRIES = "/catalog/entries"


@dataclass(frozen=True)
class Organisation:
    """One that takes part with a tenant, and the token of its service."""

    op: Op
    name: str
    tenant: str
    token: str

    def ask(
        self, method: str, path: str, body: JsonValue = None, **headers: str
    ) -> httpx2.Response:
        sent = {"Authorization": f"Bearer {self.token}", **headers}
        return self.op.http.request(method, self.op.url + path, json=body, headers=sent)

    def entry(self, **changed: object) -> Entry:
        key = f"{self.name}-{secrets.token_hex(3)}"
        mine = replace(AN_API, key=key, owner=self.name, tenant=self.tenant)
        return replace(mine, **changed)  # type: ignore[arg-type]  # fields of Entry

    def post(self, entry: Entry) -> httpx2.Response:
        return self.ask("POST", ENTRIES, document_of(entry))

    def sees(self, entry: Entry) -> int:
        return self.ask("GET", f"{ENTRIES}/{entry.key}").status_code


def joined(op: Op, scope: str = "read write") -> Organisation:
    """An organisation that an operator let in, with a tenant and a service."""
    headers = {"Authorization": f"Bearer {Instance(op.settings.data).operator_token()}"}
    name = f"o{secrets.token_hex(4)}"
    names = {"name_ja": "江別市", "name_en": "Ebetsu"}
    about = {"municipality_code": "012173", "name_ja": f"課{name}", "name_en": name}
    tenant = {"name": f"t{name}", "storage": "shared", "organisation": name}
    sent: tuple[tuple[str, str, JsonObject], ...] = (
        ("PUT", "/admin/municipalities/012173", {**names}),
        ("POST", "/admin/organisations", {"name": name, "kind": "department", **about}),
        ("POST", "/admin/tenants", {**tenant, **about, "name": f"t{name}"}),
    )
    for method, path, body in sent:
        answer = op.http.request(method, op.url + path, json=body, headers=headers)
        assert answer.is_success, answer.text
    return Organisation(op, name, f"t{name}", machine(op, f"t{name}", scope))


@pytest.fixture(scope="module")
def mine(enforced: Op) -> Organisation:
    return joined(enforced)


@pytest.fixture(scope="module")
def another(enforced: Op) -> Organisation:
    return joined(enforced)


def test_an_organisation_publishes_an_api_by_its_own_token(
    mine: Organisation, another: Organisation
) -> None:
    entry = mine.entry(state=State(lifecycle=Lifecycle.DRAFT), title=Words("窓口予約"))
    made = mine.post(entry)
    assert made.status_code == 201, made.text
    assert made.headers["location"] == f"{ENTRIES}/{entry.key}"
    assert made.json()["publisher"]["key"] == mine.name
    address = made.headers["location"]
    http, url = mine.op.http, mine.op.url
    # A draft is nobody else's.
    assert (mine.sees(entry), another.sees(entry)) == (200, 404)
    assert http.get(url + address).status_code == 404
    changed = mine.ask(
        "PUT",
        address,
        document_of(replace(entry, title=Words("施設予約"))),
        **{"If-Match": made.headers["etag"]},
    )
    assert changed.status_code == 200, changed.text
    published = mine.ask("POST", f"{address}/state", {"lifecycle": "published"})
    assert published.status_code == 200, published.text
    found = http.get(f"{url}{ENTRIES}", params={"q": "施設予約", "owner": mine.name}).json()
    assert [one["key"] for one in found["entries"]] == [entry.key]
    linkset = http.get(f"{url}/tenants/{mine.tenant}/api-catalog").json()
    assert entry.key in str(linkset)
    versions = mine.ask("GET", f"{address}/versions").json()
    assert [one["version"] for one in versions] == [3, 2, 1]


Attempt = Callable[[Organisation, Organisation], Entry]
ATTEMPTS: dict[str, tuple[Attempt, str]] = {
    "of another organisation": (
        lambda mine, another: mine.entry(owner=another.name, tenant=None),
        "owner",
    ),
    "in another's tenant": (lambda mine, another: mine.entry(tenant=another.tenant), "tenant"),
    "in no tenant there is": (lambda mine, _: mine.entry(tenant="nowhere"), "tenant"),
    "that the hub recommends": (lambda mine, _: mine.entry(recommended=True), "recommended"),
    "of the platform": (lambda mine, _: mine.entry(owner="platform", tenant=None), "owner"),
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_an_organisation_adds_nothing(
    mine: Organisation, another: Organisation, attempt: str
) -> None:
    make, where = ATTEMPTS[attempt]
    entry = make(mine, another)
    refused = mine.post(entry)
    assert refused.status_code == 403, refused.text
    assert refused.json()["where"] == where
    assert refused.headers["content-type"] == "application/problem+json"
    assert (mine.sees(entry), another.sees(entry)) == (404, 404)


def test_what_is_another_organisations_is_not_changed(
    mine: Organisation, another: Organisation
) -> None:
    theirs = another.entry()
    made = another.post(theirs)
    assert made.status_code == 201, made.text
    address, tag = made.headers["location"], {"If-Match": made.headers["etag"]}
    mimicked = replace(theirs, owner=mine.name, tenant=mine.tenant)
    for document in (document_of(theirs), document_of(mimicked)):
        taken = mine.ask("PUT", address, document, **tag)
        assert (taken.status_code, taken.json()["where"]) == (403, "owner")
    retired = mine.ask("POST", f"{address}/state", {"lifecycle": "retired"})
    assert retired.status_code == 403
    squatted = mine.post(mimicked)
    assert (squatted.status_code, squatted.json()["where"]) == (409, "key")
    draft = another.entry(state=State(lifecycle=Lifecycle.DRAFT))
    assert another.post(draft).status_code == 201
    hidden = mine.ask("PUT", f"{ENTRIES}/{draft.key}", document_of(draft), **tag)
    assert hidden.status_code == 404  # that it is there, mine does not learn
    shown = another.ask("GET", address)
    assert (shown.headers["etag"], shown.json()["owner"]) == (tag["If-Match"], another.name)


def test_an_entry_is_not_moved_into_anothers_tenant(
    mine: Organisation, another: Organisation
) -> None:
    entry = mine.entry()
    made = mine.post(entry)
    moved = replace(entry, tenant=another.tenant)
    tag = {"If-Match": made.headers["etag"]}
    refused = mine.ask("PUT", made.headers["location"], document_of(moved), **tag)
    assert (refused.status_code, refused.json()["where"]) == (403, "tenant")


def test_a_token_that_may_only_read_and_no_token_write_nothing(enforced: Op) -> None:
    reading = joined(enforced, scope="read")
    entry = reading.entry()
    refused = reading.post(entry)
    assert (refused.status_code, refused.json()["where"]) == (403, "owner")
    nobody = enforced.http.post(enforced.url + ENTRIES, json=document_of(entry))
    assert nobody.status_code == 403
    forged = enforced.http.post(
        enforced.url + ENTRIES,
        json=document_of(entry),
        headers={"Authorization": "Bearer forged"},
    )
    assert forged.status_code in {401, 403}
    assert reading.sees(entry) == 404
