"""Services of the federation as clients: automatic and explicit registration, and who may not."""

import time
from typing import TypeAlias

import pytest

from idp_federation.federation.entity_statement import Use, read_configuration
from idp_federation.federation.jwt import read_keys
from idp_federation.federation.registration import check_registration_response
from idp_federation.federation.trust_chain import validate_chain
from joint_use import Levels
from kit.clock import utc_now
from kit.json import JsonObject, JsonValue
from kit.jwt import bears_signature
from tests.integration.idp_federation.federation.members import WELL_KNOWN, Member
from tests.integration.idp_federation.federation.strangers import Stranger
from tests.integration.idp_federation.federation.travellers import (
    VERIFIER,
    Service,
    consent,
    cookie_of,
    resident,
)
from tests.integration.idp_federation.people import answered, claims_in, handed_to

Linked: TypeAlias = tuple[Service, Service]
PAR_FIELDS = ("redirect_uri", "response_type", "scope", "code_challenge", "code_challenge_method")


@pytest.fixture
def at_sapporo(linked: Linked) -> Service:
    return linked[0]


def register(member: Member, body: str, kind: str = "application/entity-statement+jwt") -> str:
    answer = member.http.post(
        f"{member.url}/federation/v1/register", content=body, headers={"content-type": kind}
    )
    told: JsonObject = answer.json() if answer.status_code != 200 else {}
    return str(told.get("error", answer.text))


def test_a_service_that_nobody_registered_asks_by_a_signed_request(at_sapporo: Service) -> None:
    page, _ = handed_to(at_sapporo.authorize({}, at_sapporo.request_object()))
    assert page == "sign-in"


def test_a_service_pushes_its_request_with_its_key(at_sapporo: Service) -> None:
    asked = at_sapporo.asked()
    pushed = at_sapporo.party.post("par", {name: str(asked[name]) for name in PAR_FIELDS})
    assert pushed.status_code == 201, pushed.text
    given = {"client_id": at_sapporo.stranger.url, "request_uri": pushed.json()["request_uri"]}
    answer = at_sapporo.party.visit(at_sapporo.party.op.endpoint("authorize"), given)
    assert handed_to(answer)[0] == "sign-in"


def test_a_service_shows_its_chain_where_it_cannot_be_asked(
    at_sapporo: Service, prefecture: Member, sapporo: Member, stranger: Stranger
) -> None:
    """It is accepted because who enrolled it is; nobody has asked it for anything before."""
    stranger.as_service(prefecture)
    chain: list[JsonValue] = [
        stranger.answers[WELL_KNOWN](WELL_KNOWN).body.decode(),  # type: ignore[union-attr]
        prefecture.get("/federation/v1/fetch", sub=stranger.url).text,
        prefecture.get(WELL_KNOWN).text,
    ]
    stranger.answers.clear()
    service = Service(stranger=stranger, member=sapporo)
    now = int(time.time())
    claims: JsonObject = {
        **service.asked(), "iss": stranger.url, "aud": sapporo.url, "jti": "only",
        "iat": now, "exp": now + 60,
    }  # fmt: skip
    sapporo.run("peer", "allow", prefecture.url, "--tenant", "default", "--scope", "openid")
    try:
        answer = service.authorize({}, service.signed(claims, trust_chain=chain))
    finally:
        sapporo.run("peer", "disallow", prefecture.url, "--tenant", "default")
    assert handed_to(answer)[0] == "sign-in"
    assert stranger.asked == []


def test_attack_1_a_plain_request_for_a_service_of_the_federation_is_sent_nowhere(
    at_sapporo: Service,
) -> None:
    """Anybody can write a request in somebody's name; nobody is redirected for it."""
    asked = {name: str(one) for name, one in at_sapporo.asked().items() if isinstance(one, str)}
    answer = at_sapporo.party.visit(at_sapporo.party.op.endpoint("authorize"), asked)
    assert answer.status_code == 400
    assert "location" not in answer.headers


