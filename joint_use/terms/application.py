"""Application (利用申請): what an organisation asks for, and the steps from receipt to decision."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TypeVar

from joint_use.terms.endpoint import ExternalEndpoint, checked_endpoint
from joint_use.terms.errors import InvalidApplication, InvalidTerm, WrongStatus
from joint_use.terms.municipality import municipality_code
from joint_use.terms.organisation import (
    Contact,
    OrganisationKind,
    email_address,
    phone_number,
    required_name,
)
from joint_use.terms.quotas import Quota
from joint_use.terms.tenant import Storage, canonical_name, spoken_name

LONGEST_TEXT = 2000
_T = TypeVar("_T")
_E = TypeVar("_E", bound=Enum)


class ApplicationStatus(Enum):
    """How far an application is."""

    SUBMITTED = "submitted"  # 審査中: waits for the operator
    ASKED_BACK = "asked_back"  # 照会中: waits for the applicant
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ApplicationStep(Enum):
    """What was done to an application; the steps after `approved` are the platform's own."""

    SUBMITTED = "submitted"
    ASKED_BACK = "asked_back"
    ANSWERED = "answered"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LINK_RENEWED = "link_renewed"
    ORGANISATION_REGISTERED = "organisation_registered"
    TENANT_CREATED = "tenant_created"
    QUOTA_SET = "quota_set"
    CLIENT_REGISTERED = "client_registered"
    READY = "ready"


class ExpectedSize(Enum):
    """How many entities an applicant expects to keep."""

    THOUSAND = "thousand"
    TEN_THOUSAND = "ten_thousand"
    HUNDRED_THOUSAND = "hundred_thousand"
    MILLION = "million"
    MORE = "more"

    @property
    def entities(self) -> int | None:
        """How many that are at most; None: more than a million."""
        return _ENTITIES[self]


