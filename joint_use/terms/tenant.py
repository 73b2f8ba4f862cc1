"""Tenant, the unit that data belong to, and its canonical name."""

import re
import unicodedata
from dataclasses import dataclass, replace
from enum import Enum

from joint_use.terms.endpoint import ExternalEndpoint
from joint_use.terms.errors import InvalidTerm, WrongStatus

_NAME = re.compile(r"[a-z0-9_]{1,63}", re.ASCII)
_LONGEST_NAME = 200
DEFAULT_TENANT = "default"
"""The tenant of a request that names none (CIM 009 §4.14)."""


class Storage(Enum):
    """データ管理方式: where a tenant's data are kept."""

    SEPARATED = "separated"  # 内部（接続組織単位でのデータベース分離あり）
    SHARED = "shared"  # 内部（接続組織単位でのデータベース分離なし）
    EXTERNAL = "external"  # 外部: at an NGSI-LD endpoint of the tenant's own; nothing is kept here


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


NOWHERE = Placement(server="", database="")
"""Where the tables of an external tenant are: it has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """One municipality, or one organisation in it, and where its data are.

    Args:
        number: the tenant column of every table; never given twice.
        name: canonical: [a-z0-9_]{1,63}.
        epoch: grows with each change of placement or status; a write that finds another one in
            the database starts again with a freshly read Tenant.
        municipality_code: six digits with a right check digit, or None.
        organisation: the name of the 接続組織 it belongs to, one of that municipality, or None.
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
    organisation: str | None = None


_STEPS: dict[TenantStatus, frozenset[TenantStatus]] = {
    TenantStatus.PROVISIONING: frozenset({TenantStatus.RETIRED}),
    TenantStatus.ACTIVE: frozenset({TenantStatus.SUSPENDED, TenantStatus.RETIRED}),
    TenantStatus.SUSPENDED: frozenset({TenantStatus.ACTIVE, TenantStatus.RETIRED}),
    TenantStatus.RETIRED: frozenset(),
}
"""Which steps an operator may take; only provisioning itself makes a tenant active at first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTenant:
    """What is asked for of a tenant to be created.

    Args:
        server: where a separated tenant's database shall be; None: where the settings say.
        endpoint: where the data of an external tenant are; None: it is none.
        organisation: the one it belongs to; its municipality is the tenant's.
    """

    name: str
    storage: Storage = Storage.SHARED
    municipality_code: str | None = None
    name_ja: str = ""
    name_en: str = ""
    server: str | None = None
    endpoint: ExternalEndpoint | None = None
    organisation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """Where new tenants are put.

    Args:
        server: the PostgreSQL server of all who ask for no other.
        servers: all servers that there are.
        shared_database: the database that shared tenants live in.
        separated_prefix: a separated tenant's database is called so, then its number.
    """

    server: str = "main"
    servers: frozenset[str] = frozenset({"main"})
    shared_database: str = "renkei_shared"
    separated_prefix: str = "renkei_tenant_"

    def place(self, number: int, wanted: NewTenant) -> Placement:
        """Choose the database of a new tenant.

        Raises:
            InvalidTerm: the server that was asked for is unknown, or cannot be chosen.

        >>> Placing().place(7, NewTenant(name="ebetsu", storage=Storage.SEPARATED))
        Placement(server='main', database='renkei_tenant_7')
        """
        if wanted.storage is Storage.EXTERNAL:
            return NOWHERE
        server = wanted.server or self.server
        if server not in self.servers:
            raise InvalidTerm(
                f"Server {server!r} is not in the settings; right are {sorted(self.servers)}",
                detail_ja=f"サーバー {server!r} は設定にありません。",
                where="server",
            )
        if wanted.storage is Storage.SEPARATED:
            return Placement(server=server, database=f"{self.separated_prefix}{number}")
        if server != self.server:
            raise InvalidTerm(
                f"Shared tenants live on server {self.server!r}; another one needs storage "
                "'separated'",
                detail_ja="データベースを分離しないテナントはサーバーを選べません。",
                where="server",
            )
        return Placement(server=server, database=self.shared_database)


def with_status(tenant: Tenant, status: TenantStatus) -> Tenant:
    """Take a step in a tenant's life; a step to where it is already changes nothing.

    Raises:
        WrongStatus: there is no such step from its status.
    """
    if tenant.status is status:
        return tenant
    if status not in _STEPS[tenant.status]:
        raise WrongStatus(
            f"Tenant {tenant.name} is {tenant.status.value}; it cannot become {status.value}",
            detail_ja=f"テナント {tenant.name} は{_IN_JAPANESE[tenant.status]}のため、"
            f"{_IN_JAPANESE[status]}にできません。",
            where="status",
        )
    return replace(tenant, status=status, epoch=tenant.epoch + 1)


_IN_JAPANESE = {
    TenantStatus.PROVISIONING: "準備中",
    TenantStatus.ACTIVE: "利用中",
    TenantStatus.SUSPENDED: "停止中",
    TenantStatus.RETIRED: "廃止済み",
}


def spoken_name(text: str, where: str) -> str:
    """Answer with a tenant's name for people, trimmed.

    Raises:
        InvalidTerm: it is too long or holds control characters.

    >>> spoken_name(" 江別市 ", "name_ja")
    '江別市'
    """
    name = text.strip()
    has_controls = any(unicodedata.category(character)[0] == "C" for character in name)
    if has_controls or len(name) > _LONGEST_NAME:
        raise InvalidTerm(
            f"Name for people is one line of at most {_LONGEST_NAME} characters; {where} is not",
            detail_ja=f"名称は制御文字を含まない{_LONGEST_NAME}文字以内で入力してください。",
            where=where,
        )
    return name


def is_canonical(text: str) -> bool:
    """Tell whether a text could be a tenant's name."""
    return _NAME.fullmatch(text) is not None


def canonical_name(text: str) -> str:
    """Answer with a tenant's name where it is canonical.

    Raises:
        InvalidTerm: it is not; nothing is guessed or folded.

    >>> canonical_name("sapporo")
    'sapporo'
    """
    if is_canonical(text):
        return text
    raise InvalidTerm(
        f"Tenant name {text!r} is not canonical; right are 1 to 63 of a-z, 0-9 and _",
        detail_ja=f"テナント名 {text!r} は使えません。a-z、0-9、_ の1〜63文字にしてください。",
        where="name",
    )
