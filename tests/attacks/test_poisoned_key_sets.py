"""A poisoned jwks_uri (§7: 3): who answers there for a client, or for us, is believed nothing."""

import json
import secrets
import time
from collections.abc import Callable, Iterator
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path

import httpx2
import pytest

from kit.json import JsonObject, JsonValue
from tests import asking
from tests.certificates import write_certificates
from tests.integration.idp_federation.federation.strangers import Stranger, strange
from tests.integration.idp_federation.people import ANCHOR, ClientKey, Op, RelyingParty, claims_in
from tests.platforms import served, settings_of

ISSUER = "http://127.0.0.1:9"
KEYS = "/keys.json"
KIND = "application/jwk-set+json"
LONGEST_S = 12.0
ELSEWHERE = (
    "https://169.254.169.254/keys.json",
    "https://10.0.0.1/keys.json",
    "https://[fd00::1]/keys.json",
    "https://[::ffff:10.0.0.1]/keys.json",
)


@pytest.fixture(scope="module")
def publisher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stranger]:
    """Whoever answers at the address where clients publish their keys."""
    folder = tmp_path_factory.mktemp("authority")
    write_certificates(folder)
    with strange(folder / "ca.pem") as stranger:
        yield stranger


@pytest.fixture(scope="module")
def op(
    postgres_admin_dsn: str, tmp_path_factory: pytest.TempPathFactory, publisher: Stranger
) -> Iterator[Op]:
    """A platform that reaches this machine, by a certificate that it believes."""
    authority = next(Path(tmp_path_factory.getbasetemp()).glob("authority*/ca.pem"))
    settings = settings_of(
        tmp_path_factory.mktemp("poisoned"),
        postgres_admin_dsn,
        egress_ca_file=str(authority),
        idp_federation={"issuer": ISSUER, "anchor": ANCHOR},
    )
    with (
        asking.client(timeout=30, follow_redirects=False, trust_env=False) as http,
        served(settings) as url,
    ):
        http.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        yield Op(url=url, settings=settings, http=http)


def client(op: Op, address: str) -> RelyingParty:
    """A service that publishes its keys at an address."""
    return op.register(
        jwks=None,
        jwks_uri=address,
        grant_types=["client_credentials"],
        redirect_uris=[],
        scope="read",
    )


def asks(app: RelyingParty, key: ClientKey, kid: str | None = None) -> httpx2.Response:
    """Ask for a token with a key, as its owner or as a forger, who names whatever kid."""
    claims = claims_in(app.assertion(aud=ISSUER))
    proof = key.sign(claims, kid=kid or str(key.key.kid))
    return app.post("token", {"grant_type": "client_credentials"}, assertion=proof)


def key_set(*keys: JsonValue) -> bytes:
    return json.dumps({"keys": [*keys]}).encode()


def public(key: ClientKey, **changes: JsonValue) -> JsonObject:
    return {**key.public, "alg": "ES256", "use": "sig", **changes}


def private(key: ClientKey) -> JsonObject:
    return {**public(key), "d": str(key.key.as_dict(private=True)["d"])}


POISONED: dict[str, Callable[[ClientKey, ClientKey], bytes]] = {
    "no key set": lambda _, __: b"<html>keys</html>",
    "no keys": lambda _, __: key_set(),
    "the forger's under the kid of the owner's": lambda owner, forger: key_set(
        public(owner), public(forger, kid=str(owner.key.kid))
    ),
    "a key without a kid": lambda _, forger: key_set(
        {name: one for name, one in public(forger).items() if name != "kid"}
    ),
    "a private key": lambda _, forger: key_set(private(forger)),
    "a secret": lambda _, forger: key_set(
        public(forger), {"kty": "oct", "kid": "s", "k": "c2VjcmV0", "alg": "HS256"}
    ),
    "a key for encryption": lambda _, forger: key_set(public(forger, use="enc")),
    "a key for another algorithm": lambda _, forger: key_set(public(forger, alg="ES384")),
    "ten megabytes": lambda _, forger: key_set(public(forger)) + b" " * 10_000_000,
}