_ENTITIES = {
    ExpectedSize.THOUSAND: 1_000,
    ExpectedSize.TEN_THOUSAND: 10_000,
    ExpectedSize.HUNDRED_THOUSAND: 100_000,
    ExpectedSize.MILLION: 1_000_000,
    ExpectedSize.MORE: None,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationContent:
    """What is asked for, by whom and for what.

    Args:
        tenant: the tenant's name that is wished for; the operator decides.
        endpoint_url: where the data are, where storage is external.
    """

    municipality_code: str
    municipality_name: str
    organisation_kind: OrganisationKind
    organisation_name: str
    organisation_name_en: str
    tenant: str
    purpose: str
    storage: Storage
    endpoint_url: str
    size: ExpectedSize
    contact: Contact


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """What the operator gives to whom he approves.

    Args:
        tenant: the tenant's canonical name.
        organisation: the organisation's canonical name.
    """

    tenant: str
    organisation: str
    quota: Quota


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """An application as it stands.

    Args:
        receipt: its number, by which people speak of it.
        terms_version: which terms of use were agreed to.
        client: the id of the client that was registered for the tenant; None: there is none.
        ready_at: since when everything that was approved is there.
    """

    receipt: str
    content: ApplicationContent
    terms_version: str
    status: ApplicationStatus
    submitted_at: datetime
    changed_at: datetime
    approval: Approval | None = None
    client: str | None = None
    ready_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationEvent:
    """One thing that was done to an application: by whom, when, and what was said."""

    step: ApplicationStep
    by: str
    at: datetime
    text: str = ""


_NEXT: Mapping[tuple[ApplicationStatus, ApplicationStep], ApplicationStatus] = {
    (ApplicationStatus.SUBMITTED, ApplicationStep.ASKED_BACK): ApplicationStatus.ASKED_BACK,
    (ApplicationStatus.SUBMITTED, ApplicationStep.APPROVED): ApplicationStatus.APPROVED,
    (ApplicationStatus.SUBMITTED, ApplicationStep.REFUSED): ApplicationStatus.REFUSED,
    (ApplicationStatus.SUBMITTED, ApplicationStep.WITHDRAWN): ApplicationStatus.WITHDRAWN,
    (ApplicationStatus.ASKED_BACK, ApplicationStep.ANSWERED): ApplicationStatus.SUBMITTED,
    (ApplicationStatus.ASKED_BACK, ApplicationStep.REFUSED): ApplicationStatus.REFUSED,
    (ApplicationStatus.ASKED_BACK, ApplicationStep.WITHDRAWN): ApplicationStatus.WITHDRAWN,
    # Decided anew while nothing of it could be made, for example because the name was taken.
    (ApplicationStatus.APPROVED, ApplicationStep.APPROVED): ApplicationStatus.APPROVED,
}


def status_after(application: Application, step: ApplicationStep) -> ApplicationStatus:
    """Answer with the status that a step leads to.

    Raises:
        WrongStatus: there is no such step from where the application is.
    """
    after = _NEXT.get((application.status, step))
    if after is None or application.ready_at is not None:
        raise WrongStatus(
            f"Application {application.receipt} is {application.status.value}; the step "
            f"{step.value} is not possible",
            detail_ja=f"申請 {application.receipt} は{STATUS_JA[application.status]}のため、"
            "この操作はできません。",
            where="status",
        )
    return after


STATUS_JA: Mapping[ApplicationStatus, str] = {
    ApplicationStatus.SUBMITTED: "審査中",
    ApplicationStatus.ASKED_BACK: "照会中",
    ApplicationStatus.APPROVED: "承認済み",
    ApplicationStatus.REFUSED: "不承認",
    ApplicationStatus.WITHDRAWN: "取下げ済み",
}
FIELDS: Mapping[str, tuple[str, str]] = {
    "municipality_code": ("団体コード", "Municipality code"),
    "municipality_name": ("自治体の名称", "Name of the municipality"),
    "organisation_kind": ("組織の種別", "Kind of organisation"),
    "organisation_name": ("組織の名称", "Name of the organisation"),
    "organisation_name_en": ("組織の英語名", "Name of the organisation in English"),
    "purpose": ("利用目的", "Purpose"),
    "storage": ("データ管理方式", "How data are kept"),
    "endpoint_url": ("接続先のアドレス", "Address of your endpoint"),
    "size": ("データ件数の見込み", "Expected number of entities"),
    "tenant": ("希望するテナント名", "Tenant name you would like"),
    "contact_name": ("担当者の氏名", "Name of the person to contact"),
    "contact_email": ("メールアドレス", "E-mail address"),
    "contact_phone": ("電話番号", "Telephone number"),
}
"""The fields of an application in their order, as people call them: Japanese, English."""

_OPTIONAL = frozenset({"organisation_name_en", "contact_phone", "endpoint_url"})


def content_of(given: Mapping[str, str]) -> ApplicationContent:
    """Read an application from what was typed into its fields.

    Raises:
        InvalidApplication: some fields are not right; it tells of all of them.
    """
    reading = _Reading(given)
    storage = reading.take("storage", _choice(Storage), Storage.SHARED)
    content = ApplicationContent(
        municipality_code=reading.take("municipality_code", municipality_code, ""),
        municipality_name=reading.name("municipality_name"),
        organisation_kind=reading.take(
            "organisation_kind", _choice(OrganisationKind), OrganisationKind.OTHER
        ),
        organisation_name=reading.name("organisation_name"),
        organisation_name_en=reading.take(
            "organisation_name_en", lambda text: spoken_name(text, "organisation_name_en"), ""
        ),
        tenant=reading.take("tenant", folded_name, ""),
        purpose=reading.take("purpose", plain_text, ""),
        storage=storage,
        endpoint_url=reading.endpoint() if storage is Storage.EXTERNAL else "",
        size=reading.take("size", _choice(ExpectedSize), ExpectedSize.MORE),
        contact=Contact(
            name=reading.name("contact_name"),
            email=reading.take("contact_email", email_address, ""),
            phone=reading.take("contact_phone", phone_number, ""),
        ),
    )
    if reading.errors:
        raise InvalidApplication(
            {name: reading.errors[name] for name in FIELDS if name in reading.errors}
        )
    return content


def written(content: ApplicationContent) -> dict[str, str]:
    """Write an application down as its fields; read again it is the same."""
    return {
        "municipality_code": content.municipality_code,
        "municipality_name": content.municipality_name,
        "organisation_kind": content.organisation_kind.value,
        "organisation_name": content.organisation_name,
        "organisation_name_en": content.organisation_name_en,
        "tenant": content.tenant,
        "purpose": content.purpose,
        "storage": content.storage.value,
        "endpoint_url": content.endpoint_url,
        "size": content.size.value,
        "contact_name": content.contact.name,
        "contact_email": content.contact.email,
        "contact_phone": content.contact.phone,
    }


class _Reading:
    """Reads fields one by one and remembers what is wrong with which."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = given
        self.errors: dict[str, InvalidTerm] = {}

    def take(self, name: str, read: Callable[[str], _T], otherwise: _T) -> _T:
        """Read a field; where it is absent or wrong, remember that."""
        text = self._given.get(name, "").strip()
        if not text:
            if name not in _OPTIONAL:
                self.errors[name] = missing(name)
            return otherwise
        try:
            return read(text)
        except InvalidTerm as error:
            self.errors[name] = error
            return otherwise

    def name(self, field: str) -> str:
        """Read a name for people."""
        return self.take(field, lambda text: required_name(text, field), "")

    def endpoint(self) -> str:
        """Read the address of an endpoint, which has to be there."""
        if not self._given.get("endpoint_url", "").strip():
            self.errors["endpoint_url"] = missing("endpoint_url")
        return self.take(
            "endpoint_url", lambda text: checked_endpoint(ExternalEndpoint(url=text)).url, ""
        )


def missing(field: str) -> InvalidTerm:
    """Say that a field is empty."""
    ja, en = FIELDS[field]
    return InvalidTerm(
        f"{en} is empty; please fill it in",
        detail_ja=f"「{ja}」を入力または選択してください。",
        where=field,
    )


def folded_name(text: str) -> str:
    """Answer with a tenant's name; capitals, full-width letters and hyphens are folded.

    Raises:
        InvalidTerm: it cannot be one.

    >>> folded_name("Ｅｂｅｔｓｕ-Kosodate")
    'ebetsu_kosodate'
    """
    return canonical_name(re.sub(r"[-\s]+", "_", unicodedata.normalize("NFKC", text).lower()))


def plain_text(text: str, where: str = "purpose") -> str:
    """Answer with a text of several lines, trimmed.

    Raises:
        InvalidTerm: it is empty, too long, or holds control characters.
    """
    plain = text.strip()
    has_controls = any(
        unicodedata.category(character)[0] == "C" and character not in "\n\t" for character in plain
    )
    if has_controls or not 0 < len(plain) <= LONGEST_TEXT:
        raise InvalidTerm(
            f"Text is empty, longer than {LONGEST_TEXT} characters, or holds control characters",
            detail_ja=f"文章は1〜{LONGEST_TEXT}文字で入力してください（制御文字は使えません）。",
            where=where,
        )
    return plain


def suggested_quota(content: ApplicationContent) -> Quota:
    """Suggest a quota: what is expected, as far as entities go."""
    return Quota(entities=content.size.entities)


def _choice(kind: type[_E]) -> Callable[[str], _E]:
    """Make a reader of one of an Enum's values."""

    def read(text: str) -> _E:
        try:
            return kind(text)
        except ValueError as error:
            right = ", ".join(str(one.value) for one in kind)
            raise InvalidTerm(
                f"Choice {text[:50]!r} is none; right are {right}",
                detail_ja="選択肢から選んでください。",
            ) from error

    return read
