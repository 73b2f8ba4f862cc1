"""Tenants' entities of a model, read and written in this process (ports of the data models)."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from broker import (
    AccessDenied,
    BatchItem,
    Broker,
    Call,
    Document,
    EntityId,
    NgsiLdError,
    ResourceNotFound,
    Term,
    TooManyRequests,
    batch_delete,
    batch_upsert,
    count_of_types,
    delete_attribute,
    enter,
    entities_of_ids,
    every_entity,
)
from datamodels import (
    AskedTooOften,
    EntityKeeper,
    Model,
    NotAllowed,
    SinkRefused,
    Words,
    to_iris,
    to_names,
)
from joint_use import JointUse, Principal, Storage, Tenant, use_tenant
from kit.json import JsonObject
from renkei.own_reads import Sent, in_turn


@dataclass(frozen=True, slots=True)
class BrokerData:
    """The entities of tenants (port `TenantData`).

    Args:
        joint_use: knows the tenants.
        broker: holds their entities, and decides who may read them.
    """

    joint_use: JointUse
    broker: Broker

    @asynccontextmanager
    async def turn(self, tenant: str, principal: Principal) -> AsyncIterator[Sent]:
        """Lend a turn among the tenant's requests, which counts as one of them."""
        found = await self._kept_here(tenant)
        try:
            async with in_turn(self.broker, found, principal) as sent:
                yield sent
        except TooManyRequests as error:
            raise _too_often(error.retry_after_s) from error

    async def entities(self, tenant: str, model: Model, principal: Principal) -> EntityKeeper:
        """Answer with a tenant's entities of a model."""
        found = await self._kept_here(tenant)
        try:
            broker, call = await enter(self.broker, found, principal)
        except NgsiLdError as error:
            raise _refused(error) from error
        return BrokerEntities(broker, call, model)

    async def datasets(self, tenant: str, principal: Principal) -> tuple[Tenant, Mapping[str, int]]:
        """Answer with a tenant, and how many entities of each type it has."""
        found = await self._kept_here(tenant)
        try:
            broker, call = await enter(self.broker, found, principal)
            return found, await count_of_types(broker, call)
        except (AccessDenied, NgsiLdError) as error:
            raise _refused(error) from error

    async def _kept_here(self, name: str) -> Tenant:
        tenant = await use_tenant(self.joint_use, name)
        if tenant.storage is Storage.EXTERNAL:
            raise SinkRefused(
                Words(
                    f"テナント {name} のデータは外部にあります",
                    f"The data of tenant {name} are elsewhere",
                )
            )
        return tenant


@dataclass(frozen=True, slots=True)
class BrokerEntities:
    """A tenant's entities of one model (ports `EntitySource` and `EntitySink`)."""

    broker: Broker
    call: Call
    model: Model

    async def every(self) -> AsyncIterator[JsonObject]:
        """Read all entities of the model's type, in order of id."""
        try:
            async for entity in every_entity(self.broker, self.call, self.model.iri):
                yield to_names(entity, self.model)
        except (AccessDenied, NgsiLdError) as error:
            raise _refused(error) from error

    async def existing(self, ids: Sequence[str]) -> Mapping[str, JsonObject]:
        """Read the current entities there are of these ids."""
        try:
            found = await entities_of_ids(self.broker, self.call, ids)
        except (AccessDenied, NgsiLdError) as error:
            raise _refused(error) from error
        return {id_: to_names(entity, self.model) for id_, entity in found.items()}

    async def upsert(self, entities: Sequence[JsonObject]) -> Mapping[str, str]:
        """Create the entities, or set the attributes given on those that exist."""
        items = [
            BatchItem(entity_id=str(one["id"]), document=Document(to_iris(one, self.model)))
            for one in entities
        ]
        try:
            result = await batch_upsert(self.broker, self.call, items, update=True)
        except (AccessDenied, NgsiLdError) as error:
            raise _refused(error) from error
        return {failed.entity_id: failed.error.detail for failed in result.errors}

    async def remove(self, id_: str, attributes: Sequence[str]) -> None:
        """Remove attributes of an entity; one that is not there is no error."""
        for name in attributes:
            try:
                await delete_attribute(
                    self.broker,
                    self.call,
                    EntityId(id_),
                    Term(self.model.iri_of(name)),
                    dataset_id=None,
                    delete_all=True,
                    types=None,
                )
            except ResourceNotFound:
                continue
            except (AccessDenied, NgsiLdError) as error:
                raise _refused(error) from error

    async def delete(self, ids: Sequence[str]) -> None:
        """Delete entities; one that is not there is no error."""
        try:
            await batch_delete(self.broker, self.call, list(ids))
        except (AccessDenied, NgsiLdError) as error:
            raise _refused(error) from error


def _too_often(retry_after_s: int) -> AskedTooOften:
    return AskedTooOften(
        Words(
            f"このテナントへの要求が上限に達しています。{retry_after_s}秒後に"
            "もう一度お試しください",
            f"The tenant is asked more often than it may be; ask again in {retry_after_s} seconds",
        ),
        retry_after_s=retry_after_s,
    )


def _refused(error: AccessDenied | NgsiLdError) -> NotAllowed | SinkRefused:
    words = Words(f"ブローカーが受け付けませんでした: {error.detail}", error.detail)
    return NotAllowed(words) if isinstance(error, AccessDenied) else SinkRefused(words)
