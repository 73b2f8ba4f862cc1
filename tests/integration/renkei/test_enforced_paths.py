"""Every path that is served refuses anyone, or is known to be public."""

from collections.abc import Iterator

from starlette.routing import Route

from kit.json import JsonValue
from renkei.app import create_app
from renkei.settings import Settings
from tests.integration.idp_federation.people import Op
from tests.integration.renkei.enforcing import METHODS, MODEL

PUBLIC = {
    "/": "the portal's front",
    "/search": "the portal: it shows what is visible to anybody",
    "/entries": "likewise",
    "/owners": "likewise",
    "/developers": "likewise",
    "/join": "how to take part",
    "/platform": "the platform's attributes are published",
    "/models": "data models are published",
    "/health": "who restarts processes has no token",
    "/openapi.json": "a description, without data",
    "/openapi": "likewise, of one house",
    "/asyncapi.json": "likewise, of notifications",
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
    "/api/action": "likewise",
    "/broker/v1/relay": "an address with a secret, for external sources",
    "/federation/v1": "what members of a federation ask each other: signed statements",
    "/audit/heads": "signed heads are published, so that others can keep them",
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
