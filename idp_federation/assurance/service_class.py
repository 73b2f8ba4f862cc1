"""Classes of services, and what each requires of who uses it, unless a service says otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from idp_federation.assurance.evidence import Proof
from idp_federation.assurance.levels import LOWEST
from idp_federation.assurance.words import Words
from joint_use import REQUIRED, Levels, ServiceClass

__all__ = ["DEFAULTS", "NAMES", "Requirement", "ServiceClass", "Shortfall", "shortfall"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What a service requires.

    Args:
        levels: both components have to be reached.
        proofs: what is asked for beside levels.
        max_age: how long ago the sign-in may be; None: as long as its session lasts.
        kyc_max_age: how long ago KYC may be.
    """

    levels: Levels = LOWEST
    proofs: frozenset[Proof] = field(default_factory=frozenset)
    max_age: timedelta | None = None
    kyc_max_age: timedelta = timedelta(days=365)


NAMES: Mapping[ServiceClass, Words] = {
    ServiceClass.AUTHENTICATED: Words(
        "当人認証のみ（ポイントなど）", "person authenticated only (points)"
    ),
    ServiceClass.EXISTENCE: Words(
        "実在性と当人性の確認（地域通貨、商品券、施設予約、住民ポータルなど）",
        "existence and person (local currency, vouchers, facility booking, citizen portal)",
    ),
    ServiceClass.CRIMINAL_PROCEEDS: Words(
        "犯収法対応（金融サービスなど）",
        "law against transfer of criminal proceeds (financial services)",
    ),
    ServiceClass.PUBLIC_AUTHENTICATION: Words(
        "公的個人認証（健康保険、医療、電子申請など）",
        "public personal authentication (health insurance, health care, e-application)",
    ),
}

DEFAULTS: Mapping[ServiceClass, Requirement] = {
    one: Requirement(levels=required.levels, proofs=frozenset(map(Proof, required.proofs)))
    for one, required in REQUIRED.items()
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """What a sign-in lacks of what is required."""

    proofing: bool = False
    authentication: bool = False
    proofs: frozenset[Proof] = frozenset()
    fresh: bool = False

    def __bool__(self) -> bool:
        return self.proofing or self.authentication or bool(self.proofs) or self.fresh


def shortfall(held: Levels, proofs: frozenset[Proof], requirement: Requirement) -> Shortfall:
    """Say what levels and proofs lack of what is required.

    >>> bool(shortfall(Levels(2, 3), frozenset(), Requirement(levels=Levels(2, 2))))
    False
    """
    return Shortfall(
        proofing=held.proofing < requirement.levels.proofing,
        authentication=held.authentication < requirement.levels.authentication,
        proofs=requirement.proofs - proofs,
    )
