"""The portal's ports, satisfied by the houses: who takes part, from the registry of joint use."""

from collections.abc import Sequence
from dataclasses import dataclass

from api_catalog import OwnerShown, TenantShown, Words
from joint_use import (
    DEFAULT_TENANT,
    OPERATOR,
    InvalidTerm,
    JointUse,
    Tenant,
    TenantStatus,
    list_tenants,
)

_PAGE = 200


@dataclass(frozen=True, slots=True)
class Participants:
    """Who takes part (port `Parties`)."""

    joint_use: JointUse

    async def tenants(self, *, after: str, limit: int) -> Sequence[TenantShown]:
        """List tenants that are in use, in order of name, those after a name."""
        found: list[TenantShown] = []
        while len(found) < limit:
            page = await list_tenants(self.joint_use, OPERATOR, after=after, limit=_PAGE)
            found += [_shown(one) for one in page if _is_shown(one)]
            if len(page) < _PAGE:
                break
            after = page[-1].name
        return found[:limit]

    async def tenants_of(self, owner: str) -> Sequence[TenantShown]:
        """List those of an organisation, in order of name."""
        page = await list_tenants(self.joint_use, OPERATOR, organisation=owner)
        return [_shown(one) for one in page if _is_shown(one)]

    async def tenant(self, name: str) -> TenantShown | None:
        """Answer with one that is in use; None where there is none."""
        try:
            found = await self.joint_use.directory.find(name)
        except InvalidTerm:
            return None
        is_there = found is not None and found.status is TenantStatus.ACTIVE
        return _shown(found) if found is not None and is_there else None

    async def owner(self, key: str) -> OwnerShown | None:
        """Answer with an organisation; None where it takes no part."""
        found = await self.joint_use.organisations.find(key)
        if found is None:
            return None
        known = await self.joint_use.organisations.municipalities()
        name = next((one for one in known if one.code == found.municipality_code), None)
        return OwnerShown(
            key=found.name,
            title=Words(found.name_ja, found.name_en),
            kind=found.kind,
            municipality=Words("") if name is None else Words(name.name_ja, name.name_en),
            code=found.municipality_code,
        )


def _is_shown(tenant: Tenant) -> bool:
    return tenant.status is TenantStatus.ACTIVE and tenant.name != DEFAULT_TENANT


def _shown(tenant: Tenant) -> TenantShown:
    return TenantShown(
        name=tenant.name,
        title=Words(tenant.name_ja or tenant.name_en or tenant.name, tenant.name_en),
        storage=tenant.storage,
        municipality=tenant.municipality_code,
        owner=tenant.organisation,
    )
