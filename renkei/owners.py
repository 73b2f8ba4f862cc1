"""Who answers for entries of the API catalog: organisations, and tenants that have none."""

import time
from collections.abc import Collection, Mapping

from api_catalog import PLATFORM, Publisher, Words
from joint_use import JointUse, Organisation, Tenant

_FEW = 4  # owners are asked for one by one; more of them all at once
_KEPT_S = 10.0  # what a name is changed to is shown in lists so much later
NAME = Words("連携 renkei", "renkei")
_TENANT = "tenant-"
"""Begins the key of a tenant that answers for itself; no organisation's name has a hyphen."""


class OrganisationsAsOwners:
    """Who answers for entries: the organisations that take part (port `Owners`).

    Args:
        joint_use: the ports of joint use.
        pages: the platform's address, without a slash at the end.
    """

    def __init__(self, joint_use: JointUse, pages: str) -> None:
        self._joint_use = joint_use
        self.platform = pages
        self._known: Mapping[str, Publisher] = {}
        self._until_s = 0.0
        self.platform_itself = Publisher(key=PLATFORM, name=NAME, page=pages)

    async def find(self, key: str) -> Publisher | None:
        """Answer with one; None where it takes no part."""
        if key == PLATFORM:
            return self.platform_itself
        if key.startswith(_TENANT):
            known = await self._joint_use.directory.find(key.removeprefix(_TENANT))
            return None if known is None else self._itself(known)
        organisation = await self._joint_use.organisations.find(key)
        return None if organisation is None else self._publisher(organisation)

    async def of_tenant(self, tenant: str) -> Publisher | None:
        """Answer with who answers for a tenant; None where there is no such tenant."""
        known = await self._joint_use.directory.find(tenant)
        if known is None:
            return None
        owner = None if known.organisation is None else await self.find(known.organisation)
        return owner or self._itself(known)

    async def every(self, keys: Collection[str]) -> Mapping[str, Publisher]:
        """Answer with those there are of some."""
        many: dict[str, Publisher] = {}
        if sum("-" not in key for key in keys) > _FEW:
            known = await self._all()
            many = {key: known[key] for key in keys if key in known}
        each = [await self.find(key) for key in sorted(keys) if key not in many]
        return {**many, **{one.key: one for one in each if one is not None}}

    async def _all(self) -> Mapping[str, Publisher]:
        """Answer with all organisations, as they were a moment ago."""
        if time.monotonic() >= self._until_s:
            found = await self._joint_use.organisations.page(municipality=None)
            self._known = {one.name: self._publisher(one) for one in found}
            self._until_s = time.monotonic() + _KEPT_S
        return self._known

    def _publisher(self, organisation: Organisation) -> Publisher:
        return Publisher(
            key=organisation.name,
            name=Words(organisation.name_ja, organisation.name_en),
            page=f"{self.platform}/owners/{organisation.name}",
        )

    def _itself(self, tenant: Tenant) -> Publisher:
        name = Words(tenant.name_ja or tenant.name, tenant.name_en or tenant.name)
        page = f"{self.platform}/tenants/{tenant.name}"
        return Publisher(key=_TENANT + tenant.name, name=name, page=page)
