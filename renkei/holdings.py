"""What tenants hold, told to the API catalog: their data, who owns them, who may know."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import broker
from api_catalog import Field, Held, Holder, KnownModel, SandboxStore, Words, licence_named
from broker import StoredHoldings
from datamodels import Model, Registry
from joint_use import (
    OPERATOR,
    Contact,
    JointUse,
    Policy,
    PolicyCache,
    Storage,
    Tenant,
    TenantStatus,
    TenantUnknown,
    list_tenants,
)
from renkei.owners import OrganisationsAsOwners


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantHoldings:
    """What tenants hold, and who may know (port `Holdings`).

    Args:
        joint_use: knows the tenants.
        owners: knows who answers for them.
        stored: looks at their data.
        registry: the data models.
        policies: what this process knows of policies.
        sandboxes: tell which tenant is the sandbox, as it is now.
        is_bound: sign-in is on, and so a tenant without a policy opens nothing.
        licence: of what is open, as the operator's setting names it.
        names: of tenants, by number.
    """

    joint_use: JointUse
    owners: OrganisationsAsOwners
    stored: StoredHoldings
    registry: Registry
    policies: PolicyCache
    sandboxes: SandboxStore
    is_bound: bool
    licence: str
    names: dict[int, str] = field(default_factory=dict)

    async def every(self) -> AsyncIterator[Sequence[str]]:
        """Name all tenants, some at a time."""
        last = ""
        while page := await list_tenants(self.joint_use, OPERATOR, after=last):
            self.names.update({tenant.number: tenant.name for tenant in page})
            yield [tenant.name for tenant in page]
            last = page[-1].name

    async def holder(self, tenant: str) -> Holder | None:
        """Answer with one; None: there is no such tenant."""
        found = await self.joint_use.directory.find(tenant)
        owner = None if found is None else await self.owners.of_tenant(tenant)
        if found is None or owner is None:
            return None
        return Holder(
            tenant=found.name,
            name=Words(found.name_ja or found.name, found.name_en or found.name),
            owner=owner,
            contact=await self._contact(found),
            policy=await self._policy(found),
            licence=licence_named(self.licence),
            is_active=found.status is TenantStatus.ACTIVE,
            is_external=found.storage is Storage.EXTERNAL,
            is_sandbox=await self._is_sandbox(found),
        )

    async def changes(self, tenant: str, since: datetime) -> tuple[str, bool]:
        """Answer with a mark of what is counted, and whether somebody may have written since."""
        return await self.stored.changes(await self._known(tenant), since)

    async def held(self, tenant: str) -> Sequence[Held]:
        """Look at all that a tenant holds."""
        found = await self.stored.held(await self._known(tenant))
        return [self._told(one) for one in found]

    def model_of(self, type_: str) -> KnownModel | None:
        """Answer with the model of a type; None: it has none."""
        model = self.registry.by_iri.get(type_)
        if model is None:
            return None
        return KnownModel(
            name=model.type,
            title=Words(model.name_ja, model.name_en),
            field=Field(model.field),
            is_personal=model.personal,
        )

    def _told(self, held: broker.Held) -> Held:
        known = [
            self.registry.by_iri[type_] for type_ in held.types if type_ in self.registry.by_iri
        ]
        names = {iri: name for model in known for iri, name in _names(model)}
        return Held(
            types=held.types,
            entities=held.entities,
            changed_at=held.changed_at,
            extent=held.extent,
            attributes=tuple(sorted(names.get(iri, iri) for iri in held.attributes)),
        )

    async def _known(self, name: str) -> Tenant:
        tenant = await self.joint_use.directory.find(name)
        if tenant is None:
            raise TenantUnknown(
                f"Tenant {name} does not exist", detail_ja=f"テナント {name} はありません。"
            )
        return tenant

    async def _contact(self, tenant: Tenant) -> Contact:
        if tenant.organisation is None:
            return Contact()
        organisation = await self.joint_use.organisations.find(tenant.organisation)
        return Contact() if organisation is None else organisation.contact

    async def _is_sandbox(self, tenant: Tenant) -> bool:
        sandbox = await self.sandboxes.find()
        return sandbox is not None and sandbox.tenant == tenant.name

    async def _policy(self, tenant: Tenant) -> Policy | None:
        policy = await self.policies.of(tenant)
        return policy if self.is_bound or policy.version > 0 else None


def _names(model: Model) -> Sequence[tuple[str, str]]:
    return [(model.iri_of(name), name) for name in model.attributes]
