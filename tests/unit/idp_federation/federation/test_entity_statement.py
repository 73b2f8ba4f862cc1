import pytest

from idp_federation.federation.entity_statement import (
    DEFINED,
    EntityConfiguration,
    SubordinateStatement,
    Use,
    read_configuration,
    read_statement,
    read_subordinate,
)
from idp_federation.federation.errors import FederationError, InvalidMetadata, InvalidStatement
from kit.json import JsonObject, JsonValue
from tests.unit.idp_federation.signed import ANCHOR, CITY, PREF, jwks, key_set, public, sign

KIND = "https://pref.example/marks/assurance-map"


def test_a_configuration_is_read() -> None:
    token = CITY.configuration(
        PREF,
        trust_anchor_hints=[ANCHOR.id],
        trust_marks=[{"trust_mark_type": KIND, "trust_mark": ANCHOR.mark(CITY, KIND)}],
        trust_mark_issuers={KIND: [ANCHOR.id], "anyone": []},
        trust_mark_owners={KIND: {"sub": PREF.id, "jwks": jwks("pref")}},
    )
    read = read_statement(token)
    assert isinstance(read, EntityConfiguration)
    assert read.entity == CITY.id
    assert read.keys == key_set("city")
    assert read.authority_hints == (PREF.id,)
    assert read.trust_anchor_hints == (ANCHOR.id,)
    assert [mark.trust_mark_type for mark in read.trust_marks] == [KIND]
    assert read.trust_mark_issuers == {KIND: (ANCHOR.id,), "anyone": ()}
    assert read.trust_mark_owners[KIND].entity == PREF.id
    assert read.metadata["openid_provider"] == {"issuer": CITY.id}


def test_a_subordinate_statement_is_read() -> None:
    token = PREF.about(
        CITY,
        metadata={"openid_provider": {"contacts": ["a@city.example"]}},
        metadata_policy={"openid_provider": {"contacts": {"add": ["b@pref.example"]}}},
        constraints={"max_path_length": 0},
        source_endpoint="https://pref.example/fetch",
    )
    read = read_statement(token)
    assert isinstance(read, SubordinateStatement)
    assert (read.issuer, read.subject) == (PREF.id, CITY.id)
    assert read.constraints.max_path_length == 0
    assert read.metadata_policy == {"openid_provider": {"contacts": {"add": ["b@pref.example"]}}}
    assert read.source_endpoint == "https://pref.example/fetch"


@pytest.mark.parametrize("name", ["iss", "sub", "iat", "exp", "jwks"])
def test_required_claims_are_required_of_both_kinds(name: str) -> None:
    for token in (CITY.configuration(PREF, **{name: None}), PREF.about(CITY, **{name: None})):
        with pytest.raises(InvalidStatement, match=name):
            read_statement(token)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("iss", "http://city.example"),
        ("iat", "1756695600"),
        ("iat", True),
        ("iat", -1),
        ("exp", 10**15),
        ("exp", [1]),
        ("jwks", {}),
        ("jwks", {"keys": []}),
        ("authority_hints", []),
        ("authority_hints", "https://pref.example"),
        ("authority_hints", [7]),
        ("authority_hints", ["pref.example"]),
        ("trust_anchor_hints", []),
        ("trust_marks", {}),
        ("trust_marks", ["mark"]),
        ("trust_marks", [{"trust_mark_type": KIND}]),
        ("trust_marks", [{"trust_mark_type": KIND, "trust_mark": "a.b.c"}]),
        ("trust_mark_issuers", []),
        ("trust_mark_issuers", {KIND: "https://pref.example"}),
        ("trust_mark_issuers", {KIND: ["pref"]}),
        ("trust_mark_owners", {KIND: {"sub": "https://pref.example"}}),
        ("trust_mark_owners", {KIND: ["https://pref.example"]}),
    ],
)
def test_claims_of_a_configuration_have_their_form(name: str, value: JsonValue) -> None:
    changes: JsonObject = {"authority_hints": [PREF.id], name: value}
    with pytest.raises(InvalidStatement):
        read_statement(CITY.configuration(**changes))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("metadata_policy", []),
        ("metadata_policy_crit", []),
        ("metadata_policy_crit", "regexp"),
        ("constraints", []),
        ("source_endpoint", "http://pref.example/fetch"),
        ("source_endpoint", 7),
    ],
)
def test_claims_of_a_subordinate_statement_have_their_form(name: str, value: JsonValue) -> None:
    with pytest.raises(InvalidStatement):
        read_statement(PREF.about(CITY, **{name: value}))


@pytest.mark.parametrize(
    "name", ["constraints", "metadata_policy", "metadata_policy_crit", "source_endpoint"]
)
def test_a_configuration_has_no_claims_of_superiors(name: str) -> None:
    with pytest.raises(InvalidStatement, match=name):
        read_statement(CITY.configuration(PREF, **{name: {}}))


