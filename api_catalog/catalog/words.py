"""The words that entries are described in: fields, classes, licences, lifecycle, visibility."""

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Words:
    """The same in Japanese and English; the English may be missing."""

    ja: str
    en: str = ""

    def every(self) -> tuple[tuple[str, str], ...]:
        """Answer with what there is, by language.

        >>> Words("避難所").every()
        (('ja', '避難所'),)
        """
        return tuple((tag, text) for tag, text in (("ja", self.ja), ("en", self.en)) if text)


class Kind(Enum):
    """Which side of the platform an entry is on (三層), and whether it is data or a way to it."""

    SERVICE = "service"  # サービス: what residents or staff use
    API = "api"  # データアセットのAPI
    DATASET = "dataset"  # データアセット


class Field(Enum):
    """分野: the eight fields; the values are those of the data models."""

    ADMINISTRATION = "電子行政"
    HEALTH = "健康・医療・介護"
    TOURISM = "観光"
    FINANCE = "金融"
    AGRICULTURE = "農林水産"
    MANUFACTURING = "ものづくり"
    INFRASTRUCTURE = "インフラ・防災・減災"
    MOBILITY = "移動"


class LegalClass(Enum):
    """How the law on personal information sees the data."""

    NON_PERSONAL = "non_personal"  # 個人に関する情報を含まない
    PERSONAL = "personal"  # 個人情報
    PSEUDONYMISED = "pseudonymised"  # 仮名加工情報: no third party
    ANONYMISED = "anonymised"  # 匿名加工情報: no consent needed
    PERSON_RELATED = "person_related"  # 個人関連情報: the recipient's consent is checked


class Visibility(Enum):
    """Who sees an entry."""

    PUBLIC = "public"
    MEMBERS = "members"  # whoever takes part in the platform
    TENANT = "tenant"  # whoever may do something in the entry's tenant
    ORGANISATION = "organisation"  # the owner alone


class Lifecycle(Enum):
    """How far an entry's life is."""

    DRAFT = "draft"
    PUBLISHED = "published"
    DEPRECATED = "deprecated"
    RETIRED = "retired"


FIELDS_EN = {
    Field.ADMINISTRATION: "Public administration",
    Field.HEALTH: "Health, medical and long-term care",
    Field.TOURISM: "Tourism",
    Field.FINANCE: "Finance",
    Field.AGRICULTURE: "Agriculture, forestry and fisheries",
    Field.MANUFACTURING: "Manufacturing",
    Field.INFRASTRUCTURE: "Infrastructure and disaster prevention",
    Field.MOBILITY: "Mobility",
}

KINDS = {
    Kind.SERVICE: Words("サービス", "Service"),
    Kind.API: Words("API", "API"),
    Kind.DATASET: Words("データセット", "Dataset"),
}

LEGAL_CLASSES = {
    LegalClass.NON_PERSONAL: Words("個人に関する情報を含まない", "Not about persons"),
    LegalClass.PERSONAL: Words("個人情報", "Personal information"),
    LegalClass.PSEUDONYMISED: Words("仮名加工情報", "Pseudonymised information"),
    LegalClass.ANONYMISED: Words("匿名加工情報", "Anonymised information"),
    LegalClass.PERSON_RELATED: Words("個人関連情報", "Person-related information"),
}


VISIBILITIES = {
    Visibility.PUBLIC: Words("一般に公開", "Public"),
    Visibility.MEMBERS: Words("参加組織に公開", "For members of the platform"),
    Visibility.TENANT: Words("テナントの利用者に公開", "For who may use the tenant"),
    Visibility.ORGANISATION: Words("提供者のみ", "For the owner alone"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """A licence that open data are published under."""

    key: str
    title: Words
    url: str


LICENCES = {
    one.key: one
    for one in (
        Licence(
            key="CC-BY-4.0",
            title=Words(
                "クリエイティブ・コモンズ 表示 4.0 国際", "Creative Commons Attribution 4.0"
            ),
            url="https://creativecommons.org/licenses/by/4.0/",
        ),
        Licence(
            key="CC0-1.0",
            title=Words("クリエイティブ・コモンズ ゼロ 1.0", "Creative Commons Zero 1.0"),
            url="https://creativecommons.org/publicdomain/zero/1.0/",
        ),
        Licence(
            key="PDL-1.0",
            title=Words("公共データ利用規約（第1.0版）", "Public Data License (Version 1.0)"),
            url="https://www.digital.go.jp/resources/open_data/public_data_license_v1.0",
        ),
    )
}
"""By key; other terms of use are named by their address."""

_PERSONAL = frozenset({LegalClass.PERSONAL, LegalClass.PSEUDONYMISED})


def is_personal(legal_class: LegalClass) -> bool:
    """Tell whether data are about persons who can be told apart."""
    return legal_class in _PERSONAL


def licence_named(text: str) -> str | None:
    """Answer with the key of a licence that is written somehow; None: it is none of the known.

    >>> licence_named("CC BY 4.0")
    'CC-BY-4.0'
    """
    key = "-".join(text.upper().split())
    return key if key in LICENCES else None