def test_the_owner_is_believed_by_the_keys_that_are_published(op: Op, publisher: Stranger) -> None:
    app = client(op, publisher.url + KEYS)
    publisher.publish(KEYS, key_set(public(app.key)), kind=KIND)
    assert asks(app, app.key).status_code == 200
    assert asks(app, ClientKey.new()).status_code == 401, "A key that is not published is nobody's"


@pytest.mark.parametrize("poison", POISONED.values(), ids=POISONED)
def test_attack_3_a_poisoned_key_set_lets_no_forger_in(
    op: Op, publisher: Stranger, poison: Callable[[ClientKey, ClientKey], bytes]
) -> None:
    forger = ClientKey.new()
    place = f"/poisoned/{secrets.token_hex(4)}"
    app = client(op, publisher.url + place)
    publisher.publish(place, poison(app.key, forger), kind=KIND)
    for kid in (str(forger.key.kid), str(app.key.key.kid)):
        answer = asks(app, forger, kid)
        assert answer.status_code == 401, answer.text
        assert answer.json()["error"] == "invalid_client"


def test_attack_3_a_key_set_that_leads_elsewhere_is_not_followed(
    op: Op, publisher: Stranger
) -> None:
    forger = ClientKey.new()
    app = client(op, f"{publisher.url}/moved")
    publisher.publish("/forgers", key_set(public(forger)), kind=KIND)
    to = (("location", f"{publisher.url}/forgers"),)
    publisher.publish("/moved", b"", status=302, headers=to)
    assert asks(app, forger).status_code == 401
    assert "/forgers" not in publisher.asked


@pytest.mark.parametrize("address", ELSEWHERE)
def test_attack_3_a_jwks_uri_leads_to_no_address_inside(op: Op, address: str) -> None:
    app = client(op, address)
    began = time.monotonic()
    answer = asks(app, app.key)
    assert answer.status_code == 401, answer.text
    assert "refused" in answer.text or "not allowed" in answer.text or "cannot" in answer.text
    assert time.monotonic() - began < 4, "refused before a connection, not timed out"


def test_attack_3_a_key_set_that_drips_is_given_up(op: Op, publisher: Stranger) -> None:
    app = client(op, f"{publisher.url}/drips")
    body = key_set(public(app.key)) + b" " * 60_000
    publisher.publish("/drips", body, kind=KIND, slowly_s=4)
    began = time.monotonic()
    assert asks(app, app.key).status_code == 401
    assert time.monotonic() - began < LONGEST_S


def test_attack_3_an_unknown_kid_cannot_make_us_ask_again_and_again(
    op: Op, publisher: Stranger
) -> None:
    app = client(op, f"{publisher.url}/often")
    publisher.publish("/often", key_set(public(app.key)), kind=KIND)
    assert asks(app, app.key).status_code == 200
    for _ in range(8):
        assert asks(app, ClientKey.new()).status_code == 401
    assert publisher.asked.count("/often") == 2, "once for the owner, once for all forgers"
    assert asks(app, app.key).status_code == 200, "and the owner is believed as before"


def test_attack_3_what_is_poisoned_at_one_address_is_believed_of_no_other(
    op: Op, publisher: Stranger
) -> None:
    """A forger's own client, with its own keys, signs for nobody else, whatever its kid."""
    app = client(op, f"{publisher.url}/owner")
    forger = ClientKey.new()
    publisher.publish("/owner", key_set(public(app.key)), kind=KIND)
    forged = client(op, f"{publisher.url}/forger")
    publisher.publish("/forger", key_set(public(forger)), kind=KIND)
    assert asks(forged, forger).status_code == 200
    assert asks(app, forger).status_code == 401
