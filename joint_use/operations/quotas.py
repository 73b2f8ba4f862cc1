"""Quotas of tenants: shown and set by who administers the platform."""

from dataclasses import dataclass

from joint_use.operations.tenants import unknown
from joint_use.ports import Metering
from joint_use.terms.access import Action, Deny, Principal, decide
from joint_use.terms.errors import Forbidden
from joint_use.terms.quotas import Quota, checked
from joint_use.terms.tenant import Tenant
from joint_use.terms.usage import Stored


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaState:
    """A tenant's quota and how much of it is used.

    Args:
        own: what was set for this tenant.
        holds: what holds, with the platform's defaults.
        stored: what it stores now.
    """

    own: Quota
    holds: Quota
    stored: Stored


async def show_quota(metering: Metering, principal: Principal, name: str) -> QuotaState:
    """Show a tenant's quota and how much of it is used.

    Raises:
        Forbidden: the caller may not administer it.
        TenantUnknown: there is none of this name.
    """
    tenant = await _administered(metering, principal, name)
    own = await metering.quotas.find(tenant)
    count = await metering.counter.count(tenant)
    return QuotaState(own=own, holds=own.over(metering.defaults), stored=count.stored)


async def set_quota(
    metering: Metering, principal: Principal, name: str, quota: Quota
) -> QuotaState:
    """Set a tenant's quota; what is not said, the platform's defaults say.

    Raises:
        Forbidden: the caller administers not all tenants; nobody sets his own quota.
        InvalidTerm: a limit cannot be right.
        TenantUnknown: there is none of this name.
    """
    tenant = await _administered(metering, principal, name)
    if principal.tenants is not None:
        raise _forbidden(principal, name)
    await metering.quotas.put(tenant, checked(quota), by=principal.subject, at=metering.clock())
    return await show_quota(metering, principal, name)


async def _administered(metering: Metering, principal: Principal, name: str) -> Tenant:
    if isinstance(decide(principal, Action.ADMINISTER, name), Deny):
        raise _forbidden(principal, name)
    tenant = await metering.tenants.find(name)
    if tenant is None:
        raise unknown(name)
    return tenant


def _forbidden(principal: Principal, name: str) -> Forbidden:
    return Forbidden(
        f"{principal.subject} may not administer the quota of tenant {name}",
        detail_ja=f"{principal.subject} にはテナント {name} の上限を変える権限がありません。",
    )
