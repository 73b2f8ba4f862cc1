"""Attacks of group 4: chains that do not hold lead nowhere, over the network."""

import time
from dataclasses import dataclass

import pytest

from kit.json import JsonObject, JsonValue
from tests.integration.idp_federation.federation.members import Member
from tests.integration.idp_federation.federation.strangers import Stranger
from tests.integration.idp_federation.federation.test_attacks_fetching import refused

PROVIDER: JsonObject = {"contacts": ["a@a.example"]}


@dataclass(frozen=True, kw_only=True)
class Ladder:
    """The prefecture ← an intermediate ← a leaf."""

    top: Member
    middle: Stranger
    leaf: Stranger

    def stand(
        self,
        *,
        terms: JsonObject | None = None,
        about: JsonObject | None = None,
        own: JsonObject | None = None,
        hints: tuple[str, ...] | None = None,
    ) -> None:
        """Publish everything, each with changes."""
        given: JsonObject = {
            "configuration": self.middle.says(self.top.url),
            "terms": terms or {},
        }
        answer = self.top.admin("POST", "/subordinates", given)
        assert answer.status_code == 201, answer.text
        changes: dict[str, JsonValue] = {
            "metadata": {"federation_entity": PROVIDER, "other_kind": {"a": 1}},
            **(own or {}),
        }
        self.leaf.says(*(hints or (self.middle.url,)), **changes)
        statement = self.middle.about(self.leaf.url, self.leaf.key.jwks, **(about or {}))
        self.middle.vouches({self.leaf.url: statement})


@pytest.fixture
def ladder(prefecture: Member, stranger: Stranger, other_stranger: Stranger) -> Ladder:
    return Ladder(top=prefecture, middle=stranger, leaf=other_stranger)


def test_the_ladder_holds_where_nobody_saws(sapporo: Member, ladder: Ladder) -> None:
    ladder.stand()
    told = sapporo.run("resolve", ladder.leaf.url)
    assert told.count("←") == 2


def test_attack_4_an_expired_statement_in_the_middle(sapporo: Member, ladder: Ladder) -> None:
    past = int(time.time()) - 61
    ladder.stand(about={"iat": past - 60, "exp": past})
    assert "has expired" in refused(sapporo, ladder.leaf.url)


def test_attack_4_a_statement_of_the_future(sapporo: Member, ladder: Ladder) -> None:
    ladder.stand(about={"iat": int(time.time()) + 61})
    assert "future" in refused(sapporo, ladder.leaf.url)


@pytest.mark.parametrize("offset_s", [-8, 8])
def test_attack_8_clocks_that_are_ten_seconds_apart_do_no_harm(
    sapporo: Member, ladder: Ladder, offset_s: int
) -> None:
    now = int(time.time())
    ladder.stand(about={"iat": now + offset_s, "exp": now + 60 + offset_s})
    assert "←" in sapporo.run("resolve", ladder.leaf.url)


def test_attack_4_hints_in_a_loop(sapporo: Member, ladder: Ladder) -> None:
    middle, leaf = ladder.middle, ladder.leaf
    middle.says(leaf.url)
    leaf.says(middle.url)
    middle.vouches({leaf.url: middle.about(leaf.url, leaf.key.jwks)})
    leaf.vouches({middle.url: leaf.about(middle.url, middle.key.jwks)})
    refused(sapporo, leaf.url)
    asked = [one.url + path for one in (middle, leaf) for path in one.asked]
    assert len(asked) == len(set(asked)), "nothing is fetched twice"


def test_attack_4_a_chain_out_of_order(sapporo: Member, prefecture: Member, ladder: Ladder) -> None:
    ladder.stand(own={"metadata": {"openid_relying_party": ladder.leaf.relying_party()}})
    middle, leaf = ladder.middle, ladder.leaf
    statements = [
        leaf.configuration(middle.url, metadata={"openid_relying_party": leaf.relying_party()}),
        prefecture.get("/federation/v1/fetch", sub=middle.url).text,
        middle.about(leaf.url, leaf.key.jwks),
        prefecture.get("/.well-known/openid-federation").text,
    ]
    request = leaf.protocol.sign(
        {"iss": leaf.url}, typ="oauth-authz-req+jwt", trust_chain=[*statements]
    )
    answer = sapporo.get("/identity/v1/authorize", client_id=leaf.url, request=request)
    assert answer.status_code == 400
    assert "in its place" in answer.text


