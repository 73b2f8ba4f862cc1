"""Forged, replayed, foreign and outdated tokens at the APIs of all houses (§7: 1, 2, 7, 8)."""

import base64
import json
import secrets
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from hmac import digest

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import ECKey

from idp_federation.oidc.withdrawal import Effect, Withdrawal
from joint_use import Levels
from kit.json import JsonObject, JsonValue
from kit.jwt import SigningKey, sign
from renkei.identity import Identity
from tests import asking
from tests.integration.idp_federation.people import CALLBACK, ClientKey, Op, claims_in
from tests.integration.renkei.enforcing import RESIDENT, City, machine, resident
from tests.platforms import make_tenant

LOST_WITHIN_S = 60.0
APIS = (
    "/ngsi-ld/v1/entities/urn:e:open",
    "/ngsi-ld/v1/entities?local=true",
    "/broker/v1/indexes",
    "/datamodels/tenants/{tenant}/datasets",
    "/consents/{tenant}",
    "/admin/tenants",
    "/admin/audit/records",
    "/catalog/v1/entries",
    "/tenants/{tenant}",
    "/api/3/action/package_list",
)
"""One of each API that reads tokens."""


def refused_everywhere(city: City, token: str) -> None:
    """Show a token to every API: it opens nothing, not even what is open to anyone."""
    for path in APIS:
        answer = city.op.http.get(
            city.op.url + path.format(tenant=city.name),
            headers={"NGSILD-Tenant": city.name, "Authorization": f"Bearer {token}"},
        )
        assert answer.status_code == 401, (path, answer.status_code, answer.text)
        assert 'error="invalid_token"' in answer.headers["www-authenticate"], path


def inside(op: Op, act: Callable[[Identity], Awaitable[object]]) -> object:
    """Do something with the platform's own secrets, as nobody outside can."""

    found = list[object]()

    async def run(identity: Identity) -> None:
        found.append(await act(identity))

    op.identity._run(run)
    return found[0]


def own_key(op: Op) -> SigningKey:
    """The key that the platform signs its tokens with."""
    found = inside(op, lambda identity: identity.ring.signer())
    assert isinstance(found, SigningKey)
    return found


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def written(header: JsonObject, claims: JsonObject) -> str:
    return ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))


@pytest.fixture
def claims(city: City) -> JsonObject:
    """The claims of a token that counts."""
    return claims_in(city.service)


def test_what_is_tried_here_would_count_if_it_were_right(city: City, claims: JsonObject) -> None:
    token = sign(claims, own_key(city.op), typ="at+jwt")
    assert city.ask("GET", "/entities/urn:e:roster", token).status_code == 200


@pytest.mark.parametrize("alg", ["none", "None", "NONE", ""])
def test_attack_2_alg_none(city: City, claims: JsonObject, alg: str) -> None:
    kid = own_key(city.op).kid
    unsigned = written({"alg": alg, "typ": "at+jwt", "kid": kid}, claims)
    for tail in ("", city.service.rsplit(".")[-1]):
        refused_everywhere(city, f"{unsigned}.{tail}")


def test_attack_2_confusion_of_secrets_and_public_keys(city: City, claims: JsonObject) -> None:
    """The public key, in each of its written forms, as the secret of an HMAC."""
    own = own_key(city.op)
    key = ECKey.import_key({name: str(value) for name, value in own.public.items()})
    forms = [
        key.as_pem(private=False),
        key.as_pem(private=False).strip(),
        json.dumps(own.public).encode(),
        key.public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    ]
    for secret in forms:
        signed = written({"alg": "HS256", "typ": "at+jwt", "kid": own.kid}, claims)
        mac = base64url(digest(secret, signed.encode(), "sha256"))
        refused_everywhere(city, f"{signed}.{mac}")


