"""Policies as JSON."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joint_use import InvalidTerm, Levels, Policy, Readers, Requirement, read_policy
from joint_use.terms.policy import PersonalType, policy_document
from kit.json import JsonObject

IRIS = st.sampled_from([f"https://example.jp/{name}" for name in "ABCDEF"])
REQUIREMENTS = st.builds(
    Requirement,
    levels=st.builds(Levels, st.integers(1, 3), st.integers(1, 3)),
    proofs=st.frozensets(st.sampled_from(["kyc", "jpki_signature"])),
    max_age=st.none() | st.integers(0, 10**6).map(lambda s: timedelta(seconds=s)),
)
PERSONAL = st.builds(
    PersonalType, owner=IRIS, purpose=st.text(min_size=1), requirement=REQUIREMENTS
)
POLICIES = st.builds(
    lambda readers, types, personal, services: Policy(
        readers=readers,
        types={name: each for name, each in types.items() if name not in personal},
        personal=personal,
        services=services,
    ),
    st.sampled_from(Readers),
    st.dictionaries(IRIS, st.sampled_from(Readers)),
    st.dictionaries(IRIS, PERSONAL),
    st.dictionaries(st.text(), REQUIREMENTS),
)


@settings(max_examples=50)
@given(POLICIES)
def test_a_policy_is_read_as_it_was_written(policy: Policy) -> None:
    assert read_policy(policy_document(policy)) == policy


@pytest.mark.parametrize(
    "document",
    [
        {"reader": "anyone"},
        {"readers": "everybody"},
        {"types": ["https://example.jp/Event"]},
        {"types": {"Event": "anyone"}},
        {"personal": {"https://example.jp/Resident": {"purpose": "x"}}},
        {"personal": {"https://example.jp/R": {"owner": "https://example.jp/o"}}},
        {"services": {"booking": {"proofing": 4}}},
        {"services": {"booking": {"proofing": True}}},
        {"services": {"booking": {"proofs": ["passport"]}}},
        {"services": {"booking": {"max_age_s": -1}}},
        {
            "types": {"https://example.jp/R": "anyone"},
            "personal": {"https://example.jp/R": {"owner": "https://example.jp/o", "purpose": "x"}},
        },
    ],
)
def test_a_policy_that_is_not_understood_is_refused_wholly(document: JsonObject) -> None:
    with pytest.raises(InvalidTerm):
        read_policy(document)
