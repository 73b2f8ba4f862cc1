"""Crafted names and queries are refused or harmless, and text that is stored comes back equal."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote

import asyncpg
import httpx2
import pytest

from kit.json import JsonObject, JsonValue
from renkei.settings import Settings
from tests.isolation.neighbours import (
    Neighbours,
    Tenant,
    admin_dsn_of,
    make_neighbours,
    operate,
)

CRAFTED: Sequence[str] = (
    "'; DROP TABLE entity; --",
    "' OR '1'='1",
    "'' OR tenant > 0 OR ''='",
    '"; DELETE FROM entity_kind; --',
    "\\'; SELECT pg_sleep(9); --",
    "$1",
    "$1::int OR true",
    "$$; TRUNCATE entity; $$",
    "$.*",
    "$[*] ? (@.type == 1)",
    "? (1 == 1)",
    "@.keyvalue()",
    '") || exists($.** ? (@ like_regex ".*',
    "**",
    "%",
    "%%",
    "_",
    "%s",
    "%(tenant)s",
    "{0.__class__}",
    "{{7*7}}",
    "${7*7}",
    "<script>alert(1)</script>",
    "<!--#exec cmd=1-->",
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "select",
    "SELECT",
    "null",
    "undefined",
    "NaN",
    "true",
    "tenant",
    "document",
    "renkei.tenant",
    "SET renkei.tenant",
    "../../etc/passwd",
    "..",
    "a/b",
    "a\\b",
    "a b",
    "a\tb",
    "a\nb",
    "a\r\nNGSILD-Tenant: other",
    "\x7f",
    "\x1b[31m",
    "\u202eesrever",
    "\u200fright",
    "\u200bzero",
    "\ufeff",
    "\u2028",
    "é",
    "e\u0301",
    "ｆｕｌｌ",
    "ﬃ",
    "İ",
    "ß",
    "北海道",
    "𠮷野家",
    "👩‍👩‍👧",
    "\U0010ffff",
    "\ufffe",
    "a" * 300,
    "あ" * 300,
    "id",
    "type",
    "@id",
    "@type",
    "@context",
    "@none",
    "urn:ngsi-ld:default",
    "https://example.org/a#b?c=d&e=f",
)
NOT_TEXT: Sequence[str] = ("\x00", "a\x00b", "\ud800", "a\udfffb")
"""What PostgreSQL, or UTF-8, has no text for."""


@pytest.fixture(scope="module", params=["shared", "separated", "external beside shared"])
def mode(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture(scope="module", params=["some", pytest.param("all", marks=pytest.mark.slow)])
def texts(request: pytest.FixtureRequest, mode: str) -> Sequence[str]:
    """Fewer of them where less of our own code is at work."""
    if request.param == "all":
        return CRAFTED
    return CRAFTED[::3] if mode == "shared" else CRAFTED[1::8]


@pytest.fixture(scope="module")
def neighbours(
    broker_url: str, platform_settings: Settings, http: httpx2.Client, mode: str
) -> Iterator[Neighbours]:
    """Two tenants; whatever the first one says, the second one's and the catalog stay."""
    made = make_neighbours(broker_url, platform_settings, http, mode)
    before = made.truth(), catalog(made)
    yield made
    assert (made.truth(), catalog(made)) == before


def catalog(neighbours: Neighbours) -> list[tuple[str, ...]]:
    """All tables, functions, policies and roles of B's database."""
    return asyncio.run(_catalog(neighbours.settings, neighbours.b))


async def _catalog(settings: Settings, tenant: Tenant) -> list[tuple[str, ...]]:
    told = operate(tenant.client.url, settings, "GET", f"/admin/tenants/{tenant.home}").json()
    connection = await asyncpg.connect(admin_dsn_of(settings), database=told["database"])
    try:
        rows = await connection.fetch(
            """
            SELECT 'relation', relname::text, relforcerowsecurity::text FROM pg_class
            WHERE relnamespace = 'public'::regnamespace
            UNION ALL SELECT 'function', proname::text, md5(prosrc) FROM pg_proc
            WHERE pronamespace = 'public'::regnamespace
            UNION ALL SELECT 'policy', polname::text, pg_get_expr(polqual, polrelid) FROM pg_policy
            UNION ALL SELECT 'role', rolname::text, rolsuper::text || rolbypassrls::text
            FROM pg_roles WHERE rolname = 'renkei_app'
            ORDER BY 1, 2, 3"""
        )
        return [tuple(row) for row in rows]
    finally:
        await connection.close()


