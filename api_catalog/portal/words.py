"""What the portal's pages call things."""

from api_catalog.catalog.search import Facet
from api_catalog.catalog.words import (
    FIELDS_EN,
    KINDS,
    LEGAL_CLASSES,
    LICENCES,
    Field,
    Kind,
    LegalClass,
    Lifecycle,
    Visibility,
    Words,
)
from joint_use import OrganisationKind, Storage

FACETS = {
    Facet.KIND: Words("種類", "Kind"),
    Facet.FIELD: Words("分野", "Field"),
    Facet.OWNER: Words("提供者", "Owner"),
    Facet.TENANT: Words("テナント", "Tenant"),
    Facet.MODEL: Words("データの型", "Type of data"),
    Facet.PROOFING: Words("身元確認レベル", "Level of identity proofing"),
    Facet.AUTHENTICATION: Words("当人認証レベル", "Level of authentication"),
    Facet.LICENCE: Words("ライセンス", "Licence"),
    Facet.LIFECYCLE: Words("公開状態", "State"),
    Facet.KEYWORD: Words("キーワード", "Keyword"),
}
"""In the order in which a search is narrowed down."""

LIFECYCLES = {
    Lifecycle.DRAFT: Words("下書き", "Draft"),
    Lifecycle.PUBLISHED: Words("公開中", "Published"),
    Lifecycle.DEPRECATED: Words("廃止予定", "Deprecated"),
    Lifecycle.RETIRED: Words("廃止", "Retired"),
}
STORAGES = {
    Storage.SEPARATED: Words("内部（分離あり）", "Kept here, apart"),
    Storage.SHARED: Words("内部（分離なし）", "Kept here, together"),
    Storage.EXTERNAL: Words("外部", "Kept elsewhere"),
}
ORGANISATIONS = {
    OrganisationKind.DEPARTMENT: Words("自治体の部署", "Department of a municipality"),
    OrganisationKind.AFFILIATE: Words("外郭団体", "Affiliate of a municipality"),
    OrganisationKind.JOINT_BODY: Words("一部事務組合・広域連合・協議会", "Joint body"),
    OrganisationKind.OPERATING_BODY: Words("運営組織", "Operating body"),
    OrganisationKind.COMPANY: Words("民間事業者", "Company"),
    OrganisationKind.OTHER: Words("その他", "Other"),
}
PROOFING_LEVELS = {
    1: Words("自己申告", "self-asserted"),
    2: Words("公的書類による確認", "official documents"),
    3: Words("公的書類による対面での確認", "official documents, face to face"),
}
AUTHENTICATION_LEVELS = {
    1: Words("一つの要素（パスワードなど）", "one factor, such as a password"),
    2: Words("複数の要素", "several factors"),
    3: Words("複数の要素と専用の機器（ICカードなど）", "several factors with a card or key"),
}
VISIBILITIES = {
    Visibility.PUBLIC: Words("だれでも", "Anybody"),
    Visibility.MEMBERS: Words("参加組織", "Members"),
    Visibility.ORGANISATION: Words("提供者のみ", "The owner alone"),
}
FIELDS = {one: Words(one.value, FIELDS_EN[one]) for one in Field}
_VALUES: dict[Facet, dict[str, Words]] = {
    Facet.KIND: {one.value: words for one, words in KINDS.items()},
    Facet.FIELD: {one.value: words for one, words in FIELDS.items()},
    Facet.LIFECYCLE: {one.value: words for one, words in LIFECYCLES.items()},
    Facet.LICENCE: {key: one.title for key, one in LICENCES.items()},
}
_LEVELS = {Facet.PROOFING, Facet.AUTHENTICATION}


def value_words(facet: Facet, value: str) -> Words:
    """Say a value of a facet, as far as it is known here; owners and tenants have names.

    >>> value_words(Facet.KIND, "dataset").ja
    'データセット'
    """
    if facet in _LEVELS:
        return Words(f"レベル{value}", f"Level {value}")
    return _VALUES.get(facet, {}).get(value) or Words(value, value)


KNOWN = {
    "FACETS": FACETS,
    "KINDS": KINDS,
    "FIELDS": FIELDS,
    "LEGAL_CLASSES": LEGAL_CLASSES,
    "LICENCES": LICENCES,
    "LIFECYCLES": LIFECYCLES,
    "STORAGES": STORAGES,
    "ORGANISATIONS": ORGANISATIONS,
    "PROOFING_LEVELS": PROOFING_LEVELS,
    "AUTHENTICATION_LEVELS": AUTHENTICATION_LEVELS,
    "VISIBILITIES": VISIBILITIES,
    "Kind": Kind,
    "Facet": Facet,
    "LegalClass": LegalClass,
    "Lifecycle": Lifecycle,
}
"""What all templates have at hand."""
