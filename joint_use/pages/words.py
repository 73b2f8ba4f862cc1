"""What people read of joint use: the names of choices, steps and errors."""

from collections.abc import Mapping
from http import HTTPStatus

from joint_use.terms.application import (
    FIELDS,
    Application,
    ApplicationStatus,
    ApplicationStep,
    ExpectedSize,
    written,
)
from joint_use.terms.errors import (
    ApplicationUnknown,
    Forbidden,
    JointUseError,
    OrganisationExists,
    OrganisationUnknown,
    TenantExists,
    TenantUnknown,
    TooManyApplications,
    Unauthorized,
    WrongStatus,
)
from joint_use.terms.organisation import OrganisationKind
from joint_use.terms.tenant import Storage
from kit.pages.language import Language, Words
from kit.pages.refusals import PageRefused

KINDS: Mapping[OrganisationKind, Words] = {
    OrganisationKind.DEPARTMENT: Words("自治体の部署", "Department of a municipality"),
    OrganisationKind.AFFILIATE: Words("外郭団体", "Body affiliated with a municipality"),
    OrganisationKind.JOINT_BODY: Words(
        "一部事務組合・広域連合・協議会", "Joint body of municipalities"
    ),
    OrganisationKind.OPERATING_BODY: Words(
        "運営組織（自治体から委託を受けた事業者を含む）",
        "Operating body (also a firm contracted by a municipality)",
    ),
    OrganisationKind.COMPANY: Words("民間事業者", "Private company"),
    OrganisationKind.OTHER: Words("その他", "Other"),
}
STORAGES: Mapping[Storage, Words] = {
    Storage.SHARED: Words("内部（分離なし）", "Inside, shared database"),
    Storage.SEPARATED: Words("内部（分離あり）", "Inside, database of its own"),
    Storage.EXTERNAL: Words("外部", "Outside"),
}
STORAGES_EXPLAINED: Mapping[Storage, Words] = {
    Storage.SHARED: Words(
        "共用のデータベースに、組織ごとに区切って保存します。ほかの組織からは見えません。"
        "試用や、件数の少ないデータに向きます。",
        "Kept in a database that organisations share, each in its own compartment that the others "
        "cannot see. Suits trials and small amounts of data.",
    ),
    Storage.SEPARATED: Words(
        "組織専用のデータベースを用意します。ほかの組織のデータとは別の場所に保存します。"
        "件数の多いデータや、取扱いに注意が要るデータに向きます。",
        "Kept in a database for your organisation alone, apart from everybody else's. Suits "
        "large amounts of data, and data that need care.",
    ),
    Storage.EXTERNAL: Words(
        "データはお手元のシステム（NGSI-LD API対応）に置いたままにし、基盤は要求を取り次ぎます。"
        "基盤にデータは残りません。",
        "Data stay in your own system (with an NGSI-LD API); the platform passes requests on to "
        "it and keeps nothing.",
    ),
}
SIZES: Mapping[ExpectedSize, Words] = {
    ExpectedSize.THOUSAND: Words("1,000件まで", "Up to 1,000"),
    ExpectedSize.TEN_THOUSAND: Words("1万件まで", "Up to 10,000"),
    ExpectedSize.HUNDRED_THOUSAND: Words("10万件まで", "Up to 100,000"),
    ExpectedSize.MILLION: Words("100万件まで", "Up to 1,000,000"),
    ExpectedSize.MORE: Words("100万件を超える", "More than 1,000,000"),
}
STATUSES: Mapping[ApplicationStatus, Words] = {
    ApplicationStatus.SUBMITTED: Words("審査中", "Under review"),
    ApplicationStatus.ASKED_BACK: Words("照会中（回答待ち）", "Waiting for the applicant"),
    ApplicationStatus.APPROVED: Words("承認済み", "Approved"),
    ApplicationStatus.REFUSED: Words("不承認", "Refused"),
    ApplicationStatus.WITHDRAWN: Words("取下げ済み", "Withdrawn"),
}
TAGS: Mapping[ApplicationStatus, str] = {
    ApplicationStatus.SUBMITTED: "is-key",
    ApplicationStatus.ASKED_BACK: "is-warn",
    ApplicationStatus.APPROVED: "is-good",
    ApplicationStatus.REFUSED: "is-bad",
    ApplicationStatus.WITHDRAWN: "",
}
STEPS: Mapping[ApplicationStep, Words] = {
    ApplicationStep.SUBMITTED: Words("申請を受け付けました", "Application received"),
    ApplicationStep.ASKED_BACK: Words("運営者から質問があります", "The operator asked a question"),
    ApplicationStep.ANSWERED: Words("申請者が回答しました", "The applicant answered"),
    ApplicationStep.APPROVED: Words("承認しました", "Approved"),
    ApplicationStep.REFUSED: Words("承認しませんでした", "Refused"),
    ApplicationStep.WITHDRAWN: Words("申請者が取り下げました", "Withdrawn by the applicant"),
    ApplicationStep.LINK_RENEWED: Words("リンクを再発行しました", "A new link was issued"),
    ApplicationStep.ORGANISATION_REGISTERED: Words(
        "組織を登録しました", "The organisation was registered"
    ),
    ApplicationStep.TENANT_CREATED: Words("テナントを作成しました", "The tenant was created"),
    ApplicationStep.QUOTA_SET: Words("利用上限を設定しました", "Quotas were set"),
    ApplicationStep.CLIENT_REGISTERED: Words(
        "クライアントを登録しました", "A client was registered"
    ),
    ApplicationStep.READY: Words("利用できるようになりました", "Ready to use"),
}
PARTIES: Mapping[str, Words] = {
    "applicant": Words("申請者", "Applicant"),
    "operator": Words("基盤の運営者", "Operator of the platform"),
}
_STATUS_OF: Mapping[type[JointUseError], tuple[HTTPStatus, Words]] = {
    ApplicationUnknown: (HTTPStatus.NOT_FOUND, Words("申請がありません", "No such application")),
    OrganisationUnknown: (HTTPStatus.NOT_FOUND, Words("組織がありません", "No such organisation")),
    TenantUnknown: (HTTPStatus.NOT_FOUND, Words("テナントがありません", "No such tenant")),
    Unauthorized: (HTTPStatus.UNAUTHORIZED, Words("認証が必要です", "Please sign in")),
    Forbidden: (HTTPStatus.FORBIDDEN, Words("権限がありません", "Not allowed")),
    WrongStatus: (HTTPStatus.CONFLICT, Words("この操作はできません", "Not possible now")),
    TenantExists: (HTTPStatus.CONFLICT, Words("既に使われている名前です", "The name is taken")),
    OrganisationExists: (HTTPStatus.CONFLICT, Words("既に使われている名前です", "Name is taken")),
    TooManyApplications: (
        HTTPStatus.TOO_MANY_REQUESTS,
        Words("申請が集中しています", "Too many applications"),
    ),
}
_OTHERWISE = (HTTPStatus.BAD_REQUEST, Words("入力に誤りがあります", "Something is not right"))


