from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joint_use.terms.application import (
    FIELDS,
    Application,
    ApplicationStatus,
    ApplicationStep,
    ExpectedSize,
    content_of,
    folded_name,
    plain_text,
    status_after,
    suggested_quota,
    written,
)
from joint_use.terms.errors import InvalidApplication, InvalidTerm, WrongStatus
from joint_use.terms.municipality import municipality_code, possible_codes
from joint_use.terms.organisation import OrganisationKind
from joint_use.terms.tenant import Storage

NOW = datetime(2026, 4, 1, tzinfo=UTC)
GIVEN = {
    "municipality_code": "０１２１７３",
    "municipality_name": "江別市",
    "organisation_kind": "department",
    "organisation_name": " 子ども育成課 ",
    "organisation_name_en": "",
    "tenant": "Ｅbetsu-Kosodate",
    "purpose": "保育施設の空き状況を\n公開する",
    "storage": "separated",
    "endpoint_url": "",
    "size": "ten_thousand",
    "contact_name": "江別 花子",
    "contact_email": "hanako@city.ebetsu.example.jp",
    "contact_phone": "０１１ー３８２ー４１４１",
}
APPLICATION = Application(
    receipt="20260401-ABCDEF",
    content=content_of(GIVEN),
    terms_version="1",
    status=ApplicationStatus.SUBMITTED,
    submitted_at=NOW,
    changed_at=NOW,
)


def errors_of(given: dict[str, str]) -> dict[str, InvalidTerm]:
    with pytest.raises(InvalidApplication) as refused:
        content_of(given)
    return dict(refused.value.errors)


def test_what_people_type_is_folded_to_what_is_meant() -> None:
    content = APPLICATION.content
    assert content.municipality_code == "012173"
    assert content.organisation_kind is OrganisationKind.DEPARTMENT
    assert content.organisation_name == "子ども育成課"
    assert content.tenant == "ebetsu_kosodate"
    assert content.storage is Storage.SEPARATED
    assert content.contact.phone == "011-382-4141"
    assert suggested_quota(content).entities == 10_000


def test_an_application_is_the_same_after_it_was_written_down() -> None:
    assert content_of(written(APPLICATION.content)) == APPLICATION.content
    assert list(written(APPLICATION.content).keys() ^ FIELDS.keys()) == []


def test_everything_that_is_missing_is_told_at_once_and_in_the_form_s_order() -> None:
    errors = errors_of({})
    optional = {"organisation_name_en", "contact_phone", "endpoint_url"}
    assert list(errors) == [name for name in FIELDS if name not in optional]
    assert "「団体コード」" in errors["municipality_code"].detail_ja


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("municipality_code", "12173"),
        ("municipality_code", "012174"),
        ("organisation_kind", "club"),
        ("storage", "cloud"),
        ("size", "10000"),
        ("tenant", "江別"),
        ("tenant", "x" * 64),
        ("purpose", "x" * 2001),
        ("purpose", "bell \a"),
        ("organisation_name", "two\nlines"),
        ("contact_email", "hanako"),
        ("contact_phone", "なし"),
    ],
)
def test_one_wrong_field_is_told_alone(field: str, text: str) -> None:
    assert list(errors_of({**GIVEN, field: text})) == [field]


def test_data_that_stay_outside_need_an_address() -> None:
    outside = {**GIVEN, "storage": "external"}
    assert list(errors_of(outside)) == ["endpoint_url"]
    assert list(errors_of({**outside, "endpoint_url": "broker.example.jp"})) == ["endpoint_url"]
    content = content_of({**outside, "endpoint_url": "https://broker.example.jp/ngsi-ld/v1"})
    assert content.endpoint_url == "https://broker.example.jp"


def test_an_address_does_not_matter_where_data_are_inside() -> None:
    assert content_of({**GIVEN, "endpoint_url": "anything"}).endpoint_url == ""


def test_codes_that_a_lost_zero_makes_ambiguous_are_offered() -> None:
    assert possible_codes("１２１７３") == ["121738", "012173"]
    assert possible_codes("012173") == ["012173"]
    assert possible_codes("そ") == []


@given(st.text(max_size=8))
def test_a_code_that_is_read_is_the_only_one_possible(text: str) -> None:
    try:
        code = municipality_code(text)
    except InvalidTerm:
        return
    assert possible_codes(text) == [code]


@given(st.text(max_size=70))
def test_a_name_is_folded_once_and_for_all(text: str) -> None:
    try:
        name = folded_name(text)
    except InvalidTerm:
        return
    assert folded_name(name) == name


@given(st.text())
def test_a_text_is_taken_as_it_is_or_refused(text: str) -> None:
    try:
        plain = plain_text(text)
    except InvalidTerm:
        return
    assert plain == text.strip()
    assert "\0" not in plain


STEPS = {
    ApplicationStatus.SUBMITTED: {"asked_back", "approved", "refused", "withdrawn"},
    ApplicationStatus.ASKED_BACK: {"answered", "refused", "withdrawn"},
    ApplicationStatus.APPROVED: {"approved"},
    ApplicationStatus.REFUSED: set(),
    ApplicationStatus.WITHDRAWN: set(),
}


@pytest.mark.parametrize("status", ApplicationStatus)
def test_an_application_takes_the_steps_of_its_status_and_no_other(
    status: ApplicationStatus,
) -> None:
    application = replace(APPLICATION, status=status)
    possible = set()
    for step in ApplicationStep:
        try:
            status_after(application, step)
        except WrongStatus:
            continue
        possible.add(step.value)
    assert possible == STEPS[status]


def test_what_is_ready_is_not_approved_again() -> None:
    ready = replace(APPLICATION, status=ApplicationStatus.APPROVED, ready_at=NOW)
    with pytest.raises(WrongStatus):
        status_after(ready, ApplicationStep.APPROVED)


def test_each_size_is_larger_than_the_one_before() -> None:
    bounds = [size.entities for size in ExpectedSize]
    known = [bound for bound in bounds if bound is not None]
    assert known == sorted(known)
    assert bounds[-1] is None
