"""Policies of tenants: shown, set and explained to who administers them."""

from collections.abc import Sequence

from joint_use.access_ports import Access, PolicyChange
from joint_use.operations.tenants import unknown
from joint_use.terms.access import Action, Deny, Principal, decide
from joint_use.terms.errors import Forbidden, WrongStatus
from joint_use.terms.policy import Policy, read_policy
from joint_use.terms.tenant import Tenant
from kit.json import JsonObject


async def show_policy(access: Access, principal: Principal, name: str) -> Policy:
    """Show the policy of a tenant that holds.

    Raises:
        Forbidden: the caller does not administer the tenant.
        TenantUnknown: there is none of this name.
    """
    return await access.policies.find(await _administered(access, principal, name))


async def set_policy(
    access: Access, principal: Principal, name: str, document: JsonObject, *, over: int
) -> Policy:
    """Set a tenant's policy; the versions before it are kept.

    Args:
        access: the ports.
        principal: who sets it.
        name: whose.
        document: the policy.
        over: the version that the caller has seen.

    Raises:
        Forbidden: the caller does not administer the tenant.
        InvalidTerm: the policy is malformed.
        TenantUnknown: there is none of this name.
        WrongStatus: somebody else has set another version meanwhile.
    """
    tenant = await _administered(access, principal, name)
    policy = read_policy(document)
    written = await access.policies.put(
        tenant, policy, over=over, by=principal.subject, at=access.clock()
    )
    if written is None:
        raise WrongStatus(
            f"Version {over} of the policy of tenant {name} is not the last one; right would be "
            "to look at that first",
            detail_ja=f"ポリシーの第{over}版は最新ではありません。最新版を確認してください。",
            where="version",
        )
    return written


async def policy_history(access: Access, principal: Principal, name: str) -> Sequence[PolicyChange]:
    """Show all versions of a tenant's policy, the oldest first.

    Raises:
        Forbidden: the caller does not administer the tenant.
        TenantUnknown: there is none of this name.
    """
    return await access.policies.history(await _administered(access, principal, name))


async def _administered(access: Access, principal: Principal, name: str) -> Tenant:
    if isinstance(decide(principal, Action.ADMINISTER, name), Deny):
        raise Forbidden(
            f"{principal.subject} may not administer the policy of tenant {name}",
            detail_ja=f"{principal.subject} にはテナント {name} のポリシーを扱う権限がありません。",
        )
    tenant = await access.tenants.find(name)
    if tenant is None:
        raise unknown(name)
    return tenant