def test_attack_4_an_anchor_that_nobody_has_pinned(sapporo: Member, ladder: Ladder) -> None:
    middle, leaf = ladder.middle, ladder.leaf
    middle.says()
    leaf.says(middle.url)
    middle.vouches({leaf.url: middle.about(leaf.url, leaf.key.jwks)})
    assert "No trust chain leads" in refused(sapporo, leaf.url)


def test_attack_4_a_superior_that_the_leaf_does_not_name(
    sapporo: Member, prefecture: Member, ladder: Ladder
) -> None:
    ladder.stand(hints=(prefecture.url,))
    assert "No trust chain leads" in refused(sapporo, ladder.leaf.url)


def test_attack_4_a_forged_statement_in_the_middle(sapporo: Member, ladder: Ladder) -> None:
    ladder.stand()
    forged = ladder.leaf.key.sign(
        {
            "iss": ladder.middle.url,
            "sub": ladder.leaf.url,
            "iat": int(time.time()),
            "exp": int(time.time()) + 60,
            "jwks": ladder.leaf.key.jwks,
        },
        typ="entity-statement+jwt",
        kid=ladder.middle.key.key.kid,
    )
    ladder.middle.vouches({ladder.leaf.url: forged})
    assert "does not bear the signature" in refused(sapporo, ladder.leaf.url)


TERMS: dict[str, tuple[JsonObject, str]] = {
    "max_path_length 0": ({"constraints": {"max_path_length": 0}}, "intermediates"),
    "a name that is excluded": (
        {"constraints": {"naming_constraints": {"excluded": ["localhost"]}}}, "excluded name",
    ),
    "a name that is not permitted": (
        {"constraints": {"naming_constraints": {"permitted": [".city.example"]}}},
        "permitted names",
    ),
    "metadata that a policy refuses": (
        {"metadata_policy": {"federation_entity": {"contacts": {"subset_of": ["b@b.example"],
                                                                "superset_of": ["b@b.example"]}}}},
        "contacts",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TERMS)
def test_attack_4_terms_of_the_anchor_hold_for_all_below(
    sapporo: Member, ladder: Ladder, name: str
) -> None:
    terms, why = TERMS[name]
    ladder.stand(terms=terms)
    assert why in refused(sapporo, ladder.leaf.url)


def test_attack_4_a_policy_below_that_conflicts_with_the_anchors(
    sapporo: Member, ladder: Ladder
) -> None:
    ladder.stand(
        terms={"metadata_policy": {"federation_entity": {"contacts": {"value": ["a@a.example"]}}}},
        about={"metadata_policy": {"federation_entity": {"contacts": {"value": ["e@e.example"]}}}},
    )
    assert "contacts" in refused(sapporo, ladder.leaf.url)


def test_attack_4_types_that_are_not_allowed_are_taken_away(
    sapporo: Member, ladder: Ladder
) -> None:
    ladder.stand(terms={"constraints": {"allowed_entity_types": ["openid_relying_party"]}})
    told = sapporo.run("resolve", ladder.leaf.url)
    assert "種類 Entity types: federation_entity\n" in told


@pytest.mark.parametrize(
    "about",
    [
        {"crit": ["unheard_of"], "unheard_of": 1},
        {"metadata_policy_crit": ["unheard_of"], "metadata_policy": {}},
    ],
    ids=["a claim", "an operator"],
)
def test_attack_4_what_is_critical_and_not_understood(
    sapporo: Member, ladder: Ladder, about: JsonObject
) -> None:
    ladder.stand(about=about)
    assert "not understood" in refused(sapporo, ladder.leaf.url)
