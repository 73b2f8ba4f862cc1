"""Request objects and assertions: what clients sign to be believed, those of a federation too."""

from datetime import timedelta

import pytest

from idp_federation.oidc.client import Client, ClientAuthentication
from idp_federation.oidc.client_authentication import read_assertion
from idp_federation.oidc.errors import InvalidClient, InvalidRequestObject
from idp_federation.oidc.request_object import TYP, read_request_object
from kit.json import JsonObject, JsonValue
from tests.unit.idp_federation.signed import CITY, NOW, Entity, key_set, seconds, sign

OP, EVIL = CITY.id, Entity("evil").id
RP = Client(
    id=Entity("service").id, tenants=("city",), authentication=ClientAuthentication.PRIVATE_KEY_JWT
)
KEYS = key_set("service-oidc")
LONGEST = timedelta(minutes=5)


def claims(**changes: JsonValue) -> JsonObject:
    told: JsonObject = {
        "iss": RP.id,
        "client_id": RP.id,
        "aud": OP,
        "jti": "f3c1",
        "exp": seconds(60),
        "iat": seconds(),
        "response_type": "code",
        **changes,
    }
    return {name: value for name, value in told.items() if value is not None}


def read_request(token: str, *, offset_s: float = 0) -> dict[str, str]:
    now = NOW + timedelta(seconds=offset_s)
    return dict(read_request_object(token, RP, KEYS, issuer=OP, longest=LONGEST, now=now)[1])


def read_proof(token: str) -> JsonValue:
    signed = read_assertion(token, RP, KEYS, issuer=OP, longest=LONGEST, now=NOW)
    return signed.claims["jti"]


def request_object(**changes: JsonValue) -> str:
    return sign(claims(**changes), "service-oidc", TYP)


def assertion(**changes: JsonValue) -> str:
    given: JsonObject = {"sub": RP.id, "client_id": None, **changes}
    return sign(claims(**given), "service-oidc", "JWT")


def test_a_request_object_says_what_is_asked_for() -> None:
    assert read_request(request_object()) == {"client_id": RP.id, "response_type": "code"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("aud", None),
        ("aud", EVIL),
        ("aud", [OP, EVIL]),
        ("aud", []),
        ("aud", OP + "/"),
        ("iss", None),
        ("iss", EVIL),
        ("client_id", EVIL),
        ("client_id", None),
        ("sub", RP.id),
        ("jti", None),
        ("jti", ""),
        ("exp", None),
        ("exp", seconds(-61)),
        ("exp", seconds(3600)),
        ("iat", seconds(61)),
        ("nbf", seconds(61)),
        ("request", "another"),
        ("request_uri", "urn:another"),
    ],
)
def test_a_request_object_that_breaks_a_rule_is_refused(name: str, value: JsonValue) -> None:
    with pytest.raises(InvalidRequestObject):
        read_request(request_object(**{name: value}))


@pytest.mark.parametrize("offset_s", [-10, 10])
def test_a_clock_ten_seconds_off_is_accepted(offset_s: int) -> None:
    assert read_request(request_object(exp=seconds()), offset_s=offset_s)


def test_a_request_object_is_signed_with_the_protocol_key_not_the_federation_key() -> None:
    with pytest.raises(InvalidRequestObject, match="is not known"):
        read_request(sign(claims(), "service", TYP))
    forged = sign(claims(), "evil", TYP, header={"kid": "service-oidc"})
    with pytest.raises(InvalidRequestObject, match="does not bear"):
        read_request(forged)


@pytest.mark.parametrize("typ", ["entity-statement+jwt", "dpop+jwt", "at+jwt", "logout+jwt", "JWT"])
def test_another_kind_of_jwt_is_no_request_object(typ: str) -> None:
    with pytest.raises(InvalidRequestObject, match="has typ"):
        read_request(sign(claims(), "service-oidc", typ))


def test_an_assertion_is_believed() -> None:
    assert read_proof(assertion()) == "f3c1"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sub", EVIL),
        ("sub", None),
        ("iss", EVIL),
        ("aud", f"{OP}/par"),
        ("aud", [OP, f"{OP}/par"]),
        ("jti", None),
        ("exp", seconds(-61)),
        ("exp", seconds(3600)),
    ],
)
def test_an_assertion_that_breaks_a_rule_is_refused(name: str, value: JsonValue) -> None:
    with pytest.raises(InvalidClient):
        read_proof(assertion(**{name: value}))


def test_neither_passes_for_the_other() -> None:
    with pytest.raises(InvalidClient):
        read_proof(request_object())
    with pytest.raises(InvalidRequestObject):
        read_request(assertion())
