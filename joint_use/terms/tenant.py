"""Tenant, the unit that data belong to, and its canonical name."""

import re
from dataclasses import dataclass
from enum import Enum

from joint_use.terms.errors import InvalidTerm

_NAME = re.compile(r"[a-z0-9_]{1,63}", re.ASCII)
DEFAULT_TENANT = "default"
"""The tenant of a request that names none (CIM 009 §4.14)."""


class Storage(Enum):
    """データ管理方式: where a tenant's data are kept."""

    SEPARATED = "separated"  # 内部（接続組織単位でのデータベース分離あり）
    SHARED = "shared"  # 内部（接続組織単位でのデータベース分離なし）


class TenantStatus(Enum):
    """A tenant's life: a suspended one answers 403, a retired one 404.

    A provisioning one has its name and number; its database or rows may be missing still. It is
    finished by the next attempt to create it or by its first use.
    """

    PROVISIONING = "provisioning"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a tenant's tables are: a PostgreSQL server by its name in the settings, a database."""

    server: str
    database: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """One municipality, or one organisation in it, and where its data are.

    Args:
        number: the tenant column of every table; never given twice.
        name: canonical: [a-z0-9_]{1,63}.
        epoch: grows with each change of placement or status; a write that finds another one in
            the database starts again with a freshly read Tenant.
        municipality_code: six digits with a right check digit, or None.
    """

    number: int
    name: str
    storage: Storage
    placement: Placement
    status: TenantStatus = TenantStatus.ACTIVE
    epoch: int = 1
    municipality_code: str | None = None
    name_ja: str = ""
    name_en: str = ""


def canonical_name(text: str) -> str:
    """Answer with a tenant's name where it is canonical.

    Raises:
        InvalidTerm: it is not; nothing is guessed or folded.

    >>> canonical_name("sapporo")
    'sapporo'
    """
    if _NAME.fullmatch(text):
        return text
    raise InvalidTerm(
        f"Tenant name {text!r} is not canonical; right are 1 to 63 of a-z, 0-9 and _",
        detail_ja=f"テナント名 {text!r} は使えません。a-z、0-9、_ の1〜63文字にしてください。",
        where="name",
    )
