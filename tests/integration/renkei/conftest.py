"""A platform that runs with --auth on, and a tenant of it with a policy."""

import socket
from collections.abc import Iterator
from http.cookiejar import DefaultCookiePolicy

import httpx2
import pytest

from kit.json import JsonObject, JsonValue
from tests.integration.idp_federation.people import ANCHOR, Op
from tests.integration.renkei.enforcing import (
    BOTH,
    EVENT,
    POLICY,
    RESIDENT,
    ROSTER,
    City,
    V,
    machine,
    put_policy,
)
from tests.platforms import make_tenant, served, settings_of


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
