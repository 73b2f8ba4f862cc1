"""Two tenants side by side in each mode of storage, and their data as they truly lie."""

import asyncio
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast
from uuid import uuid4

import asyncpg
import httpx2

from kit.json import JsonObject, JsonValue
from renkei.instance import Instance
from renkei.settings import Settings
from tests import asking
from tests.platforms import NGSI_LD, Client, make_tenant

MODES: Mapping[str, tuple[str, str]] = {
    "shared": ("shared", "shared"),
    "separated": ("separated", "separated"),
    "mixed": ("shared", "separated"),
    "external": ("external", "external"),
    "external beside shared": ("external", "shared"),
}
"""The storage of the one who asks, and of the one whose data these are."""

BOTH = "urn:ngsi-ld:Both:1"
"""An id that both tenants have an entity of."""

NOBODY = "http://127.0.0.1:9/nobody-listens"
_VARYING = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "UUID"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "INSTANT"),
    (re.compile(r"P[0-9DTHMS.]+\b"), "DURATION"),
)
_UNLIKE = frozenset({"date", "server", "transfer-encoding", "content-length"})
# What a tenant's own deliveries and counters change while nobody writes.
_RESTLESS = frozenset({"lease", "subscription_outcome", "flush", "written_amount", "delivery"})
_TABLES = """
SELECT c.relname::text FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant' AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  AND NOT c.relispartition ORDER BY 1"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What everything of one tenant is called.

    Args:
        token: in each name that a client chooses.
        mark: in each value, and in nothing that a neighbour would say.
        entity_map: as the platform called it.
        context: likewise, the local id of a hosted @context.
    """

    token: str
    mark: str
    entity_map: str
    context: str

    @classmethod
    def made_up(cls) -> "Names":
        """Names of what exists nowhere; as long as those of what exists."""
        return cls(
            token=f"z{secrets.token_hex(6)}",
            mark=f"mark{secrets.token_hex(8)}",
            entity_map=f"urn:ngsi-ld:EntityMap:{uuid4()}",
            context=f"urn:ngsi-ld:Context:{uuid4()}",
        )

    @property
    def entity(self) -> str:
        return f"urn:ngsi-ld:Secret:{self.token}"

    @property
    def second(self) -> str:
        return f"urn:ngsi-ld:Second:{self.token}"

    @property
    def type(self) -> str:
        return f"T{self.token}"

    @property
    def attribute(self) -> str:
        return f"a{self.token}"

    @property
    def dataset(self) -> str:
        return f"urn:ngsi-ld:Dataset:{self.token}"

    @property
    def scope(self) -> str:
        return f"/scope/{self.token}"

    @property
    def subscription(self) -> str:
        return f"urn:ngsi-ld:Subscription:{self.token}"

    @property
    def snapshot(self) -> str:
        return f"urn:ngsi-ld:Snapshot:{self.token}"

    def unnamed(self, text: str) -> str:
        """Write a text without these names, and without what is never the same twice."""
        for name, role in ((self.token, "TOKEN"), (self.entity_map, "MAP"), (self.context, "CTX")):
            text = text.replace(name, role)
        for pattern, word in _VARYING:
            text = pattern.sub(word, text)
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """One of the two.

    Args:
        client: asks in its name.
        home: the tenant that its data are in: its own name, or at its endpoint.
    """

    client: Client
    home: str
    names: Names

    @property
    def name(self) -> str:
        return self.client.tenant


@dataclass(frozen=True, slots=True)
class Neighbours:
    """A asks, B has what A shall not see."""

    settings: Settings
    a: Tenant
    b: Tenant

    def truth(self) -> JsonValue:
        """All that B's databases and B's own client say of B's data."""
        stored = asyncio.run(checksums(self.settings, self.b))
        return [cast(JsonValue, stored), shown_to(self.b)]


def seen(answer: httpx2.Response, names: Names) -> tuple[int, str, str]:
    """What a client sees of an answer, whatever things are called."""
    headers = [(name, value) for name, value in answer.headers.items() if name not in _UNLIKE]
    return answer.status_code, names.unnamed(str(sorted(headers))), names.unnamed(answer.text)


def make_neighbours(
    url: str, settings: Settings, http: httpx2.Client, mode: str, *, seeded: bool = True
) -> Neighbours:
    """Make two tenants of a mode, each with data of every kind."""
    a, b = (_make(url, settings, http, storage) for storage in MODES[mode])
    if not seeded:
        return Neighbours(settings, a, b)
    return Neighbours(settings, seed(a), seed(b))


def _make(url: str, settings: Settings, http: httpx2.Client, storage: str) -> Tenant:
    home = make_tenant(url, settings, "shared" if storage == "external" else storage)
    name = home if storage != "external" else make_external(url, settings, home)
    client = Client(url=url, tenant=name, http=http)
    return Tenant(client=client, home=home, names=Names.made_up())


def make_external(url: str, settings: Settings, home: str) -> str:
    """Make a tenant whose endpoint is another one, of the same platform or elsewhere."""
    name = f"x_{secrets.token_hex(6)}"
    asked: JsonObject = {
        "name": name,
        "storage": "external",
        "endpoint": {"url": url, "tenant": home},
    }
    answer = operate(url, settings, "POST", "/admin/tenants", asked)
    assert answer.status_code == 201, answer.text
    return name


