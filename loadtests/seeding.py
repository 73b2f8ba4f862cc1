"""What is there before a scenario begins: entities, tenants, subscriptions, accounts."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import httpx2

from kit.json import JsonObject, JsonValue
from loadtests.catalog_of_scenarios import Seeds
from loadtests.forms import form_of
from loadtests.generator import Load, Plan
from loadtests.payloads import KEPT, Payloads, tenant_name
from loadtests.shelters import Shelters
from loadtests.wire import Target

PASSWORD = "tsuki no ura no yuki daruma"  # noqa: S105 - of accounts made for a load
CALLBACK = "https://load.example/callback"
_CONNECTIONS = 16


class CannotSeed(Exception):
    """What a scenario needs cannot be made there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One broker, and whose entities are made there.

    Args:
        token: sent with every request.
        operator: the operator's token, where tenants or accounts have to be made.
    """

    target: Target
    run: str
    token: str | None = None
    operator: str | None = None

    @property
    def root(self) -> str:
        """The address without the interface's path."""
        parts = urlsplit(self.target.url)
        return f"{parts.scheme}://{parts.netloc}"

    def admin(self, method: str, path: str, body: JsonValue) -> JsonObject:
        """Call the platform's administrative API.

        Raises:
            CannotSeed: it refuses.
        """
        headers = {"Authorization": f"Bearer {self.operator}"}
        answer = httpx2.request(
            method, self.root + path, json=body, headers=headers, timeout=60, trust_env=False
        )
        if not answer.is_success:
            raise CannotSeed(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        told: JsonObject = answer.json()
        return told


class _Creations:
    """Creates entities one after another; a workload for the generator."""

    wanted = 201

    def __init__(self, target: Target, bodies: Callable[[int], bytes]) -> None:
        self._target = target
        self._bodies = bodies
        self._next = 0

    def take(self) -> tuple[int, bytes]:
        """Hand out the creation of the next entity."""
        number, self._next = self._next, self._next + 1
        body = self._bodies(number)
        return number, self._target.request("POST", "/entities", len(body)) + body

    def answer(self, number: int) -> None:
        """Hear that one was created."""


async def seed(ground: Ground, seeds: Seeds, count: int) -> None:
    """Make what a scenario needs, unmeasured.

    Raises:
        CannotSeed: some of it cannot be made.
    """
    payloads, shelters = Payloads(run=ground.run), Shelters(run=ground.run)
    bodies: Mapping[Seeds, Callable[[int], bytes]] = {
        Seeds.SENSORS: lambda number: payloads.sensor(number).encode(),
        Seeds.STORES: lambda number: payloads.store(number).encode(),
        Seeds.SHELTERS: shelters.body,
    }
    if seeds in bodies:
        await _create(ground.target, bodies[seeds], count)
    elif seeds is Seeds.TENANTS:
        for number in range(count):
            await _make_tenant(ground, tenant_name(ground.run, number), bodies[Seeds.SENSORS])


async def _create(target: Target, bodies: Callable[[int], bytes], count: int) -> None:
    plan = Plan(connections=min(_CONNECTIONS, count), requests=count)
    figures = await Load(_Creations(target, bodies), target, plan).run("seed")
    if figures.errors:
        raise CannotSeed(
            f"{figures.errors} of {count} entities cannot be created at {target.url}: "
            f"statuses {figures.refusals}, {figures.lost} lost"
        )


async def _make_tenant(ground: Ground, name: str, bodies: Callable[[int], bytes]) -> None:
    """Make a tenant; without an operator's token the broker has to make it at its first entity."""
    if ground.operator is not None:
        ground.admin("POST", "/admin/tenants", {"name": name, "storage": "shared"})
    await _create(replace(ground.target, tenant=name), bodies, KEPT)


def subscribe(ground: Ground, types: Sequence[str], attribute: str, receiver: str) -> str:
    """Subscribe to an attribute of some types; answers with where the subscription is.

    Raises:
        CannotSeed: the broker refuses.
    """
    document: JsonObject = {
        "id": f"urn:ngsi-ld:Subscription:{ground.run}-{secrets.token_hex(4)}",
        "type": "Subscription",
        "entities": [{"type": one} for one in types],
        "watchedAttributes": [attribute],
        "notification": {"endpoint": {"uri": receiver, "accept": "application/json"}},
    }
    answer = httpx2.post(
        f"{ground.target.url}/subscriptions",
        json=document,
        headers=_headers(ground.target),
        timeout=30,
        trust_env=False,
    )
    if answer.status_code != 201:
        raise CannotSeed(f"A subscription is refused: {answer.status_code} {answer.text[:300]}")
    return f"{ground.target.url}/subscriptions/{document['id']}"


def unsubscribe(ground: Ground, subscriptions: Sequence[str]) -> None:
    """Remove the run's subscriptions."""
    for url in subscriptions:
        httpx2.delete(url, headers=_headers(ground.target), timeout=30, trust_env=False)


def register_client(ground: Ground) -> tuple[str, str]:
    """Register a client that signs people in and acts in its own name, too.

    Raises:
        CannotSeed: the provider refuses.
    """
    name = f"load-{ground.run}-{secrets.token_hex(3)}"
    told = ground.admin(
        "POST",
        "/admin/identity/clients",
        {
            "client_id": name,
            "client_name": "負荷試験",
            "purpose": "負荷試験",
            "tenants": [ground.target.tenant or "default"],
            "token_endpoint_auth_method": "client_secret_basic",
            "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
            "redirect_uris": [CALLBACK],
            "scope": "openid read",
            "consent_required": False,
        },
    )
    return name, str(told["client_secret"])


def open_accounts(ground: Ground, count: int) -> list[dict[str, str]]:
    """Open accounts, and set their passwords by the one-time links, as their owners do.

    Raises:
        CannotSeed: the provider refuses.
    """
    accounts = []
    for number in range(count):
        login = f"load-{ground.run}-{secrets.token_hex(3)}-{number}"
        body: JsonObject = {
            "tenant": ground.target.tenant or "default",
            "login": login,
            "claims": {"name": "負荷 試験"},
        }
        told = ground.admin("POST", "/admin/identity/accounts", body)
        _set_password(ground.root, str(told["url"]))
        accounts.append({"login": login, "password": PASSWORD})
    return accounts


def _set_password(root: str, link: str) -> None:
    """Follow a link of the provider's, at the address that it is reached at."""
    path = urlsplit(link)._replace(scheme="", netloc="").geturl()
    with httpx2.Client(timeout=30, trust_env=False, follow_redirects=True) as browser:
        page = browser.get(root + path, headers={"Accept-Language": "en"})
        target, hidden = form_of(page.text, "") or ("", {})
        cookies = "; ".join(f"{name}={value}" for name, value in page.cookies.items())
        answer = browser.post(
            str(page.url.join(target)) if target else str(page.url),
            data={**hidden, "password": PASSWORD, "again": PASSWORD},
            headers={"Origin": root, "Cookie": cookies},
        )
    if answer.status_code >= 400:
        raise CannotSeed(f"A password is refused: {answer.status_code}")


def _headers(target: Target) -> dict[str, str]:
    lines = dict(line.split(": ", 1) for line in target.headers)
    if target.tenant is not None:
        lines["NGSILD-Tenant"] = target.tenant
    return lines
