import pytest
from hypothesis import given
from hypothesis import strategies as st

from joint_use.terms.errors import InvalidTerm
from joint_use.terms.organisation import (
    Contact,
    Municipality,
    Organisation,
    OrganisationKind,
    checked_contact,
    checked_municipality,
    checked_organisation,
    email_address,
    phone_number,
)


def test_an_organisation_is_taken_with_its_code_mended_and_its_names_trimmed() -> None:
    wanted = Organisation(
        name="ebetsu_kosodate",
        municipality_code="０１２１７３",
        kind=OrganisationKind.DEPARTMENT,
        name_ja=" 子ども育成課 ",
        contact=Contact(email="hanako@city.ebetsu.example.jp", phone="０１１ー３８２ー４１４１"),
    )
    checked = checked_organisation(wanted)
    assert (checked.municipality_code, checked.name_ja) == ("012173", "子ども育成課")
    assert checked.contact.phone == "011-382-4141"
    assert checked_organisation(checked) == checked


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"name": "Ebetsu"}, "name"),
        ({"municipality_code": "012174"}, "municipality_code"),
        ({"name_ja": " "}, "name_ja"),
        ({"name_en": "a\nb"}, "name_en"),
        ({"contact": Contact(email="hanako")}, "contact_email"),
        ({"contact": Contact(phone="内線12")}, "contact_phone"),
        ({"contact": Contact(name="x" * 201)}, "contact_name"),
    ],
)
def test_what_is_wrong_with_an_organisation_is_told_by_its_place(
    changed: dict[str, object], where: str
) -> None:
    terms: dict[str, object] = {
        "name": "ebetsu",
        "municipality_code": "012173",
        "kind": OrganisationKind.OTHER,
        "name_ja": "江別市",
        **changed,
    }
    with pytest.raises(InvalidTerm) as refused:
        checked_organisation(Organisation(**terms))  # type: ignore[arg-type]  # fields by name
    assert refused.value.where == where


def test_a_municipality_needs_a_name_in_japanese() -> None:
    assert checked_municipality(Municipality(code="01217", name_ja="江別市")).code == "012173"
    with pytest.raises(InvalidTerm):
        checked_municipality(Municipality(code="012173", name_ja="", name_en="Ebetsu"))


def test_a_contact_may_be_empty() -> None:
    assert checked_contact(Contact()) == Contact()


@pytest.mark.parametrize(
    "wrong",
    ["", "a@b", "a b@example.jp", "a@@example.jp", "@example.jp", "a@example.jp>", "<a@example.jp"],
)
def test_what_is_no_address_is_refused(wrong: str) -> None:
    with pytest.raises(InvalidTerm):
        email_address(wrong)


@given(st.text(max_size=40))
def test_a_telephone_number_is_taken_once_and_for_all(text: str) -> None:
    try:
        number = phone_number(text)
    except InvalidTerm:
        return
    assert phone_number(number) == number
    assert number.isascii()
