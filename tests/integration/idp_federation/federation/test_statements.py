"""What members of a federation say of themselves and of each other, over the network."""

import pytest

from idp_federation.federation.entity_statement import read_configuration, read_subordinate
from idp_federation.federation.jwt import check_signature, read_jwt
from kit.json import JsonObject
from kit.jwt import bears_signature
from renkei.commands.admin import AdminRefused
from renkei.instance import Instance
from renkei.settings import Settings
from tests import asking
from tests.integration.idp_federation.federation.members import WELL_KNOWN, Member
from tests.integration.idp_federation.people import claims_in


def endpoints(member: Member) -> JsonObject:
    metadata = claims_in(member.get(WELL_KNOWN).text)["metadata"]
    assert isinstance(metadata, dict)
    told = metadata["federation_entity"]
    assert isinstance(told, dict)
    return told


def test_a_city_says_who_it_is_signed_by_a_key_that_signs_no_tokens(sapporo: Member) -> None:
    answer = sapporo.get(WELL_KNOWN)
    assert answer.headers["content-type"] == "application/entity-statement+jwt"
    told = read_configuration(answer.text)
    check_signature(told.jwt, told.keys, bears_signature, what="Configuration")
    assert told.entity == sapporo.url
    provider = told.metadata["openid_provider"]
    assert provider["issuer"] == sapporo.url
    assert provider["client_registration_types_supported"] == ["automatic", "explicit"]
    of_tokens = sapporo.get("/identity/v1/jwks").json()["keys"]
    assert not {key["kid"] for key in of_tokens} & set(told.keys.keys)


def test_a_leaf_has_no_endpoints_of_a_superior(sapporo: Member, prefecture: Member) -> None:
    assert "federation_fetch_endpoint" not in endpoints(sapporo)
    assert endpoints(prefecture)["federation_fetch_endpoint"] == (
        f"{prefecture.url}/federation/v1/fetch"
    )
    for path in ("/fetch?sub=https://a.example", "/list"):
        answer = sapporo.get(f"/federation/v1{path}")
        assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


def test_the_prefecture_says_which_keys_a_city_has(prefecture: Member, sapporo: Member) -> None:
    answer = prefecture.get("/federation/v1/fetch", sub=sapporo.url)
    assert answer.headers["content-type"] == "application/entity-statement+jwt"
    told = read_subordinate(answer.text)
    assert (told.issuer, told.subject) == (prefecture.url, sapporo.url)
    own = read_configuration(sapporo.get(WELL_KNOWN).text)
    assert own.jwt.kid in told.keys.keys


@pytest.mark.parametrize(
    ("path", "status", "error"),
    [
        ("/fetch", 400, "invalid_request"),
        ("/fetch?sub=http://a.example", 400, "invalid_request"),
        ("/fetch?sub=https://a.example&sub=https://b.example", 400, "invalid_request"),
        ("/fetch?sub=https://unknown.example", 404, "not_found"),
        ("/list?intermediate=perhaps", 400, "invalid_request"),
        ("/resolve?sub=https://a.example", 400, "invalid_request"),
        ("/resolve?sub=https://a.example&trust_anchor=https://b.example", 404,
         "invalid_trust_anchor"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused_as_the_standard_says(
    prefecture: Member, path: str, status: int, error: str
) -> None:
    answer = prefecture.get(f"/federation/v1{path}")
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_subordinates_are_listed_by_what_they_are(
    prefecture: Member, sapporo: Member, ebetsu: Member
) -> None:
    def listed(**asked: str) -> set[str]:
        return set(prefecture.get("/federation/v1/list", **asked).json())

    assert {sapporo.url, ebetsu.url} <= listed()
    assert {sapporo.url, ebetsu.url} <= listed(entity_type="openid_provider")
    assert not {sapporo.url, ebetsu.url} & listed(entity_type="openid_relying_party")


def test_an_operator_sees_the_way_from_another_city_to_the_anchor(
    prefecture: Member, sapporo: Member, ebetsu: Member
) -> None:
    told = ebetsu.run("resolve", sapporo.url)
    assert f"← {prefecture.url}" in told
    assert f"起点 Trust anchor: {prefecture.url}" in told
    answer = ebetsu.get("/federation/v1/resolve", sub=sapporo.url, trust_anchor=prefecture.url)
    assert answer.headers["content-type"] == "application/resolve-response+jwt"
    claims = claims_in(answer.text)
    assert (claims["iss"], claims["sub"]) == (ebetsu.url, sapporo.url)
    chain = claims["trust_chain"]
    assert isinstance(chain, list)
    assert len(chain) == 3
    assert claims["exp"] == min(int(str(claims_in(str(one))["exp"])) for one in chain)


def test_a_city_signs_with_a_new_key_only_when_the_prefecture_knows_it(
    prefecture: Member, ebetsu: Member, sapporo: Member
) -> None:
    ebetsu.run("roll")  # the next key was there when it was enrolled
    with pytest.raises(AdminRefused, match="does not know the next key"):
        ebetsu.run("roll")
    before = ebetsu.admin("GET", "").json()["keys"]
    prefecture.run("renew", ebetsu.url)
    ebetsu.run("roll")
    after = read_configuration(ebetsu.get(WELL_KNOWN).text)
    assert before[after.jwt.kid] == "next"
    assert f"起点 Trust anchor: {prefecture.url}" in sapporo.run("resolve", ebetsu.url)
    former = read_jwt(ebetsu.get("/federation/v1/historical-keys").text, typ={"jwk-set+jwt"})
    check_signature(former, after.keys, bears_signature, what="Historical keys")
    told = former.claims["keys"]
    assert isinstance(told, list)
    kids = {key["kid"]: key for key in told if isinstance(key, dict)}
    retired = [kid for kid, use in before.items() if use == "current"]
    assert set(retired) <= kids.keys()
    assert all("exp" in kids[kid] and "revoked" not in kids[kid] for kid in retired)


def test_a_platform_without_tls_is_told_what_it_lacks(
    broker_url: str, platform_settings: Settings
) -> None:
    answer = asking.put(
        f"{broker_url}/admin/federation",
        json={"role": "anchor"},
        headers={"Authorization": f"Bearer {Instance(platform_settings.data).operator_token()}"},
    )
    assert answer.status_code == 400
    assert "RENKEI_IDP_FEDERATION__ISSUER" in answer.json()["detail"]
    assert asking.get(broker_url + WELL_KNOWN).status_code == 404