def test_attack_2_keys_that_a_token_brings_along_and_kids_that_are_none(
    city: City, claims: JsonObject
) -> None:
    thief, own = ClientKey.new(), own_key(city.op).kid
    headers: list[dict[str, JsonValue]] = [
        {},
        {"kid": own},
        {"kid": None},
        {"kid": own, "jwk": thief.public},
        {"kid": own, "jku": f"{city.op.url}/identity/v1/jwks"},
        {"kid": own, "x5u": "https://evil.example/x5u"},
        {"kid": "../../../../dev/null"},
        {"kid": "x' UNION SELECT 'secret"},
    ]
    for header in headers:
        refused_everywhere(city, thief.sign(claims, **{"typ": "at+jwt", **header}))
    for kids in (
        f'"{own}","kid":"{thief.key.kid}"',
        f'"{thief.key.kid}","kid":"{own}"',
        f'["{own}"]',
    ):
        raw = f'{{"alg":"ES256","typ":"at+jwt","kid":{kids}}}'
        refused_everywhere(city, signed_by_hand(raw, claims, thief))


def signed_by_hand(header: str, claims: JsonObject, key: ClientKey) -> str:
    """Sign under a header that no library would write."""
    signed = f"{base64url(header.encode())}.{base64url(json.dumps(claims).encode())}"
    private = key.key.private_key
    assert private is not None
    r, s = decode_dss_signature(private.sign(signed.encode(), ECDSA(SHA256())))
    return f"{signed}.{base64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def test_attack_2_tokens_of_every_other_kind(city: City) -> None:
    her = resident(city, Levels(2, 2))
    now = int(time.time())
    given = her.app.tokens(tenant=city.name)
    claims: JsonObject = {"iss": her.app.id, "sub": her.app.id, "aud": city.op.url, "jti": "j"}
    kinds = [
        given["id_token"],
        given["refresh_token"] if "refresh_token" in given.answer else "x.y.z",
        her.app.assertion(),
        her.app.key.sign({**claims, "exp": now + 60, "iat": now}, typ="oauth-authz-req+jwt"),
        her.app.proof("GET", f"{city.op.url}/ngsi-ld/v1/entities"),
    ]
    own = own_key(city.op)
    kinds += [
        sign(claims_in(city.service), own, typ=typ)
        for typ in ("JWT", "logout+jwt", "entity-statement+jwt", "trust-mark+jwt", "dpop+jwt")
    ]
    for token in kinds:
        refused_everywhere(city, token)


@pytest.mark.parametrize("wrong", ["{}/", "{}.evil.example", "{}evil", "https{0}", ""])
def test_attack_7_issuers_that_look_alike(city: City, claims: JsonObject, wrong: str) -> None:
    own = own_key(city.op)
    refused_everywhere(city, sign({**claims, "iss": wrong.format(city.op.url)}, own, typ="at+jwt"))


@pytest.mark.parametrize("wrong", ["{}.evil.example", "{}evil/ngsi-ld", "https://evil.example/"])
def test_attack_7_tokens_for_another_service(city: City, claims: JsonObject, wrong: str) -> None:
    audience: JsonValue = [wrong.format(city.op.url)]
    refused_everywhere(city, sign({**claims, "aud": audience}, own_key(city.op), typ="at+jwt"))


@pytest.mark.parametrize(
    ("moved", "status"),
    [
        ({"iat": 9}, 200),
        ({"iat": 61, "exp": 120}, 401),
        ({"exp": -9, "iat": -60}, 200),
        ({"exp": -61, "iat": -120}, 401),
    ],
)
def test_attack_8_clocks(
    city: City, claims: JsonObject, moved: dict[str, int], status: int
) -> None:
    now = int(time.time())
    times: JsonObject = {name: now + offset for name, offset in moved.items()}
    token = sign({**claims, "jti": secrets.token_hex(8), **times}, own_key(city.op), typ="at+jwt")
    assert city.ask("GET", "/entities/urn:e:open", token).status_code == status


