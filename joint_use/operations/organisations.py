"""Organisations: register, change, show, list; their tenants and a municipality's together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from joint_use.operations.tenants import MAX_PAGE, list_tenants, resume_tenant, suspend_tenant
from joint_use.ports import JointUse
from joint_use.terms.access import Action, Principal
from joint_use.terms.errors import Forbidden, OrganisationExists, OrganisationUnknown
from joint_use.terms.municipality import municipality_code
from joint_use.terms.organisation import (
    Municipality,
    Organisation,
    OrganisationEvent,
    OrganisationStep,
    checked_municipality,
    checked_organisation,
)
from joint_use.terms.tenant import Tenant, TenantStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """Tenants that are looked after together: those of a municipality, or of one organisation."""

    municipality: str | None = None
    organisation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MunicipalityWhole:
    """A municipality with everything registered of it."""

    municipality: Municipality
    organisations: Sequence[Organisation]
    tenants: Sequence[Tenant]


async def register_municipality(
    joint_use: JointUse, principal: Principal, municipality: Municipality
) -> Municipality:
    """Register a municipality, or give it other names.

    Raises:
        Forbidden: the caller is no operator.
        InvalidTerm: its code or a name is not right.
    """
    require_operator(principal)
    checked = checked_municipality(municipality)
    await joint_use.organisations.put_municipality(
        checked, by=principal.subject, at=joint_use.clock()
    )
    return checked


async def list_municipalities(joint_use: JointUse, principal: Principal) -> Sequence[Municipality]:
    """List the municipalities that take part, in order of code.

    Raises:
        Forbidden: the caller is no operator.
    """
    require_operator(principal)
    return await joint_use.organisations.municipalities()


async def show_municipality(
    joint_use: JointUse, principal: Principal, code: str
) -> MunicipalityWhole:
    """Show a municipality with its organisations and tenants.

    Raises:
        Forbidden: the caller is no operator.
        InvalidTerm: the code is none.
        OrganisationUnknown: no such municipality takes part.
    """
    require_operator(principal)
    code = municipality_code(code)
    found = [one for one in await joint_use.organisations.municipalities() if one.code == code]
    if not found:
        raise OrganisationUnknown(
            f"Municipality {code} is not registered",
            detail_ja=f"団体コード {code} の自治体は登録されていません。",
            where="code",
        )
    return MunicipalityWhole(
        municipality=found[0],
        organisations=await joint_use.organisations.page(municipality=code),
        tenants=await tenants_of(joint_use, principal, Members(municipality=code)),
    )


async def register_organisation(
    joint_use: JointUse, principal: Principal, organisation: Organisation
) -> Organisation:
    """Register an organisation; asked again with the same, it changes nothing.

    Raises:
        Forbidden: the caller is no operator.
        InvalidTerm: something of it is not right.
        OrganisationUnknown: its municipality is not registered.
        OrganisationExists: the name is taken by another one.
    """
    require_operator(principal)
    checked = checked_organisation(organisation)
    existing = await joint_use.organisations.create(
        checked, by=principal.subject, at=joint_use.clock()
    )
    if existing != checked:
        raise OrganisationExists(
            f"Organisation {checked.name} exists already; names are given once",
            detail_ja=f"組織名 {checked.name} は既に使われています。",
            where="name",
        )
    return existing


async def change_organisation(
    joint_use: JointUse, principal: Principal, organisation: Organisation
) -> Organisation:
    """Change kind, names and contact of an organisation; its municipality stays.

    Raises:
        Forbidden: the caller is no operator.
        InvalidTerm: something of it is not right.
        OrganisationUnknown: there is none of this name in this municipality.
    """
    require_operator(principal)
    checked = checked_organisation(organisation)
    was_there = await joint_use.organisations.change(
        checked, by=principal.subject, at=joint_use.clock()
    )
    if not was_there:
        raise unknown_organisation(checked.name)
    return checked


async def show_organisation(joint_use: JointUse, principal: Principal, name: str) -> Organisation:
    """Show one organisation.

    Raises:
        Forbidden: the caller is no operator.
        OrganisationUnknown: there is none of this name.
    """
    require_operator(principal)
    found = await joint_use.organisations.find(name)
    if found is None:
        raise unknown_organisation(name)
    return found


async def organisation_events(
    joint_use: JointUse, principal: Principal, name: str
) -> Sequence[OrganisationEvent]:
    """Show what was done to an organisation and by whom, the oldest first.

    Raises:
        Forbidden: the caller is no operator.
        OrganisationUnknown: there is none of this name.
    """
    await show_organisation(joint_use, principal, name)
    return await joint_use.organisations.events(name)


async def list_organisations(
    joint_use: JointUse, principal: Principal, *, municipality: str | None = None
) -> Sequence[Organisation]:
    """List organisations by municipality and name: all, or those of one municipality.

    Raises:
        Forbidden: the caller is no operator.
        InvalidTerm: the municipality's code is none.
    """
    require_operator(principal)
    code = None if municipality is None else municipality_code(municipality)
    return await joint_use.organisations.page(municipality=code)


async def tenants_of(
    joint_use: JointUse, principal: Principal, members: Members
) -> Sequence[Tenant]:
    """List all tenants of a municipality or of an organisation, in order of name.

    Raises:
        Forbidden: the caller administers nothing.
    """
    found: list[Tenant] = []
    after = ""
    while page := await list_tenants(
        joint_use,
        principal,
        after=after,
        municipality=members.municipality,
        organisation=members.organisation,
    ):
        found += page
        after = page[-1].name
        if len(page) < MAX_PAGE:
            break
    return found


async def suspend_together(
    joint_use: JointUse, principal: Principal, members: Members
) -> Sequence[Tenant]:
    """Let nobody use any of these tenants until they are resumed; answers with all of them.

    Done again it goes on where it was interrupted.

    Raises:
        Forbidden: the caller is no operator.
        OrganisationUnknown: there is no such organisation.
    """
    require_operator(principal)
    changed = [
        await suspend_tenant(joint_use, principal, tenant.name)
        if tenant.status is TenantStatus.ACTIVE
        else tenant
        for tenant in await _known_members(joint_use, principal, members)
    ]
    await _note(joint_use, principal, members, OrganisationStep.SUSPENDED)
    return changed


async def resume_together(
    joint_use: JointUse, principal: Principal, members: Members
) -> Sequence[Tenant]:
    """Let all of these tenants be used again, also those that were suspended alone.

    Raises:
        Forbidden: the caller is no operator.
        OrganisationUnknown: there is no such organisation.
    """
    require_operator(principal)
    changed = [
        await resume_tenant(joint_use, principal, tenant.name)
        if tenant.status is TenantStatus.SUSPENDED
        else tenant
        for tenant in await _known_members(joint_use, principal, members)
    ]
    await _note(joint_use, principal, members, OrganisationStep.RESUMED)
    return changed


def require_operator(principal: Principal) -> None:
    """Let only those pass who administer the whole platform.

    Raises:
        Forbidden: the caller does not.
    """
    if principal.tenants is not None or Action.ADMINISTER not in principal.actions:
        raise Forbidden(
            f"{principal.subject} does not administer the platform",
            detail_ja=f"{principal.subject} には基盤を管理する権限がありません。",
        )


def unknown_organisation(name: str) -> OrganisationUnknown:
    """Say that there is no organisation of a name."""
    return OrganisationUnknown(
        f"Organisation {name} does not exist",
        detail_ja=f"組織 {name} はありません。",
        where="organisation",
    )


async def _known_members(
    joint_use: JointUse, principal: Principal, members: Members
) -> Sequence[Tenant]:
    if members.organisation is not None:
        await show_organisation(joint_use, principal, members.organisation)
    if members.municipality is not None:
        members = replace(members, municipality=municipality_code(members.municipality))
    return await tenants_of(joint_use, principal, members)


async def _note(
    joint_use: JointUse, principal: Principal, members: Members, step: OrganisationStep
) -> None:
    """Write down on each organisation concerned what was done to all its tenants."""
    if members.organisation is not None:
        concerned = [members.organisation]
    else:
        page = await list_organisations(joint_use, principal, municipality=members.municipality)
        concerned = [organisation.name for organisation in page]
    await joint_use.organisations.note(concerned, step, by=principal.subject, at=joint_use.clock())
