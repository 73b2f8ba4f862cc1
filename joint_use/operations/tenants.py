"""Tenants: create, show, list, suspend, resume, retire; and the one that a request acts in."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from joint_use.ports import JointUse, TenantEvent
from joint_use.terms.access import Action, Deny, Principal, decide
from joint_use.terms.endpoint import checked_endpoint
from joint_use.terms.errors import (
    Forbidden,
    InvalidTerm,
    TenantExists,
    TenantSuspended,
    TenantUnknown,
)
from joint_use.terms.municipality import municipality_code
from joint_use.terms.tenant import (
    NewTenant,
    Storage,
    Tenant,
    TenantStatus,
    canonical_name,
    spoken_name,
)

MAX_PAGE = 1000
_FIRST_USE = "first use"


async def create_tenant(joint_use: JointUse, principal: Principal, wanted: NewTenant) -> Tenant:
    """Create a tenant and make room for its data.

    Exactly one caller creates it, though processes race; what a crash left half-provisioned is
    finished when the same is asked for again.

    Raises:
        Forbidden: the caller may not administer.
        InvalidTerm: name, code, organisation or server cannot be right.
        TenantExists: the name is taken; a retired tenant's too, for its data are kept under it.
    """
    checked = _checked(wanted)
    _require(principal, checked.name)
    checked = await _in_its_municipality(joint_use, checked)
    if checked.endpoint is not None:
        await joint_use.entrance.check(checked.endpoint)
    at, by = joint_use.clock(), principal.subject
    claimed = await joint_use.tenants.claim(checked, joint_use.placing, by=by, at=at)
    if checked.endpoint is not None:
        await joint_use.endpoints.put(claimed, checked.endpoint, by=by, at=at)
    finished = await joint_use.tenants.finish(
        checked.name, partial(_provision, joint_use), by=by, at=at
    )
    joint_use.directory.forget(checked.name)
    if finished is None:
        raise TenantExists(
            f"Tenant {checked.name} was created by somebody else at the same time",
            detail_ja=f"テナント {checked.name} は同時に作成されました。",
            where="name",
        )
    return finished


async def show_tenant(joint_use: JointUse, principal: Principal, name: str) -> Tenant:
    """Show one tenant, a retired one too.

    Raises:
        Forbidden: the caller may not administer it.
        TenantUnknown: there is none of this name.
    """
    _require(principal, name)
    tenant = await joint_use.tenants.find(name)
    if tenant is None:
        raise unknown(name)
    return tenant


async def tenant_events(
    joint_use: JointUse, principal: Principal, name: str
) -> Sequence[TenantEvent]:
    """Show what was done to a tenant and by whom, the oldest first.

    Raises:
        Forbidden: the caller may not administer it.
        TenantUnknown: there is none of this name.
    """
    await show_tenant(joint_use, principal, name)
    return await joint_use.tenants.events(name)


async def list_tenants(
    joint_use: JointUse,
    principal: Principal,
    *,
    after: str = "",
    limit: int = MAX_PAGE,
    municipality: str | None = None,
    organisation: str | None = None,
) -> Sequence[Tenant]:
    """List tenants in order of name, those that the caller may administer.

    Args:
        joint_use: the ports.
        principal: who asks.
        after: only names after this one.
        limit: how many at most.
        municipality: only tenants of this municipality, by its code.
        organisation: only tenants of this organisation.

    Raises:
        Forbidden: the caller administers nothing.
        InvalidTerm: the municipality's code is none.
    """
    if Action.ADMINISTER not in principal.actions:
        raise _forbidden(principal, "all")
    page = await joint_use.tenants.page(
        after=after,
        limit=min(limit, MAX_PAGE),
        municipality=None if municipality is None else municipality_code(municipality),
        organisation=organisation,
    )
    if principal.tenants is None:
        return page
    return [tenant for tenant in page if tenant.name in principal.tenants]


async def suspend_tenant(joint_use: JointUse, principal: Principal, name: str) -> Tenant:
    """Let nobody use a tenant until it is resumed; its data stay.

    Raises:
        Forbidden, TenantUnknown, WrongStatus: as they say.
    """
    return await _step(joint_use, principal, name, TenantStatus.SUSPENDED)


async def resume_tenant(joint_use: JointUse, principal: Principal, name: str) -> Tenant:
    """Let a suspended tenant be used again.

    Raises:
        Forbidden, TenantUnknown, WrongStatus: as they say.
    """
    return await _step(joint_use, principal, name, TenantStatus.ACTIVE)


async def retire_tenant(joint_use: JointUse, principal: Principal, name: str) -> Tenant:
    """End a tenant for ever; its name stays taken and its data stay until an operator purges them.

    Raises:
        Forbidden, TenantUnknown, WrongStatus: as they say.
    """
    return await _step(joint_use, principal, name, TenantStatus.RETIRED)


async def use_tenant(joint_use: JointUse, name: str, *, auto_create: bool = False) -> Tenant:
    """Answer with the tenant that a request acts in; cheap where it is known.

    One that was left half-provisioned is finished here, at its first use.

    Args:
        joint_use: the ports.
        name: as the request gives it.
        auto_create: create it where there is none (conformance runs).

    Raises:
        InvalidTerm: no tenant can have this name.
        TenantUnknown: there is none, or it is retired.
        TenantSuspended: it is suspended.
    """
    tenant = joint_use.directory.get(name)
    if tenant is None:
        tenant = await joint_use.directory.find(canonical_name(name))
    if tenant is None and auto_create:
        tenant = await _made(joint_use, name)
    if tenant is not None and tenant.status is TenantStatus.PROVISIONING:
        tenant = await _finished(joint_use, name)
    if tenant is None or tenant.status is TenantStatus.RETIRED:
        raise unknown(name)
    if tenant.status is TenantStatus.SUSPENDED:
        raise TenantSuspended(
            f"Tenant {name} is suspended", detail_ja=f"テナント {name} は停止中です。"
        )
    return tenant


def unknown(name: str) -> TenantUnknown:
    """Say that there is no tenant of a name."""
    return TenantUnknown(
        f"Tenant {name} does not exist", detail_ja=f"テナント {name} はありません。", where="name"
    )


async def _made(joint_use: JointUse, name: str) -> Tenant | None:
    """Create a tenant for a request, or find the one that another request just created."""
    operator = Principal(subject="auto-create", tenants=None, actions=frozenset(Action))
    try:
        return await create_tenant(joint_use, operator, NewTenant(name=name))
    except TenantExists:
        joint_use.directory.forget(name)
        return await joint_use.directory.find(name)


async def _finished(joint_use: JointUse, name: str) -> Tenant | None:
    await joint_use.tenants.finish(
        name, partial(_provision, joint_use), by=_FIRST_USE, at=joint_use.clock()
    )
    joint_use.directory.forget(name)
    return await joint_use.directory.find(name)


async def _step(
    joint_use: JointUse, principal: Principal, name: str, status: TenantStatus
) -> Tenant:
    """Change the registry, then the tenant's own database; asked again, a lost half is mended."""
    _require(principal, name)
    tenant = await joint_use.tenants.change_status(
        name, status, by=principal.subject, at=joint_use.clock()
    )
    joint_use.directory.forget(name)
    if tenant.storage is Storage.EXTERNAL:
        return tenant
    if status is TenantStatus.RETIRED:
        await joint_use.provisioner.retire(tenant)
    else:
        await joint_use.provisioner.provision(tenant)
    return tenant