@pytest.mark.parametrize(
    "name",
    [
        "authority_hints",
        "trust_anchor_hints",
        "trust_marks",
        "trust_mark_issuers",
        "trust_mark_owners",
    ],
)
def test_a_subordinate_statement_has_no_claims_of_configurations(name: str) -> None:
    changes: JsonObject = {name: [PREF.id]}
    with pytest.raises(InvalidStatement, match=name):
        read_statement(PREF.about(CITY, **changes))


@pytest.mark.parametrize("name", ["aud", "trust_anchor"])
def test_claims_of_registration_have_no_place_in_a_chain(name: str) -> None:
    token = CITY.configuration(PREF, **{name: ANCHOR.id})
    with pytest.raises(InvalidStatement, match=name):
        read_statement(token)
    assert read_configuration(token, use=Use.REGISTRATION).entity == CITY.id


@pytest.mark.parametrize("name", ["trust_chain", "peer_trust_chain"])
def test_a_part_of_a_chain_brings_no_chain(name: str) -> None:
    with pytest.raises(InvalidStatement, match="trust chain in its header"):
        read_statement(sign(CITY.claims(PREF), "city", header={name: ["a"]}))


def test_a_critical_claim_that_is_not_understood_is_refused() -> None:
    token = CITY.configuration(PREF, crit=["municipality"], municipality="011002")
    with pytest.raises(InvalidStatement, match="municipality, which is not understood"):
        read_statement(token)
    read = read_statement(token, understood=frozenset({"municipality"}))
    assert isinstance(read, EntityConfiguration)


@pytest.mark.parametrize("name", sorted(DEFINED))
def test_crit_does_not_name_claims_of_the_standard(name: str) -> None:
    token = CITY.configuration(PREF, crit=[name])
    with pytest.raises(InvalidStatement, match="may not stand"):
        read_statement(token, understood=frozenset({name}))


@pytest.mark.parametrize("crit", [[], "x", ["absent"], ["x", "x"], [7]])
def test_crit_names_claims_that_are_there_each_once(crit: JsonValue) -> None:
    with pytest.raises(InvalidStatement):
        read_statement(
            CITY.configuration(PREF, crit=crit, x=1), understood=frozenset({"x", "absent"})
        )


def test_unknown_claims_that_are_not_critical_are_ignored() -> None:
    assert read_configuration(CITY.configuration(PREF, municipality="011002")).entity == CITY.id


@pytest.mark.parametrize("operator", ["regexp", "value", "essential"])
def test_a_critical_policy_operator_that_is_not_understood_is_refused(operator: str) -> None:
    with pytest.raises(InvalidStatement, match=operator):
        read_statement(PREF.about(CITY, metadata_policy_crit=[operator]))


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        [],
        {"openid_provider": None},
        {"openid_provider": []},
        {"openid_provider": {"issuer": CITY.id, "logo_uri": None}},
    ],
)
def test_metadata_are_objects_without_null(metadata: JsonValue) -> None:
    claims: JsonObject = {**CITY.claims(PREF), "metadata": metadata}
    with pytest.raises(InvalidMetadata):
        read_statement(sign(claims, "city"))


def test_a_provider_whose_issuer_is_another_is_refused() -> None:
    """The mix-up: metadata of one provider under the name of another."""
    spoof: JsonObject = {"openid_provider": {"issuer": "https://city.example/"}}
    with pytest.raises(InvalidMetadata, match="right is its own identifier"):
        read_statement(CITY.configuration(PREF, metadata=spoof))


def test_a_trust_mark_listed_under_another_type_is_refused() -> None:
    entry: JsonObject = {"trust_mark_type": KIND, "trust_mark": ANCHOR.mark(CITY, "other")}
    with pytest.raises(InvalidStatement, match="of type 'other'"):
        read_statement(CITY.configuration(PREF, trust_marks=[entry]))


def test_duplicate_keys_in_a_statement_are_refused() -> None:
    doubled: JsonObject = {"keys": [public("city"), public("city")]}
    with pytest.raises(InvalidStatement, match="twice"):
        read_statement(CITY.configuration(PREF, jwks=doubled))


def test_one_kind_is_not_read_as_the_other() -> None:
    with pytest.raises(InvalidStatement, match="no Entity Configuration"):
        read_configuration(PREF.about(CITY))
    with pytest.raises(InvalidStatement, match="no Subordinate Statement"):
        read_subordinate(CITY.configuration(PREF))


def test_every_refusal_says_whose_statement_it_is() -> None:
    with pytest.raises(FederationError) as refused:
        read_statement(PREF.about(CITY, exp=None))
    assert refused.value.detail.startswith(
        "Statement of https://pref.example about https://city.example has no seconds"
    )
