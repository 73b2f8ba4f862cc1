"""Consents: given, withdrawn and listed by the people they are of, and what decisions rest on."""

from collections.abc import Sequence

from joint_use.access_ports import Access
from joint_use.operations.tenants import unknown
from joint_use.terms.access import Principal, Standing
from joint_use.terms.consent import DataConsent, NewConsent, checked
from joint_use.terms.errors import ConsentUnknown, Forbidden
from joint_use.terms.policy import Policy
from joint_use.terms.tenant import Tenant


async def give_consent(access: Access, principal: Principal, wanted: NewConsent) -> DataConsent:
    """Write down what somebody agrees to, at the platform's own page.

    Raises:
        Forbidden: the caller is not who agrees, or comes through a service: none consents for her.
        InvalidTerm: something of it cannot be right.
        TenantUnknown: there is no such tenant.
    """
    now = access.clock()
    terms = checked(wanted, now)
    if principal.service is not None:
        raise Forbidden(
            f"Service {principal.service} may not consent for {principal.subject}; right is the "
            "platform's own page",
            detail_ja="サービスが本人に代わって同意することはできません。",
        )
    tenant = await _own(access, principal, terms.tenant, terms.subject)
    return await access.consents.give(tenant, terms, now)


async def withdraw_consent(
    access: Access, principal: Principal, name: str, subject: str, number: int
) -> DataConsent:
    """Withdraw a consent; it counts no longer from now on.

    Raises:
        ConsentUnknown: the subject has none of this number in force.
        Forbidden: the caller is not who agreed.
        TenantUnknown: there is no such tenant.
    """
    tenant = await _own(access, principal, name, subject)
    withdrawn = await access.consents.withdraw(tenant, subject, number, access.clock())
    if withdrawn is None:
        raise ConsentUnknown(
            f"Consent {number} is not in force",
            detail_ja=f"同意 {number} は有効ではありません。",
        )
    return withdrawn


async def list_consents(
    access: Access, principal: Principal, name: str, subject: str
) -> Sequence[DataConsent]:
    """List what somebody has agreed to, withdrawn ones too, the oldest first.

    Raises:
        Forbidden: the caller is not who agreed.
        TenantUnknown: there is no such tenant.
    """
    return await access.consents.of(await _own(access, principal, name, subject), subject)


async def standing_with(
    access: Access, tenant: Tenant, principal: Principal, policy: Policy
) -> Standing:
    """Say on what decisions rest; consents are read of people where something is personal."""
    if principal.signed_in_at is None or not policy.personal:
        return Standing(policy=policy, at=access.clock())
    consents = await access.consents.of(tenant, principal.subject)
    return Standing(policy=policy, consents=tuple(consents), at=access.clock())


async def _own(access: Access, principal: Principal, name: str, subject: str) -> Tenant:
    """Let pass the person herself, with a token of the tenant."""
    is_hers = (
        principal.signed_in_at is not None
        and principal.subject == subject
        and principal.tenants is not None
        and name in principal.tenants
    )
    if not is_hers:
        raise Forbidden(
            f"{principal.subject} is not the person whose consents these are",
            detail_ja="本人以外は同意を扱えません。",
        )
    tenant = await access.tenants.find(name)
    if tenant is None:
        raise unknown(name)
    return tenant
