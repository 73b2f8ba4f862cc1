"""Onboarding: what an approved application gets, made step by step; each step may be repeated."""

from joint_use.onboarding_ports import NewSecret, Onboarding
from joint_use.operations.applications import Receipt, show_own, unknown_application
from joint_use.operations.organisations import (
    register_municipality,
    register_organisation,
    require_operator,
)
from joint_use.operations.tenants import create_tenant
from joint_use.terms.access import Principal
from joint_use.terms.application import (
    Application,
    ApplicationEvent,
    ApplicationStep,
    Approval,
)
from joint_use.terms.endpoint import ExternalEndpoint
from joint_use.terms.errors import OrganisationExists, TenantExists, WrongStatus
from joint_use.terms.organisation import Municipality, Organisation
from joint_use.terms.quotas import checked
from joint_use.terms.tenant import NewTenant, Storage, Tenant, TenantStatus, canonical_name


async def approve(
    onboarding: Onboarding, principal: Principal, receipt: str, approval: Approval
) -> Application:
    """Approve an application, and make what it gets: organisation, tenant, quota, client.

    What a crash interrupts is gone on with when the same is asked for again, or by `proceed`.

    Raises:
        Forbidden, ApplicationUnknown, InvalidTerm, WrongStatus: as they say.
        TenantExists, OrganisationExists: a name is taken; approve it with another one.
    """
    require_operator(principal)
    decided = Approval(
        tenant=canonical_name(approval.tenant),
        organisation=canonical_name(approval.organisation),
        quota=checked(approval.quota),
    )
    application = await _known(onboarding, receipt)
    await _require_free(onboarding, application, decided)
    event = _event(onboarding, principal, ApplicationStep.APPROVED)
    await onboarding.applications.advance(receipt, event, approval=decided)
    return await proceed(onboarding, principal, receipt)


async def proceed(onboarding: Onboarding, principal: Principal, receipt: str) -> Application:
    """Make what is missing still of an approved application; done again it changes nothing.

    Raises:
        Forbidden, ApplicationUnknown: as they say.
        WrongStatus: it is not approved.
        TenantExists, OrganisationExists: a name was taken meanwhile; approve it with another.
    """
    require_operator(principal)
    application = await _known(onboarding, receipt)
    approval = application.approval
    if approval is None:
        raise WrongStatus(
            f"Application {receipt} is {application.status.value}; approve it first",
            detail_ja=f"申請 {receipt} はまだ承認されていません。",
            where="status",
        )
    if application.ready_at is None:
        await _make_organisation(onboarding, principal, application, approval)
        tenant = await _make_tenant(onboarding, principal, application, approval)
        await _set_quota(onboarding, principal, application, approval, tenant)
        await _register_client(onboarding, principal, application, tenant)
        await _note(onboarding, principal, application, ApplicationStep.READY)
    return await _known(onboarding, receipt)


async def renew_client_secret(onboarding: Onboarding, receipt: Receipt) -> NewSecret:
    """Give the applicant's client a new secret, told this once.

    Raises:
        ApplicationUnknown: there is none of this number, or the secret is another one.
        WrongStatus: no client was registered for it.
    """
    whole = await show_own(onboarding, receipt)
    client = whole.application.client
    if client is None or onboarding.clients is None:
        raise WrongStatus(
            f"Application {receipt.number} has no client; requests need no token",
            detail_ja="この申請にはクライアントがありません（トークンは不要です）。",
        )
    return await onboarding.clients.renew_secret(client)


async def _make_organisation(
    onboarding: Onboarding, principal: Principal, application: Application, approval: Approval
) -> None:
    content = application.content
    joint_use = onboarding.joint_use
    known = {one.code for one in await joint_use.organisations.municipalities()}
    if content.municipality_code not in known:
        named = Municipality(code=content.municipality_code, name_ja=content.municipality_name)
        await register_municipality(joint_use, principal, named)
    if await joint_use.organisations.find(approval.organisation) is None:
        wanted = Organisation(
            name=approval.organisation,
            municipality_code=content.municipality_code,
            kind=content.organisation_kind,
            name_ja=content.organisation_name,
            name_en=content.organisation_name_en,
            contact=content.contact,
        )
        await register_organisation(joint_use, principal, wanted)
    await _note(onboarding, principal, application, ApplicationStep.ORGANISATION_REGISTERED)


