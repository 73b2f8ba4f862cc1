"""People sign in at providers of others: oidc-provider on Node vouches, levels are capped here."""

from collections.abc import Iterator

import pytest

from kit.json import JsonObject
from tests.integration.idp_federation.people import ANCHOR, Op
from tests.integration.idp_federation.upstreams import (
    OidcProvider,
    Person,
    Registered,
    needs_oidc_provider,
    oidc_provider,
    registered,
)

pytestmark = needs_oidc_provider

TABLE: JsonObject = {
    "version": 1,
    "acr": {"urn:example:one": 1, "urn:example:two": 2, "urn:example:three": 3},
    "proofing": [
        {"trust_framework": "jp_aml", "evidence": ["document"], "ial": 2, "max_age": 86_400_000}
    ],
    "max_ial": 2,
    "max_aal": 3,
}


@pytest.fixture(scope="module")
def there(op: Op) -> Iterator[OidcProvider]:
    with oidc_provider(op.http) as provider:
        yield provider


@pytest.fixture(scope="module")
def generic(op: Op, there: OidcProvider) -> Registered:
    return registered(op, there, kind="generic", source="ekyc", table=TABLE, opens_accounts=True)


@pytest.fixture
def person(op: Op) -> Person:
    return Person(app=op.register())


def acr(proofing: int, authentication: int) -> str:
    return f"https://{ANCHOR}/acr/ial{proofing}/aal{authentication}"


def test_who_signs_in_at_a_provider_gets_an_account_with_the_levels_of_its_table(
    generic: Registered, person: Person
) -> None:
    generic.provider.next_sign_in(account="a1", acr="urn:example:two", amr=["pwd", "otp"])
    pushed = generic.provider.seen["par"]
    claims = person.tokens(generic)
    assert (claims["acr"], claims["amr"]) == (acr(1, 2), ["otp", "pwd"])
    assert generic.provider.seen["par"] != pushed
    again = Person(app=person.app).tokens(generic)
    assert again["sub"] == claims["sub"]


@pytest.mark.parametrize(
    ("forge", "because"),
    [
        ({"claims": {"nonce": "another"}}, "another nonce"),
        ({"drop": ["nonce"]}, "another nonce"),
        ({"claims": {"iss": "https://evil.example"}}, "is not issued by"),
        ({"claims": {"aud": "another"}}, "is not for"),
        ({"claims": {"aud": ["{client}", "another"]}}, "is for others too"),
        ({"claims": {"azp": "another"}}, "azp"),
        ({"claims": {"exp": 1_700_000_000}}, "has expired"),
        ({"drop": ["exp"]}, "has no exp"),
        ({"claims": {"iat": 1_700_000_000}}, "iat of the last ten minutes"),
        ({"claims": {"iat": 4_000_000_000, "exp": 4_000_000_100}}, "of the future by its iat"),
        ({"claims": {"auth_time": 4_000_000_000}}, "one of the future"),
        ({"claims": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}}, "at_hash"),
        ({"drop": ["sub"]}, "has no sub"),
        ({"claims": {"acr": ["urn:example:three"]}}, "no text in acr"),
        ({"claims": {"amr": "hwk"}}, "no array in amr"),
        ({"key": "foreign"}, "does not bear the signature"),
        ({"header": {"kid": "../../etc/passwd"}}, "is not known"),
        ({"header": {"kid": "x' OR '1'='1"}}, "is not known"),
        ({"header": {"kid": "rsa"}}, "is not for"),
        ({"header": {"jku": "https://evil.example/jwks"}}, "brings its own key"),
        ({"header": {"typ": "at+jwt"}}, "JWT has typ"),
        ({"unsigned": "empty"}, "JWT is not a signed JWT"),
        ({"unsigned": "some"}, "JWT has alg"),
        ({"secret": True}, "JWT has alg"),
    ],
)
def test_attack_1_and_2_an_id_token_of_a_forger_signs_nobody_in(
    generic: Registered, person: Person, forge: JsonObject, because: str
) -> None:
    generic.provider.next_sign_in(
        account="forged", acr="urn:example:two", forge={"id_token": forge}
    )
    answer = person.signs_in(generic)
    assert answer.status_code == 400, answer.headers
    assert because in answer.text
    assert not any("renkei_session" in name for name in person.jars[person.app.op.url])


def test_attack_1_an_answer_of_another_issuer_is_refused(
    generic: Registered, person: Person
) -> None:
    generic.provider.next_sign_in(account="a1", acr="urn:example:two")
    back = person.walked(person.sent(generic, person.asked()))
    for wrong in ("iss=https%3A%2F%2Fevil.example", "nothing=x"):
        parts = [one for one in back.split("&") if not one.startswith("iss=")]
        assert person.get("&".join([*parts, wrong])).status_code == 400


def test_attack_1_the_state_is_of_one_browser_and_one_provider_and_good_once(
    generic: Registered, there: OidcProvider, person: Person
) -> None:
    other = registered(generic.op, there, kind="generic", table=TABLE, opens_accounts=True)
    there.next_sign_in(account="a2", acr="urn:example:two", amr=["pwd", "otp"])
    back = person.walked(person.sent(generic, person.asked()))
    stranger = Person(app=generic.op.register())
    assert stranger.get(back).status_code == 400
    assert person.get(back.replace(generic.id, other.id)).status_code == 400
    swapped = back.replace("state=", "state=x")
    assert person.get(swapped).status_code == 400
    assert "code" in person.goes_on(person.get(back))
    assert person.get(back).status_code == 400


def test_attack_1_a_code_that_was_stolen_is_worth_nothing_in_another_attempt(
    generic: Registered, person: Person
) -> None:
    generic.provider.next_sign_in(account="victim", acr="urn:example:two")
    stolen = person.walked(person.sent(generic, person.asked())).partition("code=")[2]
    thief = Person(app=generic.op.register())
    back = thief.walked(thief.sent(generic, thief.asked()))
    code = back.partition("code=")[2].partition("&")[0]
    answer = thief.get(back.replace(code, stolen.partition("&")[0]))
    assert (answer.status_code, "does not take the code" in answer.text) == (400, True)
