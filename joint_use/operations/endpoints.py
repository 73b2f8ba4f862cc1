"""Endpoints of external tenants: set, show."""

from dataclasses import replace

from joint_use.operations.tenants import show_tenant
from joint_use.ports import JointUse, KnownEndpoint
from joint_use.terms.access import Principal
from joint_use.terms.endpoint import (
    Credentials,
    ExternalEndpoint,
    NoCredentials,
    checked_endpoint,
    origin_of,
)
from joint_use.terms.errors import InvalidTerm, WrongStatus
from joint_use.terms.tenant import Storage, Tenant, TenantStatus


async def show_endpoint(joint_use: JointUse, principal: Principal, name: str) -> KnownEndpoint:
    """Show where an external tenant's data are.

    Raises:
        Forbidden: the caller may not administer it.
        TenantUnknown: there is none of this name.
        WrongStatus: its data are here.
    """
    tenant = await _external(joint_use, principal, name)
    known = await joint_use.endpoints.find(tenant)
    if known is None:
        raise WrongStatus(
            f"Tenant {name} has no endpoint yet; right is to create it again with one",
            detail_ja=f"テナント {name} の接続先が登録されていません。",
            where="endpoint",
        )
    return known


async def set_endpoint(
    joint_use: JointUse,
    principal: Principal,
    name: str,
    wanted: ExternalEndpoint,
    *,
    keeps_credentials: bool = False,
    keeps_authorities: bool = False,
) -> KnownEndpoint:
    """Set where an external tenant's data are, and how they are reached.

    Args:
        joint_use: the ports.
        principal: who calls.
        name: the tenant's.
        wanted: the endpoint.
        keeps_credentials: those that it has stay; they follow to no other host.
        keeps_authorities: whom it is trusted by stays.

    Raises:
        Forbidden, TenantUnknown: as they say.
        WrongStatus: its data are here, or it is retired.
        InvalidTerm: a part of the endpoint cannot be right.
    """
    tenant = await _external(joint_use, principal, name)
    if tenant.status is TenantStatus.RETIRED:
        raise WrongStatus(
            f"Tenant {name} is retired",
            detail_ja=f"テナント {name} は廃止済みです。",
            where="status",
        )
    known = await joint_use.endpoints.find(tenant)
    if known is not None and keeps_credentials:
        wanted = replace(wanted, credentials=_kept(known.endpoint, wanted))
    if known is not None and keeps_authorities:
        wanted = replace(wanted, authorities=known.endpoint.authorities)
    endpoint = checked_endpoint(wanted)
    await joint_use.entrance.check(endpoint)
    return await joint_use.endpoints.put(
        tenant, endpoint, by=principal.subject, at=joint_use.clock()
    )


def _kept(known: ExternalEndpoint, wanted: ExternalEndpoint) -> Credentials:
    """Answer with the credentials that an endpoint has.

    Raises:
        InvalidTerm: they would be shown to another host than who gave them meant.
    """
    is_secret = not isinstance(known.credentials, NoCredentials)
    if is_secret and origin_of(known.url) != origin_of(wanted.url):
        raise InvalidTerm(
            "The endpoint is on another host than before; right is to give its credentials anew",
            detail_ja="接続先のホストを変える場合は、認証情報を改めて指定してください。",
            where="endpoint.credentials",
        )
    return known.credentials


async def _external(joint_use: JointUse, principal: Principal, name: str) -> Tenant:
    tenant = await show_tenant(joint_use, principal, name)
    if tenant.storage is not Storage.EXTERNAL:
        raise WrongStatus(
            f"Tenant {name} is {tenant.storage.value}; only an external one has an endpoint",
            detail_ja=f"テナント {name} は外部方式ではありません。",
            where="storage",
        )
    return tenant