def crafted_entities(text: str, number: int) -> Iterator[tuple[str, JsonObject]]:
    """Entities with a crafted text in each place that takes one."""
    id_ = f"urn:ngsi-ld:Crafted:{number}"
    plain: JsonObject = {"id": id_, "type": "Crafted"}
    told: JsonValue = {"type": "Property", "value": 1}
    yield "value", {**plain, "note": {"type": "Property", "value": text}}
    yield (
        "nested value",
        {**plain, "note": {"type": "Property", "value": {"a": [text, {"b": text}]}}},
    )
    yield "key", {**plain, "note": {"type": "JsonProperty", "json": {text: {text: 1}}}}
    yield "language", {**plain, "note": {"type": "LanguageProperty", "languageMap": {text: "x"}}}
    yield (
        "translation",
        {
            **plain,
            "note": {"type": "LanguageProperty", "languageMap": {"ja": text}},
        },
    )
    yield "word", {**plain, "note": {"type": "VocabProperty", "vocab": text}}
    yield "unit", {**plain, "note": {"type": "Property", "value": 1, "unitCode": text}}
    yield "object", {**plain, "note": {"type": "Relationship", "object": f"urn:x:{text}"}}
    yield (
        "dataset",
        {
            **plain,
            "note": {"type": "Property", "value": 1, "datasetId": f"urn:x:{text}"},
        },
    )
    yield "attribute", {**plain, text: told}
    yield "sub-attribute", {**plain, "note": {"type": "Property", "value": 1, text: told}}
    yield "type", {"id": id_, "type": text}
    yield "scope", {**plain, "scope": f"/{text}"}
    yield "id", {"id": f"urn:x:{text}", "type": "Crafted"}
    yield "term", {**plain, text: told, "@context": {text: f"https://example.org/{number}"}}
    yield "meaning", {**plain, "x": told, "@context": {"x": f"https://example.org/{text}"}}


def keeps(client: Tenant, what: str, entity: JsonObject) -> bool:
    """Store an entity, have it back equal, and delete it; False: it is refused."""
    api = client.client
    answer = api.send("POST", "/entities", entity)
    if answer.status_code in (400, 504):  # 504: the text is taken for the address of a @context
        return False
    assert answer.status_code == 201, (what, entity, answer.text)
    path = f"/entities/{quote(str(entity['id']), safe='')}"
    assert answer.headers["location"].startswith("/ngsi-ld/v1/entities/")
    is_reached = api.get(path).status_code == 200
    assert is_reached or ".." in path, path  # what leads upwards is not handed to a source
    if "@context" in entity or not is_reached:
        back = api.send("POST", "/entityOperations/query?local=true", _under(entity)).json()
    else:
        back = [api.get(path).json()]
        listed = api.get("/entities", id=str(entity["id"]).replace(",", "%2C"), local="true")
        assert listed.status_code in (200, 400), listed.text
    assert back == [{k: v for k, v in entity.items() if k != "@context"}], what
    assert api.send("POST", "/entityOperations/delete", [entity["id"]]).status_code == 204, what
    return True


def _under(entity: JsonObject) -> JsonObject:
    context = {"@context": entity["@context"]} if "@context" in entity else {}
    return {"type": "Query", "entities": [{"type": "Crafted", "id": entity["id"]}], **context}


def test_crafted_text_comes_back_equal_or_is_refused(
    neighbours: Neighbours, texts: Sequence[str]
) -> None:
    kept: dict[str, int] = {}
    for number, text in enumerate(texts):
        for what, entity in crafted_entities(text, number):
            kept[what] = kept.get(what, 0) + keeps(neighbours.a, what, entity)
    for what in ("value", "nested value", "translation", "key"):
        assert kept[what] >= len(texts) - 3, kept
    assert all(kept.values()), kept


def test_what_is_no_text_is_refused(neighbours: Neighbours) -> None:
    headers = {"Content-Type": "application/json"}
    for text in NOT_TEXT:
        escaped = "".join(f"\\u{ord(letter):04x}" for letter in text)
        for where in (
            '"note":{"type":"Property","value":"%s"}',
            '"%s":{"type":"Property","value":1}',
        ):
            member = where.replace("%s", escaped)
            body = f'{{"id":"urn:x:1","type":"Crafted",{member}}}'.encode()
            answer = neighbours.a.client.send("POST", "/entities", content=body, headers=headers)
            assert answer.status_code == 400, (escaped, answer.text)
    for path in ("/entities/urn:x:%00", "/types/%00", "/entities/%ff", "/entities?type=%00"):
        assert neighbours.a.client.send("GET", path).status_code in (400, 404), path