def test_attack_7_codes_and_refresh_tokens_of_one_municipality_give_no_tokens_of_another(
    city: City,
) -> None:
    elsewhere = make_tenant(city.op.url, city.op.settings)
    app = city.op.register(tenants=[city.name, elsewhere], resources=[f"{city.op.url}/ngsi-ld/v1"])
    app.browse(city.op.identity.sign_in(city.op.identity.open_account(city.name)))
    asked = {"tenant": city.name, "scope": "openid read offline_access"}
    # The parameter counts for nothing here: the grant says where its tokens are for.
    given = app.redeem(app.code(**asked), tenant=elsewhere).json()
    assert claims_in(given["access_token"])["tenant"] == city.name
    again = app.refresh(given["refresh_token"], tenant=elsewhere).json()
    assert claims_in(again["access_token"])["tenant"] == city.name


def test_attack_7_a_token_of_one_municipality_at_the_apis_of_another(city: City) -> None:
    name = make_tenant(city.op.url, city.op.settings)
    foreign = machine(city.op, name)
    asked: tuple[tuple[str, str, JsonValue], ...] = (
        ("GET", f"/entities?type={RESIDENT}", None),
        ("POST", "/entities", {"id": "urn:e:x", "type": RESIDENT}),
        ("GET", "/subscriptions", None),
    )
    for method, path, body in asked:
        assert city.ask(method, path, foreign, body).status_code == 403, path
    for path in ("/broker/v1/indexes", "/admin/tenants", "/admin/audit/records"):
        answer = city.op.http.get(
            city.op.url + path,
            headers={"NGSILD-Tenant": city.name, "Authorization": f"Bearer {foreign}"},
        )
        assert answer.status_code in (401, 403), path


def test_attack_1_a_request_object_is_good_once_over_two_workers(
    city: City, other_worker: str
) -> None:
    op = city.op
    app = op.register(tenants=[city.name])
    app.browse(op.identity.sign_in(op.identity.open_account(city.name)))
    now = int(time.time())
    claims: JsonObject = {
        "iss": app.id,
        "client_id": app.id,
        "aud": op.url,
        "exp": now + 60,
        "iat": now,
        "jti": secrets.token_hex(8),
        "response_type": "code",
        "redirect_uri": CALLBACK,
        "scope": "openid",
        "code_challenge": "c" * 43,
        "code_challenge_method": "S256",
    }
    signed = {
        "client_id": app.id,
        "request": app.key.sign(claims, typ="oauth-authz-req+jwt"),
    }
    first = app.visit(f"{other_worker}/identity/v1/authorize", signed)
    assert first.status_code == 303, first.text
    replayed = app.visit(op.endpoint("authorize"), signed)
    assert replayed.status_code == 400


def test_attack_1_answers_name_their_issuer_so_that_none_is_mixed_up(city: City) -> None:
    """RFC 9207: a client that asked another provider sees that this answer is not its own."""
    app = city.op.register(tenants=[city.name])
    app.browse(city.op.identity.sign_in(city.op.identity.open_account(city.name)))
    for answer in (app.ask("v" * 43), app.ask("v" * 43, scope="unknown")):
        assert (
            f"iss={city.op.url.replace(':', '%3A').replace('/', '%2F')}"
            in (answer.headers["location"])
        )


def test_attack_8_levels_are_lost_at_every_worker_within_sixty_seconds(
    city: City, other_worker: str
) -> None:
    """As after the revocation of a mark or the end of evidence: tokens in use fall, too."""
    her = resident(city, Levels(2, 2))
    her.consent()
    sid = claims_in(her.token)["sid"]
    workers = (city.op.url, other_worker)

    def statuses() -> set[int]:
        return {
            asking.get(
                f"{worker}/ngsi-ld/v1/entities?type={RESIDENT}",
                headers={"NGSILD-Tenant": city.name, "Authorization": f"Bearer {her.token}"},
                trust_env=False,
            ).status_code
            for worker in workers
        }

    assert statuses() == {200}
    began, now = time.monotonic(), datetime.now(UTC)
    fallen = Withdrawal(
        name=f"session:{sid}", effect=Effect.LOWER, at=now, expires_at=now + timedelta(minutes=10)
    )
    inside(city.op, lambda identity: identity.provider.withdrawals.note([fallen]))
    while statuses() != {401}:
        assert time.monotonic() - began < LOST_WITHIN_S
        time.sleep(0.05)
