"""Attacks on the form and signature of a JWT: each is named and fails."""

import base64
import json
from typing import cast

import pytest
from joserfc import jws
from joserfc.jwk import OctKey, OKPKey, RSAKey

from idp_federation.federation.errors import InvalidJwt
from idp_federation.federation.jwt import (
    KINDS_OF_KEY,
    MAX_BYTES,
    check_signature,
    read_jwt,
    read_keys,
)
from kit.json import JsonObject, JsonValue
from tests.unit.idp_federation.signed import STATEMENT, jwks, key_set, public, sign, verify

CLAIMS: JsonObject = {"iss": "https://city.example"}


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def raw(header: object, claims: object = CLAIMS, signature: str = "AAAA") -> str:
    return f"{part(header)}.{part(claims)}.{signature}"


def read(token: str) -> None:
    read_jwt(token, typ={STATEMENT})


def test_a_signed_jwt_is_read_and_its_signature_checked() -> None:
    jwt = read_jwt(sign(CLAIMS, "city"), typ={STATEMENT})
    assert (jwt.alg, jwt.kid, jwt.claims) == ("ES256", "city", CLAIMS)
    check_signature(jwt, key_set("city", "pref"), verify, what="Statement")


@pytest.mark.parametrize("alg", ["none", "None", "nOnE", "HS256", "HS512", "", None, 7, ["ES256"]])
def test_alg_none_and_symmetric_algorithms_are_refused(alg: JsonValue) -> None:
    with pytest.raises(InvalidJwt, match="JWT has alg"):
        read(raw({"typ": STATEMENT, "kid": "city", "alg": alg}))


def test_no_symmetric_algorithm_is_accepted() -> None:
    assert {kty for kty, _ in KINDS_OF_KEY.values()} == {"EC", "RSA", "OKP"}


def test_a_public_key_used_as_hmac_secret_is_refused() -> None:
    pem = json.dumps(public("city"))
    secret = OctKey.import_key(pem)
    header = {"alg": "HS256", "kid": "city", "typ": STATEMENT}
    with pytest.raises(InvalidJwt, match="HS256"):
        read(jws.serialize_compact(header, json.dumps(CLAIMS), secret, algorithms=["HS256"]))


@pytest.mark.parametrize("name", ["jwk", "jku", "x5c", "x5u", "x5t", "x5t#S256"])
def test_a_key_inside_the_jwt_is_refused(name: str) -> None:
    with pytest.raises(InvalidJwt, match="brings its own key"):
        read(raw({"typ": STATEMENT, "kid": "city", "alg": "ES256", name: "https://evil.example"}))


@pytest.mark.parametrize("header", [{"crit": ["exp"]}, {"b64": False}, {"crit": []}])
def test_critical_header_parameters_are_refused(header: JsonObject) -> None:
    with pytest.raises(InvalidJwt, match="critical parameters"):
        read(raw({"typ": STATEMENT, "kid": "city", "alg": "ES256", **header}))


@pytest.mark.parametrize("kid", [None, "", 7, ["city"]])
def test_an_absent_kid_is_refused(kid: JsonValue) -> None:
    with pytest.raises(InvalidJwt, match="no kid"):
        read(raw({"typ": STATEMENT, "alg": "ES256", "kid": kid}))


@pytest.mark.parametrize("kid", ["../../etc/passwd", "' OR 1=1 --", "City", "city ", "cit\u200by"])
def test_a_kid_is_only_ever_compared(kid: str) -> None:
    jwt = read_jwt(sign(CLAIMS, "city", header={"kid": kid}), typ={STATEMENT})
    with pytest.raises(InvalidJwt, match="is not known"):
        check_signature(jwt, key_set("city"), verify, what="Statement")


@pytest.mark.parametrize(
    "typ",
    ["JWT", "trust-mark+jwt", "at+jwt", "dpop+jwt", "Entity-Statement+JWT", None, 7, [STATEMENT]],
)
def test_a_jwt_of_another_kind_is_refused(typ: JsonValue) -> None:
    with pytest.raises(InvalidJwt, match="has typ"):
        read(raw({"alg": "ES256", "kid": "city", "typ": typ}))


@pytest.mark.parametrize(
    "kinds",
    [
        (STATEMENT, "trust-mark+jwt"),
        ("trust-mark+jwt", "trust-mark-delegation+jwt"),
        ("resolve-response+jwt", STATEMENT),
        ("explicit-registration-response+jwt", STATEMENT),
    ],
)
def test_kinds_do_not_stand_in_for_one_another(kinds: tuple[str, str]) -> None:
    with pytest.raises(InvalidJwt, match="has typ"):
        read_jwt(sign(CLAIMS, "city", kinds[0]), typ={kinds[1]})


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b",
        "a.b.c.d.e",
        raw({"alg": "ES256"}) + "\n",
        raw({"alg": "ES256"}).replace(".", " ."),
        f"{part({})}.{part({})}.",
        "e30=.e30=.AAAA",
        f"{part([])}.{part({})}.AAAA",
        f"{part({'typ': STATEMENT, 'alg': 'ES256', 'kid': 'a'})}.{part('text')}.AAAA",
        "x" * (MAX_BYTES + 1),
    ],
)
def test_what_is_no_compact_jws_is_refused(token: str) -> None:
    with pytest.raises(InvalidJwt):
        read(token)