_PARAMETERS = (
    *("q", "scopeQ", "type", "attrs", "idPattern", "id", "orderBy", "collation"),
    *("datasetId", "lang", "pick", "omit", "geoproperty", "coordinates", "georel", "csf"),
)
_Q = ("{}", '{}=="x"', 'note=="{}"', 'note~="{}"', "note.{}==1", "note[{}]==1", "{};note", "({})")


def asked(parameter: str, text: str) -> Iterator[dict[str, str]]:
    """Parameters of a query with a crafted text in one of them."""
    every = {"type": "*", "local": "true", "limit": "1000"}
    if parameter == "q":
        for pattern in _Q:
            yield {**every, "q": pattern.replace("{}", text)}
    elif parameter == "scopeQ":
        yield {**every, "scopeQ": f"/{text}"}
        yield {**every, "scopeQ": text}
    elif parameter in ("geoproperty", "coordinates", "georel"):
        geo = {"georel": "near;maxDistance==1", "geometry": "Point", "coordinates": "[0,0]"}
        yield {**every, **geo, parameter: text}
    elif parameter == "collation":
        yield {**every, "orderBy": "note", "collation": text}
    else:
        yield {**every, parameter: text}


@pytest.mark.parametrize("parameter", _PARAMETERS)
def test_a_crafted_query_is_refused_or_finds_ones_own(
    neighbours: Neighbours, texts: Sequence[str], parameter: str
) -> None:
    b, statuses = neighbours.b.names, set()
    for text in texts:
        for params in asked(parameter, text):
            answer = neighbours.a.client.get("/entities", **params)
            assert answer.status_code in (200, 400, 403), (params, answer.text)
            assert b.mark not in answer.text, params
            assert b.token not in answer.text, params
            statuses.add(answer.status_code)
    assert statuses


@pytest.mark.parametrize("text", [*CRAFTED, "Sapporo", "A", "", "-", "a-b", "a.b", "x" * 64])
def test_a_tenant_of_a_crafted_name_is_not_made(neighbours: Neighbours, text: str) -> None:
    if re.fullmatch("[a-z0-9_]{1,63}", text):
        return
    url, settings = neighbours.a.client.url, neighbours.settings
    asked_for: JsonObject = {"name": text, "storage": "separated"}
    answer = operate(url, settings, "POST", "/admin/tenants", asked_for)
    assert answer.status_code in (400, 422), answer.text
    quoted = quote(text, safe="") or "%20"
    shown = operate(url, settings, "GET", f"/admin/tenants/{quoted}")
    assert shown.status_code in (200, 400, 404, 405, 422), shown.text
    assert neighbours.b.name not in shown.text or not text


def test_crafted_ids_and_terms_are_kept_or_refused(
    neighbours: Neighbours, texts: Sequence[str]
) -> None:
    """Context terms and ids of the other resources: refused, or kept as they are."""
    api = neighbours.a.client
    plain = {"Content-Type": "application/json"}
    for number, text in enumerate(texts):
        document: JsonObject = {"@context": {text: f"https://example.org/{number}"}}
        made = api.send("POST", "/jsonldContexts", document, headers=plain)
        assert made.status_code in (201, 400, 504), made.text
        if made.status_code == 201:
            path = made.headers["location"].removeprefix("/ngsi-ld/v1")
            assert api.get(path).json() == document
            assert api.send("DELETE", path).status_code == 204
        for kind, body in (
            ("subscriptions", _subscription(text)),
            ("snapshots", _snapshot(text)),
        ):
            made = api.send("POST", f"/{kind}", body)
            assert made.status_code in (201, 400), made.text
            path = f"/{kind}/{quote(f'urn:x:{text}', safe='')}"
            gone = api.send("DELETE", path).status_code
            is_made = made.status_code == 201 and ".." not in text
            assert gone in ((204,) if is_made else (204, 400, 404)), path


def _subscription(text: str) -> JsonObject:
    return {
        "id": f"urn:x:{text}",
        "type": "Subscription",
        "description": text,
        "entities": [{"type": "Crafted"}],
        "notification": {"endpoint": {"uri": "http://127.0.0.1:9/"}},
    }


def _snapshot(text: str) -> JsonObject:
    query: JsonValue = {"type": "Query", "entities": [{"type": "Crafted"}]}
    return {"id": f"urn:x:{text}", "type": "Snapshot", "snapshotQueries": [query]}