def told(error: JointUseError) -> Words:
    """Answer with an error's own sentences."""
    return Words(error.detail_ja, error.detail + ".")


def explain(error: Exception) -> PageRefused | None:
    """Say an error of joint use as a page."""
    if not isinstance(error, JointUseError):
        return None
    status, title = _STATUS_OF.get(type(error), _OTHERWISE)
    is_later = status is HTTPStatus.TOO_MANY_REQUESTS
    return PageRefused(status, title, told(error), retry_after_s=3600 if is_later else None)


def field(name: str) -> Words:
    """Answer with what people call a field of an application."""
    return Words(*FIELDS[name])


def facts_of(application: Application, language: Language) -> list[tuple[str, str]]:
    """List what an application says, field by field, in words; empty fields are left out."""
    return facts(written(application.content), language)


def facts(fields: Mapping[str, str], language: Language) -> list[tuple[str, str]]:
    """List fields as they were written, in words."""
    named = {**fields}
    named["organisation_kind"] = KINDS[OrganisationKind(fields["organisation_kind"])].in_(language)
    named["storage"] = STORAGES[Storage(fields["storage"])].in_(language)
    named["size"] = SIZES[ExpectedSize(fields["size"])].in_(language)
    return [(field(name).in_(language), named[name]) for name in FIELDS if named.get(name)]
