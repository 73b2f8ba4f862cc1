"""Names: of people to sectors, of addresses that people may be sent to, of marks that are ours."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp_federation.oidc.client import (
    Client,
    ClientAuthentication,
    GrantType,
    SubjectType,
    checked,
    client_as_json,
    client_from_json,
    may_redirect_to,
)
from idp_federation.oidc.errors import InvalidClientMetadata
from idp_federation.oidc.opaque import is_ours, signed
from idp_federation.oidc.subject import subject_of
from kit.json import JsonObject

KEY = b"k" * 32


def a_client(sector: str = "s", **more: object) -> Client:
    made = Client(
        id="app", tenants=("sapporo",), authentication=ClientAuthentication.NONE, sector=sector
    )
    return made if not more else client_from_json({**client_as_json(made), **more})  # type: ignore[dict-item]  # a test names members


@settings(max_examples=100)
@given(st.text(max_size=8), st.text(max_size=8), st.text(max_size=8), st.text(max_size=8))
def test_attack_7_pairwise_names_of_different_pairs_never_meet(
    one: str, person: str, other: str, somebody: str
) -> None:
    first = subject_of(person, a_client(one or "x"), KEY)
    second = subject_of(somebody, a_client(other or "x"), KEY)
    assert (first == second) == ((one or "x", person) == (other or "x", somebody))


def test_attack_7_moving_a_border_makes_another_name() -> None:
    assert subject_of("bc", a_client("a"), KEY) != subject_of("c", a_client("ab"), KEY)


def test_a_public_name_is_the_accounts_own() -> None:
    assert subject_of("id", a_client(subject_type=SubjectType.PUBLIC.value), KEY) == "id"


@pytest.mark.parametrize(
    "uri",
    [
        "http://app.example/cb",
        "https://user@app.example/cb",
        "https:///cb",
        "https://app.example/cb#fragment",
        "javascript:alert(1)",
        "https://app.example/\n",
        "https://app.example\\@evil.example/",
        "https://app.example:port/",
        "http://127.0.0.1.evil.example/",
        "",
    ],
)
def test_nobody_is_sent_to_such_an_address(uri: str) -> None:
    assert not may_redirect_to(uri)


@given(st.text(max_size=20), st.text(max_size=20))
@settings(max_examples=50)
def test_a_mark_is_ours_alone(text: str, tail: str) -> None:
    marked = signed(text, KEY)
    assert is_ours(marked, KEY)
    assert not is_ours(marked + "x" + tail, KEY)
    assert not is_ours(marked, b"another")
    assert not is_ours(text, KEY)


CODE = [GrantType.AUTHORIZATION_CODE.value]


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": ""},
        {"client_id": "a/b"},
        {"tenants": []},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"token_endpoint_auth_method": "client_secret_post"},
        {"grant_types": ["client_credentials"]},
        {"grant_types": ["implicit"]},
        {"grant_types": CODE},
        {"redirect_uris": ["https://app.example/cb"]},
        {"grant_types": CODE, "redirect_uris": ["http://app.example/cb"]},
        {"backchannel_logout_uri": "http://app.example/out"},
        {"require_signed_request_object": True},
        {"jwks": {"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "1"}]}},
        {"consent_required": "yes"},
    ],
)
def test_a_client_that_would_be_unsafe_is_not_registered(wrong: JsonObject) -> None:
    with pytest.raises(InvalidClientMetadata):
        checked(client_from_json({**client_as_json(a_client()), **wrong}))


def test_a_client_is_read_as_it_was_written() -> None:
    client = a_client()
    assert client_from_json(client_as_json(client)) == client
