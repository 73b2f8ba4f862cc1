"""Policies as JSON."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joint_use import InvalidTerm, Levels, Policy, Readers, Requirement, ServiceClass, read_policy
from joint_use.terms.policy import PersonalType, policy_document
from kit.json import JsonObject

IRIS = st.sampled_from([f"https://example.jp/{name}" for name in "ABCDEF"])
REQUIREMENTS = st.builds(
    Requirement,
    levels=st.builds(Levels, st.integers(1, 3), st.integers(1, 3)),
    proofs=st.frozensets(st.sampled_from(["kyc", "jpki_signature"])),
    service_class=st.sampled_from(["", *(one.value for one in ServiceClass)]),
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


def test_a_policy_names_classes_and_resolves_to_their_levels_and_evidence() -> None:
    policy = read_policy(
        {
            "services": {
                "points": "authenticated",
                "booking": {"class": "existence", "max_age_s": 300},
                "bank": {"class": "criminal_proceeds", "authentication": 3},
                "health": "public_authentication",
            }
        }
    )
    required = policy.services
    assert required["points"].levels == Levels(1, 1)
    assert required["booking"].levels == Levels(2, 2)
    assert required["booking"].max_age == timedelta(minutes=5)
    assert required["bank"].levels == Levels(2, 3)
    assert required["bank"].proofs == {"kyc"}
    assert required["health"].levels == Levels(3, 3)
    assert required["health"].proofs == {"jpki_signature"}
    assert policy_document(policy)["services"] == {
        "points": {"class": "authenticated"},
        "booking": {"class": "existence", "max_age_s": 300},
        "bank": {"class": "criminal_proceeds", "authentication": 3},
        "health": {"class": "public_authentication"},
    }


def test_a_class_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(InvalidTerm, match="existence"):
        read_policy({"services": {"booking": "important"}})
