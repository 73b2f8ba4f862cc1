"""Usage of tenants: shown to those who administer them."""

from collections.abc import Sequence

from joint_use.operations.tenants import unknown
from joint_use.ports import Metering
from joint_use.terms.access import Action, Deny, Principal, decide
from joint_use.terms.errors import Forbidden, InvalidTerm
from joint_use.terms.usage import Period, Usage, Wanted

_LONGEST_DAYS = 3_660


async def show_usage(metering: Metering, principal: Principal, wanted: Wanted) -> Sequence[Usage]:
    """Sum up the usage of the tenants that the caller administers.

    Raises:
        Forbidden: the caller administers not all that is asked for.
        InvalidTerm: the period ends before it begins, or is too long.
        TenantUnknown: there is no tenant of this name.
    """
    _require(principal, wanted.tenant)
    _check(wanted.period)
    if wanted.tenant is not None and await metering.tenants.find(wanted.tenant) is None:
        raise unknown(wanted.tenant)
    return await metering.ledger.usage(wanted)


async def count_usage(metering: Metering, principal: Principal, tenant: str | None = None) -> None:
    """Count now what is not counted yet, as far as the process that is asked can.

    Args:
        metering: the ports.
        principal: who asks.
        tenant: whose own database is read in any case.

    Raises:
        Forbidden: the caller administers not all tenants.
    """
    _require(principal, None)
    await metering.count_now(tenant)


def _require(principal: Principal, tenant: str | None) -> None:
    if tenant is None:
        is_denied = Action.ADMINISTER not in principal.actions or principal.tenants is not None
    else:
        is_denied = isinstance(decide(principal, Action.ADMINISTER, tenant), Deny)
    if is_denied:
        raise Forbidden(
            f"{principal.subject} may not see the usage of {tenant or 'all tenants'}",
            detail_ja=f"{principal.subject} には利用量を見る権限がありません。",
        )


def _check(period: Period) -> None:
    if not 0 <= (period.last - period.first).days < _LONGEST_DAYS:
        raise InvalidTerm(
            f"Period {period.first} to {period.last} is none of at most {_LONGEST_DAYS} days",
            detail_ja=f"期間は開始日から終了日までの{_LONGEST_DAYS}日以内にしてください。",
            where="first",
        )