def test_attack_1_a_request_object_is_good_once(at_sapporo: Service) -> None:
    request = at_sapporo.request_object()
    assert at_sapporo.authorize({}, request).status_code == 303
    again = at_sapporo.authorize({}, request)
    assert again.status_code == 400
    assert "used before" in again.text


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://other.example"},
        {"aud": ["a", "b"]},
        {"iss": "https://evil.example"},
        {"sub": "https://evil.example"},
        {"jti": None},
        {"exp": None},
        {"exp": 1},
        {"client_id": "https://evil.example"},
    ],
)
def test_attack_2_a_request_object_that_breaks_a_rule_sends_nobody_anywhere(
    at_sapporo: Service, changes: JsonObject
) -> None:
    answer = at_sapporo.authorize({}, at_sapporo.request_object(**changes))
    assert answer.status_code == 400
    assert "location" not in answer.headers


def test_an_entity_that_nobody_accepts_is_no_client(
    sapporo: Member, prefecture: Member, stranger: Stranger
) -> None:
    stranger.as_service(prefecture)
    service = Service(stranger=stranger, member=sapporo)
    answer = service.authorize({}, service.request_object())
    assert answer.status_code == 400
    assert "invalid_trust_chain" in answer.text


def test_a_service_of_the_federation_asks_for_no_more_than_it_may(
    at_sapporo: Service, sapporo: Member
) -> None:
    told = answered(at_sapporo.authorize({}, at_sapporo.request_object(scope="openid write")))
    assert told["error"] == "invalid_scope"


def test_a_service_registers_explicitly_and_is_a_client_then(
    prefecture: Member, sapporo: Member, stranger: Stranger
) -> None:
    metadata: JsonObject = {
        "openid_relying_party": stranger.relying_party(client_registration_types=["explicit"])
    }
    given: JsonObject = {"configuration": stranger.says(prefecture.url, metadata=metadata)}
    assert prefecture.admin("POST", "/subordinates", given).status_code == 201
    sapporo.run("peer", "allow", stranger.url, "--tenant", "default", "--scope", "openid read")
    service = Service(stranger=stranger, member=sapporo)
    before = service.authorize({}, service.request_object())
    assert before.status_code == 400, "it does not register automatically"
    posted = stranger.configuration(prefecture.url, metadata=metadata, aud=sapporo.url)
    response = register(sapporo, posted)
    top = read_configuration(prefecture.get(WELL_KNOWN).text)
    chain = validate_chain(
        [
            sapporo.get(WELL_KNOWN).text,
            prefecture.get("/federation/v1/fetch", sub=sapporo.url).text,
            top.jwt.token,
        ],
        anchors={top.entity: top.keys},
        now=utc_now(),
        verify=bears_signature,
    )
    registration = check_registration_response(
        response,
        asked=read_configuration(posted, use=Use.REGISTRATION),
        provider_chain=chain,
        anchors={top.entity},
        now=utc_now(),
        verify=bears_signature,
    )
    assert registration.client_id == stranger.url
    hanako = resident(sapporo, Levels(2, 2))
    consent(sapporo, hanako, stranger)
    answer = service.authorize(cookie_of(sapporo, hanako), service.request_object())
    code = answered(answer)["code"]
    token = service.party.redeem(code, VERIFIER).json()["id_token"]
    assert claims_in(token)["aud"] == stranger.url


def test_explicit_registration_is_refused_as_the_standard_says(
    prefecture: Member, sapporo: Member, stranger: Stranger, other_stranger: Stranger
) -> None:
    hints = (prefecture.url,)
    metadata: JsonObject = {"openid_relying_party": other_stranger.relying_party()}
    unknown = other_stranger.configuration(*hints, metadata=metadata, aud=sapporo.url)
    assert register(sapporo, unknown) == "invalid_trust_chain", "nobody has enrolled it"
    metadata = {"openid_relying_party": stranger.relying_party()}
    right = stranger.configuration(*hints, metadata=metadata, aud=sapporo.url)
    stranger.as_service(prefecture)
    assert register(sapporo, right) == "invalid_metadata", "nobody accepts it"
    foreign = stranger.configuration(*hints, metadata=metadata, aud=prefecture.url)
    assert register(sapporo, foreign) == "invalid_request", "it is for another provider"
    assert register(sapporo, right, "text/plain") == "invalid_request"
    assert register(sapporo, "{}", "application/trust-chain+json") == "invalid_request"
    forged = stranger.protocol.sign(
        stranger.claims(*hints, metadata=metadata, aud=sapporo.url), typ="entity-statement+jwt"
    )
    assert register(sapporo, forged) == "invalid_trust_chain"


def test_a_key_set_has_public_keys_alone(stranger: Stranger) -> None:
    told = stranger.relying_party()["jwks"]
    assert read_keys(told, what="jwks").keys