@pytest.mark.parametrize(
    "claims",
    [
        '{"sub":"a","sub":"b"}',
        '{"metadata":{"a":{},"a":{}}}',
        '{"exp":NaN}',
        '{"exp":1e999}',
        '{"exp":-Infinity}',
        '{"sub":"\\ud800"}',
        '{"\\udfff":1}',
        '{"n":' + "9" * 5000 + "}",
        '{"a":' + "[" * 40 + "]" * 40 + "}",
        '{"a":' + "[" * 60_000 + "]" * 60_000 + "}",
        '{"a":1',
        "",
    ],
)
def test_json_that_readers_understand_differently_is_refused(claims: str) -> None:
    header = part({"typ": STATEMENT, "alg": "ES256", "kid": "city"})
    body = base64.urlsafe_b64encode(claims.encode()).rstrip(b"=").decode() or "AA"
    with pytest.raises(InvalidJwt):
        read(f"{header}.{body}.AAAA")


@pytest.mark.parametrize("body", [b"{\xff}", b'{"a":"\xff"}'])
def test_bytes_that_are_no_utf_8_are_refused(body: bytes) -> None:
    header = part({"typ": STATEMENT, "alg": "ES256", "kid": "city"})
    encoded = base64.urlsafe_b64encode(body).rstrip(b"=").decode()
    with pytest.raises(InvalidJwt, match="is not a JSON object"):
        read(f"{header}.{encoded}.AAAA")


def test_a_signature_by_another_key_under_the_same_kid_is_refused() -> None:
    jwt = read_jwt(sign(CLAIMS, "evil", header={"kid": "city"}), typ={STATEMENT})
    with pytest.raises(InvalidJwt, match="does not bear the signature"):
        check_signature(jwt, key_set("city"), verify, what="Statement")


def test_a_changed_claim_breaks_the_signature() -> None:
    header, _, signature = sign(CLAIMS, "city").split(".")
    forged = f"{header}.{part({'iss': 'https://evil.example'})}.{signature}"
    with pytest.raises(InvalidJwt, match="does not bear the signature"):
        check_signature(
            read_jwt(forged, typ={STATEMENT}), key_set("city"), verify, what="Statement"
        )


@pytest.mark.parametrize(
    "key",
    [
        {"kty": "OKP", "crv": "Ed25519"},
        {"crv": "P-384"},
        {"use": "enc"},
        {"alg": "ES384"},
        {"key_ops": ["sign"]},
        {"key_ops": "verify"},
    ],
)
def test_a_key_that_is_not_for_the_algorithm_is_never_tried(key: JsonObject) -> None:
    keys = read_keys({"keys": [{**public("city"), **key}]}, what="Keys")
    tried: list[str] = []

    def note(token: str, _: JsonObject) -> bool:
        tried.append(token)
        return True

    with pytest.raises(InvalidJwt, match="is not for"):
        check_signature(
            read_jwt(sign(CLAIMS, "city"), typ={STATEMENT}), keys, note, what="Statement"
        )
    assert tried == []


@pytest.mark.parametrize(
    ("key", "alg"),
    [
        (RSAKey.generate_key(2048, {"kid": "r"}), "PS256"),
        (OKPKey.generate_key("Ed25519", {"kid": "o"}), "Ed25519"),
    ],
)
def test_rsa_and_ed25519_keys_verify_too(key: RSAKey | OKPKey, alg: str) -> None:
    header = {"alg": alg, "kid": key.kid, "typ": STATEMENT}
    token = jws.serialize_compact(header, json.dumps(CLAIMS), key, algorithms=[alg])
    shown = cast(JsonObject, key.as_dict(private=False))
    keys = read_keys({"keys": [shown]}, what="Keys")

    def check(token: str, _: JsonObject) -> bool:
        jws.deserialize_compact(token, key, algorithms=[alg])
        return True

    check_signature(read_jwt(token, typ={STATEMENT}), keys, check, what="Statement")


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"keys": []},
        {"keys": {}},
        {"keys": ["city"]},
        {"keys": [{"kty": "EC"}]},
        {"keys": [{"kty": "EC", "kid": ""}]},
        {"keys": [{"kid": "a"}]},
        {"keys": [{"kty": "oct", "kid": "a", "k": "AAAA"}]},
        {"keys": [{"kty": "EC", "kid": "a", "d": "AAAA"}]},
    ],
)
def test_a_set_has_public_keys_with_kid(value: JsonValue) -> None:
    with pytest.raises(InvalidJwt):
        read_keys(value, what="Keys")


def test_a_duplicate_kid_is_refused() -> None:
    doubled = {**public("pref"), "kid": "city"}
    with pytest.raises(InvalidJwt, match="twice"):
        read_keys({"keys": [public("city"), doubled]}, what="Keys")


def test_a_set_is_written_as_it_was_read() -> None:
    assert key_set("city", "pref").as_json() == jwks("city", "pref")
