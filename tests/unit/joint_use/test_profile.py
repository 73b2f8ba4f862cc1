from dataclasses import replace

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from joint_use import InvalidTerm
from joint_use.terms.profile import (
    ATTRIBUTES,
    Counts,
    Keeping,
    Linked,
    Number,
    PlatformScheme,
    Profile,
    Reach,
    ResidentTerms,
    ServiceScheme,
)
from joint_use.terms.profile_comparison import Need, compare
from joint_use.terms.profile_document import document_of, profile_of, schema
from joint_use.terms.profile_rules import Weight, check
from kit.json import JsonValue
from tests.profiles import A_PROFILE

VALIDATOR = jsonschema_rs.validator_for(schema("https://renkei.example/profile/schema"))

WRONG: list[JsonValue] = [0, 4, True, "長" * 201, [], {}, {"a": 1}]

profiles = st.builds(
    Profile,
    name=st.just("基盤"),
    operator=st.just("市"),
    service_scheme=st.sampled_from(ServiceScheme),
    reach=st.sampled_from(Reach),
    platform_scheme=st.sampled_from(PlatformScheme),
    resident_terms=st.none()
    | st.builds(
        ResidentTerms,
        by_part=st.booleans(),
        platform_apart=st.booleans(),
        certification=st.booleans(),
    ),
    proofing=st.sampled_from([1, 2, 3]),
    authentication=st.sampled_from([1, 2, 3]),
    authentication_link=st.sampled_from(Linked),
    data_link=st.sampled_from(Linked),
    non_personal=st.sampled_from(Keeping),
    personal=st.sampled_from(Keeping),
    counts=st.none()
    | st.builds(
        Counts,
        authentication=st.sampled_from(Number),
        non_personal=st.sampled_from(Number),
        personal=st.sampled_from(Number),
    ),
)


@given(profiles)
def test_a_profile_comes_back_from_its_document_and_its_schema_describes_it(
    profile: Profile,
) -> None:
    document = document_of(profile)
    assert profile_of(document) == profile
    assert VALIDATOR.is_valid(document)


@given(profiles, st.data())
def test_what_the_schema_refuses_is_refused(profile: Profile, data: st.DataObject) -> None:
    document = document_of(profile)
    member = data.draw(st.sampled_from(sorted(set(document) - {"counts"})))
    broken = dict(document)
    if data.draw(st.booleans()):
        del broken[member]
    else:
        broken[member] = data.draw(st.sampled_from(WRONG))
    assert not VALIDATOR.is_valid(broken)
    with pytest.raises(InvalidTerm) as refused:
        profile_of(broken)
    assert refused.value.where is not None


@pytest.mark.parametrize("document", [None, [], "なし", {"何か": 1}])
def test_what_is_no_profile_is_refused(document: JsonValue) -> None:
    with pytest.raises(InvalidTerm):
        profile_of(document)


def test_a_sound_profile_has_no_findings() -> None:
    assert check(A_PROFILE) == []


CONTRADICTIONS = {
    "authenticationLink": replace(A_PROFILE, authentication_link=Linked.NO),
    "dataLink": replace(A_PROFILE, non_personal=Keeping.NONE, personal=Keeping.NONE),
    "nonPersonalBroker": replace(
        A_PROFILE, platform_scheme=PlatformScheme.NONE, personal=Keeping.NONE
    ),
    "personalBroker": replace(
        A_PROFILE, platform_scheme=PlatformScheme.NONE, non_personal=Keeping.NONE
    ),
    "counts": replace(
        A_PROFILE,
        counts=Counts(authentication=Number.ONE, non_personal=Number.ONE, personal=Number.NONE),
    ),
    "proofingLevel": replace(
        A_PROFILE,
        authentication_link=Linked.NO,
        personal=Keeping.NONE,
        counts=Counts(
            authentication=Number.NONE, non_personal=Number.SEVERAL, personal=Number.NONE
        ),
    ),
}


@pytest.mark.parametrize("member", CONTRADICTIONS)
def test_attributes_that_contradict_each_other_are_found(member: str) -> None:
    found = check(CONTRADICTIONS[member])
    assert [(one.weight, one.member) for one in found] == [(Weight.CONTRADICTION, member)]


def test_a_link_of_non_personal_data_needs_no_link_of_authentication() -> None:
    open_data = replace(A_PROFILE, personal=Keeping.NONE, authentication_link=Linked.NO)
    assert check(open_data) == []


def test_personal_data_at_low_levels_or_without_terms_are_advised_against() -> None:
    found = check(replace(A_PROFILE, proofing=1, resident_terms=None))
    assert {(one.weight, one.member) for one in found} == {
        (Weight.ADVICE, "proofingLevel"),
        (Weight.ADVICE, "residentTerms"),
    }


def test_services_of_firms_ask_for_terms_on_certification() -> None:
    terms = ResidentTerms(by_part=True, platform_apart=True)
    found = check(replace(A_PROFILE, service_scheme=ServiceScheme.BOTH, resident_terms=terms))
    assert [(one.weight, one.member) for one in found] == [(Weight.ADVICE, "residentTerms")]


@given(profiles)
def test_every_attribute_is_compared_and_equals_need_no_change_to_be_joined(
    profile: Profile,
) -> None:
    comparison = compare(profile, profile)
    assert [row.attribute for row in comparison.rows] == list(ATTRIBUTES)
    assert not any(row.differs for row in comparison.rows)
    changes = {row.attribute.member for row in comparison.rows if row.joining.need is Need.CHANGE}
    assert changes <= {"reach", "platformScheme"}


@given(profiles, profiles)
def test_linking_asks_the_same_of_both_sides_but_for_who_has_the_platform(
    ours: Profile, theirs: Profile
) -> None:
    there = {row.attribute.member: row.linking.need for row in compare(ours, theirs).rows}
    back = {row.attribute.member: row.linking.need for row in compare(theirs, ours).rows}
    assert {**there, "platformScheme": None} == {**back, "platformScheme": None}


def test_a_platform_with_separated_databases_cannot_join_a_shared_one_as_it_is() -> None:
    comparison = compare(A_PROFILE, replace(A_PROFILE, non_personal=Keeping.SHARED))
    needs = {row.attribute.member: row.joining.need for row in comparison.rows}
    assert needs["nonPersonalBroker"] is Need.CHANGE
    assert not comparison.can_join
    assert comparison.can_link


def test_different_levels_are_reconciled_when_linking_and_raised_when_joining() -> None:
    comparison = compare(A_PROFILE, replace(A_PROFILE, authentication=1))
    row = next(one for one in comparison.rows if one.attribute.member == "authenticationLevel")
    assert (row.joining.need, row.linking.need) == (Need.CHANGE, Need.AGREEMENT)


def test_personal_brokers_are_not_linked_without_authentication_linked_at_both_ends() -> None:
    comparison = compare(A_PROFILE, replace(A_PROFILE, authentication_link=Linked.NO))
    assert not comparison.can_link
    without = replace(A_PROFILE, personal=Keeping.NONE, authentication_link=Linked.NO)
    assert compare(A_PROFILE, without).can_link