def operate(
    url: str, settings: Settings, method: str, path: str, body: JsonObject | None = None
) -> httpx2.Response:
    """Ask as the operator."""
    token = Instance(settings.data).operator_token()
    headers = {"Authorization": f"Bearer {token}"}
    return asking.request(method, url + path, json=body, headers=headers, timeout=30)


def an_entity(names: Names, id_: str | None = None, value: str | None = None) -> JsonObject:
    """An entity whose names are the tenant's, and whose values bear its mark."""
    told = value or names.mark
    point: JsonValue = {"type": "Point", "coordinates": [141.35, 43.06]}
    return {
        "id": id_ or names.entity,
        "type": names.type,
        "scope": names.scope,
        names.attribute: [
            {"type": "Property", "value": told},
            {"type": "Property", "value": told, "datasetId": names.dataset},
        ],
        "level": {"type": "Property", "value": 7, "unitCode": told},
        "location": {"type": "GeoProperty", "value": point},
    }


def a_subscription(names: Names, uri: str = NOBODY) -> JsonObject:
    """A subscription to everything of the tenant's type."""
    return {
        "id": names.subscription,
        "type": "Subscription",
        "description": names.mark,
        "entities": [{"type": names.type}],
        "notification": {"endpoint": {"uri": f"{uri}?{names.mark}"}},
    }


def a_snapshot(names: Names) -> JsonObject:
    """A snapshot of everything of the tenant's type."""
    query: JsonValue = {"type": "Query", "entities": [{"type": names.type}]}
    return {"id": names.snapshot, "type": "Snapshot", "snapshotQueries": [query]}


def seed(tenant: Tenant) -> Tenant:
    """Put something of each kind into a tenant; answers with what it is called."""
    client, names = tenant.client, tenant.names
    for id_ in (names.entity, names.second, BOTH):
        client.create(an_entity(names, id_))
    _made(client.send("POST", "/subscriptions", a_subscription(names)))
    _made(client.send("POST", "/snapshots", a_snapshot(names)))
    own: JsonObject = {"@context": {names.attribute: f"https://example.org/{names.mark}"}}
    plain = {"Content-Type": "application/json"}
    hosted = _made(client.send("POST", "/jsonldContexts", own, headers=plain))
    mapped = client.get("/entityMaps", type=names.type)
    assert mapped.status_code == 201, mapped.text
    found = replace(
        names,
        context=hosted.headers["location"].rpartition("/")[2],
        entity_map=mapped.json()["id"],
    )
    _ready(client, names)
    return replace(tenant, names=found)


def _made(answer: httpx2.Response) -> httpx2.Response:
    assert answer.status_code == 201, answer.text
    return answer


def _ready(client: Client, names: Names) -> None:
    """Ask for the snapshot until it is filled: each request wakes who fills it."""
    for _ in range(2_000):
        told = client.get(f"/snapshots/{names.snapshot}").json()
        if told.get("snapshotStatus") != "preparing":
            return
        client.send("GET", f"/entities/{names.entity}", headers={"NGSILD-Snapshot": names.snapshot})
    raise AssertionError(told)


def shown_to(tenant: Tenant) -> JsonValue:
    """What a tenant's own client finds, without times and counters that move by themselves."""
    client, names = tenant.client, tenant.names
    return [
        client.get("/entities", type="*", options="sysAttrs", local="true").json(),
        client.get("/types", details="true").json(),
        client.get("/attributes", details="true").json(),
        client.get("/jsonldContexts").json(),
        client.get(f"/jsonldContexts/{names.context}").json(),
        client.get(f"/entityMaps/{names.entity_map}").json(),
        [one["id"] for one in client.get("/subscriptions").json()],
        client.send(
            "GET",
            "/entities",
            params={"type": names.type},
            headers={"NGSILD-Snapshot": names.snapshot},
        ).json(),
    ]


async def checksums(settings: Settings, tenant: Tenant) -> dict[str, list[Any]]:
    """Count and add up the rows of every table that has some of the tenant, and of its snapshots.

    Read past row-level security, by the server's superuser.
    """
    registered = operate(tenant.client.url, settings, "GET", f"/admin/tenants/{tenant.home}").json()
    return await checksums_of(admin_dsn_of(settings), registered["database"], registered["number"])


def admin_dsn_of(settings: Settings) -> str:
    """The superuser's way to the server."""
    assert settings.database_url is not None
    return settings.database_url.get_secret_value()


async def checksums_of(admin_dsn: str, database: str, number: int) -> dict[str, list[Any]]:
    """Add up the rows of a tenant's number in a database."""
    connection = await asyncpg.connect(admin_dsn, database=database)
    try:
        owned = await connection.fetch("SELECT tenant FROM tenant_state WHERE owner = $1", number)
        numbers = [number, *(row[0] for row in owned)]
        found = {}
        for (table,) in await connection.fetch(_TABLES):
            if table in _RESTLESS:
                continue
            row = await connection.fetchrow(
                "SELECT count(*), md5(string_agg(r, '' ORDER BY r)) FROM (SELECT"  # noqa: S608 — a name of the catalog
                " (to_jsonb(t) - '{hits,last_usage,last_used_at,claimed_until}'::text[])::text r"
                f" FROM {table} t WHERE tenant = ANY ($1)) rows",
                numbers,
            )
            found[table] = list(row or ())
        return found
    finally:
        await connection.close()


def path_of(tenant: Tenant) -> str:
    """The address of the tenant's API."""
    return tenant.client.url + NGSI_LD
