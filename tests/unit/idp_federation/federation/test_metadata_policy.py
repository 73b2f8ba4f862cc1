"""Policies on three levels: merged from the anchor down, in any grouping, only stricter."""

from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp_federation.federation.errors import PolicyError
from idp_federation.federation.metadata_policy import (
    MetadataPolicy,
    apply_policy,
    merge,
    read_policy,
    resolve_policy,
)
from idp_federation.federation.policy_operators import key_of
from kit.json import JsonObject, JsonValue


def test_entity_types_and_parameters_that_only_one_has_are_kept() -> None:
    above = read_policy({"openid_provider": {"a": {"value": 1}}, "oauth_client": {}})
    below = read_policy(
        {
            "openid_provider": {"b": {"essential": True}},
            "openid_relying_party": {"c": {"add": ["x"]}},
        }
    )
    assert merge(above, below) == {
        "openid_provider": {"a": {"value": 1}, "b": {"essential": True}},
        "oauth_client": {},
        "openid_relying_party": {"c": {"add": ["x"]}},
    }


def test_a_realistic_chain_of_policies_is_resolved_and_applied() -> None:
    anchor = read_policy(
        {
            "openid_relying_party": {
                "grant_types": {
                    "default": ["authorization_code"],
                    "subset_of": ["authorization_code", "refresh_token"],
                    "superset_of": ["authorization_code"],
                },
                "token_endpoint_auth_method": {
                    "one_of": ["private_key_jwt", "self_signed_tls_client_auth"],
                    "essential": True,
                },
                "contacts": {"add": ["helpdesk@pref.example"]},
            }
        }
    )
    prefecture = read_policy(
        {
            "openid_relying_party": {
                "token_endpoint_auth_method": {
                    "one_of": ["self_signed_tls_client_auth", "private_key_jwt", "none"],
                    "default": "private_key_jwt",
                },
                "contacts": {"add": ["city@pref.example"]},
                "logo_uri": {"value": None},
            }
        }
    )
    metadata: dict[str, JsonObject] = {
        "openid_relying_party": {
            "grant_types": ["implicit", "authorization_code"],
            "contacts": ["rp@city.example"],
            "logo_uri": "https://city.example/logo.png",
            "client_name": "予約",
        }
    }
    assert apply_policy(resolve_policy([anchor, prefecture]), metadata) == {
        "openid_relying_party": {
            "grant_types": ["authorization_code"],
            "token_endpoint_auth_method": "private_key_jwt",
            "contacts": ["rp@city.example", "helpdesk@pref.example", "city@pref.example"],
            "client_name": "予約",
        }
    }


def test_entity_types_that_are_absent_are_not_added() -> None:
    policy = read_policy({"openid_provider": {"issuer": {"default": "x", "essential": True}}})
    assert apply_policy(policy, {"federation_entity": {}}) == {"federation_entity": {}}


def test_a_policy_with_a_language_tag_touches_that_language_alone() -> None:
    policy = read_policy({"openid_provider": {"name#ja": {"value": "札幌"}}})
    given: dict[str, JsonObject] = {"openid_provider": {"name": "Sapporo"}}
    assert apply_policy(policy, given) == {
        "openid_provider": {"name": "Sapporo", "name#ja": "札幌"}
    }


def test_metadata_given_are_left_as_they_were() -> None:
    given: dict[str, JsonObject] = {"openid_provider": {"scopes_supported": ["a", "b"]}}
    policy = read_policy({"openid_provider": {"scopes_supported": {"subset_of": ["a"]}}})
    apply_policy(policy, given)
    assert given == {"openid_provider": {"scopes_supported": ["a", "b"]}}


@pytest.mark.parametrize(
    "value", [[], "x", {"openid_provider": []}, {"openid_provider": {"a": "x"}}]
)
def test_a_policy_has_three_levels_of_objects(value: JsonValue) -> None:
    with pytest.raises(PolicyError, match="no object"):
        read_policy(value)