async def _provision(joint_use: JointUse, tenant: Tenant) -> None:
    """Make room for a tenant's data; one whose data are elsewhere needs to be known where.

    Raises:
        InvalidTerm: it is not.
    """
    if tenant.storage is not Storage.EXTERNAL:
        await joint_use.provisioner.provision(tenant)
    elif await joint_use.endpoints.find(tenant) is None:
        raise InvalidTerm(
            f"Tenant {tenant.name} has no endpoint yet; right is to create it again with one",
            detail_ja=f"テナント {tenant.name} の接続先が登録されていません。",
            where="endpoint",
        )


def _checked(wanted: NewTenant) -> NewTenant:
    code = wanted.municipality_code
    if (wanted.endpoint is not None) != (wanted.storage is Storage.EXTERNAL):
        raise InvalidTerm(
            "Storage external and an endpoint go together; one of them is absent",
            detail_ja="外部方式のテナントには接続先が必要です（他の方式では指定できません）。",
            where="endpoint",
        )
    return replace(
        wanted,
        endpoint=None if wanted.endpoint is None else checked_endpoint(wanted.endpoint),
        name=canonical_name(wanted.name),
        municipality_code=None if code is None else municipality_code(code),
        name_ja=spoken_name(wanted.name_ja, "name_ja"),
        name_en=spoken_name(wanted.name_en, "name_en"),
    )


async def _in_its_municipality(joint_use: JointUse, wanted: NewTenant) -> NewTenant:
    """Answer with a tenant that is of its organisation's municipality.

    Raises:
        InvalidTerm: there is no such organisation, or it is one of another municipality.
    """
    if wanted.organisation is None:
        return wanted
    name = wanted.organisation
    organisation = await joint_use.organisations.find(name)
    if organisation is None:
        raise InvalidTerm(
            f"Organisation {name} does not exist; register it first",
            detail_ja=f"組織 {name} は登録されていません。",
            where="organisation",
        )
    code = wanted.municipality_code or organisation.municipality_code
    if code != organisation.municipality_code:
        raise InvalidTerm(
            f"Organisation {name} is of municipality {organisation.municipality_code}, not {code}",
            detail_ja=f"組織 {name} の団体コードは {organisation.municipality_code} で、"
            f"{code} ではありません。",
            where="organisation",
        )
    return replace(wanted, municipality_code=code)


def _require(principal: Principal, tenant: str) -> None:
    if isinstance(decide(principal, Action.ADMINISTER, tenant), Deny):
        raise _forbidden(principal, tenant)


def _forbidden(principal: Principal, tenant: str) -> Forbidden:
    return Forbidden(
        f"{principal.subject} may not administer tenant {tenant}",
        detail_ja=f"{principal.subject} にはテナント {tenant} を管理する権限がありません。",
    )
