"""A tenant adopts a model: its entities are checked, and what it queries is indexed."""

from collections.abc import Sequence
from dataclasses import dataclass

from datamodels.model.adoption import Adoption, Found, Validation
from datamodels.model.errors import NotAllowed
from datamodels.model.model import Model
from datamodels.model.words import Words
from datamodels.ports import Adoptions, Indexing, Schedules
from datamodels.registry import Registry
from joint_use import Action, Deny, Principal, Tenant, TenantDirectory, TenantUnknown, decide
from kit.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class DataModels:
    """The ports of the house, handed to its operations."""

    registry: Registry
    adoptions: Adoptions
    tenants: TenantDirectory
    indexing: Indexing
    schedules: Schedules
    clock: Clock


async def adopt_model(
    house: DataModels,
    principal: Principal,
    tenant_name: str,
    name: str,
    *,
    validation: Validation,
    gaps: bool,
) -> Adoption:
    """Let a tenant adopt a model, or ask otherwise of it; its queryable attributes are indexed.

    Raises:
        NotAllowed: the caller does not administer the tenant.
        TenantUnknown, UnknownModel: there is none of that name.
    """
    tenant = await administered(house, principal, tenant_name)
    model = house.registry.named(name)
    adoption = Adoption(
        tenant=tenant.number,
        type=model.type,
        validation=validation,
        gaps=gaps,
        set_by=principal.subject,
        set_at=house.clock(),
    )
    await house.adoptions.put(adoption)
    for attribute in model.queryable:
        await house.indexing.declare(tenant, model.iri_of(attribute))
    return adoption


async def drop_model(
    house: DataModels, principal: Principal, tenant_name: str, name: str
) -> Adoption:
    """Let a tenant ask nothing of a type any more; entities and indexes stay.

    Raises:
        NotAllowed: the caller does not administer the tenant.
        TenantUnknown, UnknownModel: there is none of that name.
    """
    tenant = await administered(house, principal, tenant_name)
    adoption = Adoption(
        tenant=tenant.number,
        type=house.registry.named(name).type,
        validation=Validation.OFF,
        is_dropped=True,
        set_by=principal.subject,
        set_at=house.clock(),
    )
    await house.adoptions.put(adoption)
    return adoption


async def adopted_models(
    house: DataModels, principal: Principal, tenant_name: str
) -> Sequence[tuple[Model | None, Adoption]]:
    """List what a tenant has adopted; None for a model that is not in the registry any more.

    Raises:
        NotAllowed: the caller does not administer the tenant.
        TenantUnknown: there is none of that name.
    """
    tenant = await administered(house, principal, tenant_name)
    adopted = await house.adoptions.of(tenant.number)
    return [(house.registry.current.get(one.type), one) for one in adopted]


async def findings(house: DataModels, principal: Principal, tenant_name: str) -> Sequence[Found]:
    """List what was wrong in what a tenant wrote, the most frequent first.

    Raises:
        NotAllowed: the caller does not administer the tenant.
        TenantUnknown: there is none of that name.
    """
    tenant = await administered(house, principal, tenant_name)
    return await house.adoptions.found(tenant.number)


async def administered(house: DataModels, principal: Principal, name: str) -> Tenant:
    """Find a tenant that the caller administers.

    Raises:
        NotAllowed: the caller does not.
        TenantUnknown: there is none of that name.
    """
    if isinstance(decide(principal, Action.ADMINISTER, name), Deny):
        raise NotAllowed(
            Words(
                f"{principal.subject} はテナント {name} を管理する権限がありません",
                f"{principal.subject} may not administer tenant {name}",
            )
        )
    tenant = await house.tenants.find(name)
    if tenant is None:
        raise TenantUnknown(
            f"Tenant {name} does not exist", detail_ja=f"テナント {name} はありません。"
        )
    return tenant