async def _make_tenant(
    onboarding: Onboarding, principal: Principal, application: Application, approval: Approval
) -> Tenant:
    """Create the tenant, or find the one that an earlier attempt has created."""
    tenant = await onboarding.joint_use.tenants.find(approval.tenant)
    if tenant is None or tenant.status is TenantStatus.PROVISIONING:
        wanted = _wanted(application, approval)
        try:
            tenant = await create_tenant(onboarding.joint_use, principal, wanted)
        except TenantExists:  # another attempt at the same was quicker
            tenant = await onboarding.joint_use.tenants.find(approval.tenant)
            if tenant is None or not _is_own(tenant, application, approval):
                raise
    elif not _is_own(tenant, application, approval):
        raise _tenant_taken(approval.tenant)
    await _note(onboarding, principal, application, ApplicationStep.TENANT_CREATED)
    return tenant


def _wanted(application: Application, approval: Approval) -> NewTenant:
    content = application.content
    is_external = content.storage is Storage.EXTERNAL
    return NewTenant(
        name=approval.tenant,
        storage=content.storage,
        municipality_code=content.municipality_code,
        organisation=approval.organisation,
        name_ja=f"{content.municipality_name} {content.organisation_name}"[:200],
        name_en=content.organisation_name_en,
        endpoint=ExternalEndpoint(url=content.endpoint_url) if is_external else None,
    )


async def _set_quota(
    onboarding: Onboarding,
    principal: Principal,
    application: Application,
    approval: Approval,
    tenant: Tenant,
) -> None:
    at = onboarding.joint_use.clock()
    await onboarding.quotas.put(tenant, approval.quota, by=principal.subject, at=at)
    await _note(onboarding, principal, application, ApplicationStep.QUOTA_SET)


async def _register_client(
    onboarding: Onboarding, principal: Principal, application: Application, tenant: Tenant
) -> None:
    if onboarding.clients is None:
        return
    client = await onboarding.clients.register(
        tenant, reference=application.receipt, name=application.content.organisation_name
    )
    event = _event(onboarding, principal, ApplicationStep.CLIENT_REGISTERED)
    await onboarding.applications.note(application.receipt, event, client=client)


async def _require_free(
    onboarding: Onboarding, application: Application, approval: Approval
) -> None:
    """Refuse names that are others' before anything is decided.

    Raises:
        TenantExists, OrganisationExists: a name is taken.
    """
    earlier = application.approval
    if earlier is not None and earlier.tenant != approval.tenant:
        await _require_unmade(onboarding, application, earlier)
    tenant = await onboarding.joint_use.tenants.find(approval.tenant)
    if tenant is not None and (earlier is None or not _is_own(tenant, application, approval)):
        raise _tenant_taken(approval.tenant)
    organisation = await onboarding.joint_use.organisations.find(approval.organisation)
    code = application.content.municipality_code
    if organisation is not None and organisation.municipality_code != code:
        raise OrganisationExists(
            f"Organisation {approval.organisation} is of another municipality",
            detail_ja=f"組織名 {approval.organisation} は別の自治体の組織が使っています。",
            where="organisation",
        )


async def _require_unmade(
    onboarding: Onboarding, application: Application, approval: Approval
) -> None:
    """Refuse another name for a tenant that is there already.

    Raises:
        WrongStatus: it is.
    """
    tenant = await onboarding.joint_use.tenants.find(approval.tenant)
    if tenant is not None and _is_own(tenant, application, approval):
        raise WrongStatus(
            f"Tenant {tenant.name} was created for application {application.receipt}; go on "
            "with this name",
            detail_ja=f"申請 {application.receipt} のテナント {tenant.name} は作成済みです。"
            "同じ名前で続けてください。",
            where="tenant",
        )


def _is_own(tenant: Tenant, application: Application, approval: Approval) -> bool:
    """Tell whether a tenant is what an earlier attempt at the same application has made."""
    return (
        tenant.organisation == approval.organisation
        and tenant.storage is application.content.storage
        and tenant.status in {TenantStatus.ACTIVE, TenantStatus.PROVISIONING}
    )


def _tenant_taken(name: str) -> TenantExists:
    return TenantExists(
        f"Tenant {name} exists already; approve with another name",
        detail_ja=f"テナント名 {name} は既に使われています。別の名前で承認してください。",
        where="tenant",
    )


async def _known(onboarding: Onboarding, receipt: str) -> Application:
    application = await onboarding.applications.find(receipt)
    if application is None:
        raise unknown_application(receipt)
    return application


async def _note(
    onboarding: Onboarding, principal: Principal, application: Application, step: ApplicationStep
) -> None:
    event = _event(onboarding, principal, step)
    await onboarding.applications.note(application.receipt, event)


def _event(onboarding: Onboarding, principal: Principal, step: ApplicationStep) -> ApplicationEvent:
    return ApplicationEvent(step=step, by=principal.subject, at=onboarding.joint_use.clock())
