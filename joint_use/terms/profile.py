"""The attribute profile (属性) of a platform, in the guidebook's own values.

Spec: データ連携基盤の共同利用ガイドブック, 属性 (v1; the counts of v3)
"""

from dataclasses import dataclass
from enum import Enum


class ServiceScheme(Enum):
    """サービス提供スキーム: who provides services on the platform."""

    NONE = "なし"
    MUNICIPALITIES = "自治体のみ"
    PRIVATE = "民間のみ"
    BOTH = "自治体と民間"
    BODY = "運営組織"


class PlatformScheme(Enum):
    """基盤提供スキーム: who provides the platform; 自治体と民間 is a joint body."""

    NONE = "なし"
    MUNICIPALITIES = "自治体のみ"
    PRIVATE = "民間のみ"
    BOTH = "自治体と民間"
    BODY = "運営組織"


class Reach(Enum):
    """サービス利用者の範囲: whose residents may use the services."""

    MUNICIPALITY = "基礎自治体内"
    PREFECTURE = "都道府県内"


class Linked(Enum):
    """基盤間連携: whether the platform is linked with others."""

    NO = "なし"
    YES = "あり"


class Keeping(Enum):
    """データ管理方式 of a broker: where the data are kept."""

    NONE = "なし"
    EXTERNAL = "外部"
    SHARED = "内部（接続組織単位でのデータベース分離なし）"
    SEPARATED = "内部（接続組織単位でのデータベース分離あり）"


class Number(Enum):
    """How many of a part there are (v3)."""

    NONE = "0"
    ONE = "1"
    SEVERAL = "2以上"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidentTerms:
    """住民向け規約, where they exist, and what they say.

    Args:
        by_part: 部品毎の責任範囲を記載.
        platform_apart: 基盤の責任範囲を区別して記載.
        certification: 認定と監査に関する記載あり.
    """

    by_part: bool = False
    platform_apart: bool = False
    certification: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many there are of the parts (v3): 認証, 非パーソナル, パーソナル."""

    authentication: Number
    non_personal: Number
    personal: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The attributes by which platforms are compared before they are joined or linked.

    Args:
        name: what the platform is called.
        operator: who answers for it.
        proofing: 身元確認レベル, 1 to 3.
        authentication: 当人認証レベル, 1 to 3.
        resident_terms: None: なし.
        counts: None: not told, as before v3.
    """

    name: str
    operator: str
    service_scheme: ServiceScheme
    reach: Reach
    platform_scheme: PlatformScheme
    resident_terms: ResidentTerms | None
    proofing: int
    authentication: int
    authentication_link: Linked
    data_link: Linked
    non_personal: Keeping
    personal: Keeping
    counts: Counts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One attribute: its member in documents, and what it is called."""

    member: str
    ja: str
    en: str


ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute(member="serviceScheme", ja="サービス提供スキーム", en="Scheme of providing services"),
    Attribute(member="reach", ja="サービス利用者の範囲", en="Reach of the services"),
    Attribute(
        member="platformScheme", ja="基盤提供スキーム", en="Scheme of providing the platform"
    ),
    Attribute(member="residentTerms", ja="住民向け規約", en="Terms for residents"),
    Attribute(member="proofingLevel", ja="身元確認レベル", en="Level of identity proofing"),
    Attribute(member="authenticationLevel", ja="当人認証レベル", en="Level of authentication"),
    Attribute(
        member="authenticationLink", ja="基盤間連携（認証連携）", en="Link of authentication"
    ),
    Attribute(member="dataLink", ja="基盤間連携（データ連携）", en="Link of data"),
    Attribute(
        member="nonPersonalBroker",
        ja="非パーソナルブローカー データ管理方式",
        en="Where the non-personal broker keeps data",
    ),
    Attribute(
        member="personalBroker",
        ja="パーソナルブローカー データ管理方式",
        en="Where the personal broker keeps data",
    ),
    Attribute(member="counts", ja="認証・ブローカーの数", en="Numbers of the parts"),
)
"""In the guidebook's order."""


def attribute(member: str) -> Attribute:
    """Answer with an attribute by its member.

    >>> attribute("reach").ja
    'サービス利用者の範囲'
    """
    return next(one for one in ATTRIBUTES if one.member == member)
