"""Municipalities and the organisations inside them (接続組織), to which tenants belong."""

import re
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum

from joint_use.terms.errors import InvalidTerm
from joint_use.terms.municipality import municipality_code
from joint_use.terms.tenant import canonical_name, spoken_name

_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"]{1,64}@[A-Za-z0-9.-]{1,189}\.[A-Za-z]{2,63}", re.ASCII)
_PHONE = re.compile(r"\+?[0-9][0-9-]{4,18}[0-9]", re.ASCII)
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−ーｰ()", "-"))


class OrganisationKind(Enum):
    """What an organisation is to its municipality."""

    DEPARTMENT = "department"  # 自治体の部署
    AFFILIATE = "affiliate"  # 外郭団体
    JOINT_BODY = "joint_body"  # 一部事務組合・広域連合・協議会
    OPERATING_BODY = "operating_body"  # 運営組織: also a firm that a municipality contracts
    COMPANY = "company"  # 民間事業者
    OTHER = "other"


class OrganisationStep(Enum):
    """What was done to an organisation."""

    CREATED = "created"
    CHANGED = "changed"
    SUSPENDED = "suspended"
    RESUMED = "resumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Whom to ask."""

    name: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Municipality:
    """A municipality or a prefecture that takes part, by its code."""

    code: str
    name_ja: str
    name_en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """A 接続組織: who answers for some tenants; their data are apart from everybody else's.

    Args:
        name: canonical, as a tenant's: [a-z0-9_]{1,63}.
        municipality_code: the municipality that it is in or works for.
    """

    name: str
    municipality_code: str
    kind: OrganisationKind
    name_ja: str
    name_en: str = ""
    contact: Contact = field(default_factory=Contact)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationEvent:
    """One thing that was done to an organisation, by whom and when."""

    step: OrganisationStep
    by: str
    at: datetime


def checked_municipality(municipality: Municipality) -> Municipality:
    """Answer with a municipality whose code and names are right.

    Raises:
        InvalidTerm: one of them is not.
    """
    return Municipality(
        code=municipality_code(municipality.code),
        name_ja=required_name(municipality.name_ja, "name_ja"),
        name_en=spoken_name(municipality.name_en, "name_en"),
    )


def checked_organisation(organisation: Organisation) -> Organisation:
    """Answer with an organisation whose name, code, names and contact are right.

    Raises:
        InvalidTerm: one of them is not.
    """
    return replace(
        organisation,
        name=canonical_name(organisation.name),
        municipality_code=municipality_code(organisation.municipality_code),
        name_ja=required_name(organisation.name_ja, "name_ja"),
        name_en=spoken_name(organisation.name_en, "name_en"),
        contact=checked_contact(organisation.contact),
    )


def checked_contact(contact: Contact) -> Contact:
    """Answer with a contact whose address and number, where given, can be right.

    Raises:
        InvalidTerm: one of them cannot.
    """
    return Contact(
        name=spoken_name(contact.name, "contact_name"),
        email=email_address(contact.email) if contact.email.strip() else "",
        phone=phone_number(contact.phone) if contact.phone.strip() else "",
    )


def required_name(text: str, where: str) -> str:
    """Answer with a name for people that is not empty.

    Raises:
        InvalidTerm: it is, or it cannot be a name.
    """
    name = spoken_name(text, where)
    if not name:
        raise InvalidTerm(
            f"Name for people is empty; {where} needs one",
            detail_ja="名称を入力してください。",
            where=where,
        )
    return name


def email_address(text: str, where: str = "contact_email") -> str:
    """Answer with an e-mail address, full-width letters folded.

    Raises:
        InvalidTerm: it cannot be one.

    >>> email_address(" ｔａｒｏ@city.example.jp ")
    'taro@city.example.jp'
    """
    address = unicodedata.normalize("NFKC", text).strip()
    if _EMAIL.fullmatch(address):
        return address
    raise InvalidTerm(
        "E-mail address cannot be right; right is one like taro@city.example.jp",
        detail_ja="メールアドレスを「名前@ドメイン」の形で入力してください。",
        where=where,
    )


def phone_number(text: str, where: str = "contact_phone") -> str:
    """Answer with a telephone number, with full-width digits and dashes of all kinds folded.

    Raises:
        InvalidTerm: it cannot be one.

    >>> phone_number("０１１ー２１１－２１１１"), phone_number("(011)211-2111")
    ('011-211-2111', '011-211-2111')
    """
    folded = unicodedata.normalize("NFKC", text.translate(_DASHES)).translate(_DASHES)
    number = re.sub(r"-+", "-", re.sub(r"\s", "", folded)).strip("-")
    if _PHONE.fullmatch(number):
        return number
    raise InvalidTerm(
        "Telephone number cannot be right; right is one like 011-211-2111",
        detail_ja="電話番号を「011-211-2111」の形で入力してください。",
        where=where,
    )