def test_an_intermediate_cannot_make_a_policy_more_permissive() -> None:
    anchor = read_policy({"t": {"p": {"subset_of": ["a"], "essential": True}}})
    lax = read_policy({"t": {"p": {"subset_of": ["a", "b"], "essential": False}}})
    assert resolve_policy([anchor, lax]) == {"t": {"p": {"subset_of": ["a"], "essential": True}}}


words: st.SearchStrategy[JsonValue] = st.sampled_from("abc")
texts: st.SearchStrategy[JsonValue] = st.lists(words, max_size=3, unique=True)
operators: st.SearchStrategy[dict[str, JsonValue]] = st.fixed_dictionaries(
    {},
    optional={
        "value": st.none() | words | texts,
        "add": texts,
        "default": words | texts,
        "one_of": texts,
        "subset_of": texts,
        "superset_of": texts,
        "essential": st.booleans(),
    },
)


@st.composite
def policies(draw: st.DrawFn) -> MetadataPolicy:
    """Policies that are valid by themselves: what does not go together is left out."""
    drawn = draw(operators)
    kept: JsonObject = {}
    for name, value in drawn.items():
        try:
            read_policy({"t": {"p": {**kept, name: value}}})
        except PolicyError:
            continue
        kept[name] = value
    return read_policy({"t": {"p": kept}})


metadata_of_p = st.fixed_dictionaries({}, optional={"p": words | texts})


def comparable(policy: MetadataPolicy) -> dict[str, JsonValue]:
    """A policy with the order of its sets left out, which the standard does not define."""
    sets = {"add", "one_of", "subset_of", "superset_of"}
    found: dict[str, JsonValue] = {}
    for name, value in policy["t"]["p"].items():
        if name in sets and isinstance(value, list):
            found[name] = [*sorted(map(key_of, value))]
        else:
            found[name] = value
    return found


def merged_or_none(*many: MetadataPolicy) -> dict[str, JsonValue] | None:
    try:
        return comparable(reduce(merge, many))
    except PolicyError:
        return None


@settings(max_examples=150)
@given(policies(), policies(), policies())
def test_merging_is_associative_and_so_are_its_conflicts(
    first: MetadataPolicy, second: MetadataPolicy, third: MetadataPolicy
) -> None:
    try:
        right = comparable(merge(first, merge(second, third)))
    except PolicyError:
        right = None
    assert merged_or_none(first, second, third) == right


@settings(max_examples=80)
@given(policies(), policies())
def test_merging_does_not_depend_on_who_is_above(
    first: MetadataPolicy, second: MetadataPolicy
) -> None:
    assert merged_or_none(first, second) == merged_or_none(second, first)


@settings(max_examples=80)
@given(policies())
def test_merging_a_policy_with_itself_changes_nothing(policy: MetadataPolicy) -> None:
    assert merged_or_none(policy, policy) == comparable(policy)


@settings(max_examples=120)
@given(policies(), metadata_of_p)
def test_applying_a_policy_twice_is_applying_it_once(
    policy: MetadataPolicy, parameters: JsonObject
) -> None:
    try:
        once = apply_policy(policy, {"t": parameters})
    except PolicyError:
        return
    assert apply_policy(policy, once) == once


@settings(max_examples=120)
@given(policies(), policies(), metadata_of_p)
def test_what_passes_a_merged_policy_passes_the_checks_of_each(
    first: MetadataPolicy, second: MetadataPolicy, parameters: JsonObject
) -> None:
    try:
        result = apply_policy(merge(first, second), {"t": parameters})["t"].get("p")
    except PolicyError:
        return
    for policy in (first, second):
        checks = policy["t"]["p"]
        if checks.get("essential"):
            assert result is not None
        if isinstance(result, list):
            allowed, needed = checks.get("subset_of"), checks.get("superset_of")
            assert not isinstance(allowed, list) or set(map(key_of, result)) <= set(
                map(key_of, allowed)
            )
            assert not isinstance(needed, list) or set(map(key_of, needed)) <= set(
                map(key_of, result)
            )
        one_of = checks.get("one_of")
        assert result is None or not isinstance(one_of, list) or result in one_of
