"""Append, update, replace and delete attributes of an Entity (§5.6.2 to §5.6.5, §5.6.19)."""

from broker.ngsi.attributes import Nulls
from broker.ngsi.commands import (
    Append,
    Applied,
    DeleteAttribute,
    PartialUpdate,
    ReplaceAttribute,
    Update,
)
from broker.ngsi.contexts import Context
from broker.ngsi.errors import BadRequestData
from broker.ngsi.expand import expand_attribute, expand_attribute_fragment, expand_fragment
from broker.ngsi.names import DatasetId, EntityId, Iri, Term
from broker.ngsi.selection import TypeSelection
from broker.operations.call import Call, Document, context_of, require
from broker.ports import Broker
from joint_use import Action

SCOPE = "scope"


async def append_attributes(
    broker: Broker,
    call: Call,
    entity_id: EntityId,
    document: Document,
    *,
    overwrite: bool,
    types: TypeSelection | None,
) -> Applied:
    """Add attributes to an Entity, or replace those it has.

    Spec: CIM 009 §5.6.3 (HTTP §6.6.3.1)

    Raises:
        BadRequestData: the fragment is not valid.
        ResourceNotFound: there is no such Entity of these types.
    """
    require(call, Action.WRITE)
    context = await context_of(broker, call, document)
    fragment = expand_fragment(document.body, context, entity_id=entity_id)
    return await broker.entities.write(
        call.tenant,
        Append(
            id=entity_id, at=broker.clock(), fragment=fragment, overwrite=overwrite, types=types
        ),
    )


async def update_attributes(
    broker: Broker,
    call: Call,
    entity_id: EntityId,
    document: Document,
    types: TypeSelection | None,
) -> Applied:
    """Replace attributes of an Entity, add those it lacks, delete those given as NGSI-LD Null.

    Spec: CIM 009 §5.6.2 (HTTP §6.6.3.2)

    Raises:
        BadRequestData: the fragment is not valid.
        ResourceNotFound: there is no such Entity of these types.
    """
    require(call, Action.WRITE)
    context = await context_of(broker, call, document)
    fragment = expand_fragment(document.body, context, nulls=Nulls.DELETE, entity_id=entity_id)
    return await broker.entities.write(
        call.tenant, Update(id=entity_id, at=broker.clock(), fragment=fragment, types=types)
    )


async def partial_attribute_update(
    broker: Broker,
    call: Call,
    entity_id: EntityId,
    attribute: Term,
    document: Document,
    types: TypeSelection | None,
) -> Applied:
    """Overwrite members of one attribute instance.

    Spec: CIM 009 §5.6.4 (HTTP §6.7.3.1)

    Raises:
        BadRequestData: the fragment is not valid, is empty, or changes the attribute's kind.
        ResourceNotFound: there is no such Entity, attribute or instance.
    """
    require(call, Action.WRITE)
    context = await context_of(broker, call, document)
    name = _attribute_name(context, attribute)
    partial = expand_attribute_fragment(document.body, context, attribute=name)
    return await broker.entities.write(
        call.tenant,
        PartialUpdate(
            id=entity_id,
            at=broker.clock(),
            attribute=name,
            instance=partial.instance,
            removed=partial.removed,
            types=types,
        ),
    )


async def replace_attribute(
    broker: Broker,
    call: Call,
    entity_id: EntityId,
    attribute: Term,
    document: Document,
    types: TypeSelection | None,
) -> Applied:
    """Replace one attribute instance.

    Spec: CIM 009 §5.6.19 (HTTP §6.7.3.3)

    Raises:
        BadRequestData: the document is not a valid attribute.
        ResourceNotFound: there is no such Entity, attribute or instance.
    """
    require(call, Action.WRITE)
    context = await context_of(broker, call, document)
    name = _attribute_name(context, attribute)
    instance = expand_attribute(document.body, context, attribute=name)
    return await broker.entities.write(
        call.tenant,
        ReplaceAttribute(
            id=entity_id, at=broker.clock(), attribute=name, instance=instance, types=types
        ),
    )


async def delete_attribute(
    broker: Broker,
    call: Call,
    entity_id: EntityId,
    attribute: Term,
    *,
    dataset_id: DatasetId | None,
    delete_all: bool,
    types: TypeSelection | None,
) -> Applied:
    """Delete one instance of an attribute, or all of them; or the Entity's scopes.

    Spec: CIM 009 §5.6.5 (HTTP §6.7.3.2)

    Raises:
        ResourceNotFound: there is no such Entity, attribute or instance.
    """
    require(call, Action.WRITE)
    context = await context_of(broker, call)
    return await broker.entities.write(
        call.tenant,
        DeleteAttribute(
            id=entity_id,
            at=broker.clock(),
            attribute=None if attribute == SCOPE else context.attribute(attribute),
            dataset_id=dataset_id,
            delete_all=delete_all,
            types=types,
        ),
    )


def _attribute_name(context: Context, attribute: Term) -> Iri:
    if attribute == SCOPE:
        raise BadRequestData(
            "scope is no attribute of the current state; right would be PATCH on the attributes",
            where=SCOPE,
        )
    return context.attribute(attribute)
