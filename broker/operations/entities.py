"""Create, merge, replace and delete an Entity (§5.6.1, §5.6.6, §5.6.17, §5.6.18)."""

from broker.ngsi.attributes import Nulls
from broker.ngsi.commands import Applied, Create, Delete, Merge, Replace
from broker.ngsi.entity import Fragment
from broker.ngsi.errors import BadRequestData
from broker.ngsi.expand import expand_entity, expand_fragment, expand_simplified
from broker.ngsi.names import EntityId
from broker.ngsi.selection import TypeSelection
from broker.operations.call import Call, Document, context_of, require
from broker.ports import Broker
from joint_use import Action


async def create_entity(broker: Broker, call: Call, document: Document) -> EntityId:
    """Create one Entity in the caller's tenant.

    Spec: CIM 009 §5.6.1 (HTTP §6.4.3.1)

    Raises:
        BadRequestData: the document is not a valid Entity (§5.2.4).
        AlreadyExists: the tenant already holds this id.
    """
    require(call, Action.WRITE)
    fragment = expand_entity(document.body, await context_of(broker, call, document))
    entity_id = _id_of(fragment)
    await broker.entities.write(
        call.tenant, Create(id=entity_id, at=broker.clock(), fragment=fragment)
    )
    return entity_id


async def replace_entity(
    broker: Broker,
    call: Call,
    entity_id: EntityId,
    document: Document,
    types: TypeSelection | None,
) -> None:
    """Replace all of an Entity but its createdAt.

    Spec: CIM 009 §5.6.18 (HTTP §6.5.3.3)

    Raises:
        BadRequestData: the document is not a valid Entity, or is another's.
        ResourceNotFound: there is no such Entity of these types.
    """
    require(call, Action.WRITE)
    context = await context_of(broker, call, document)
    fragment = expand_entity(document.body, context, entity_id=entity_id)
    await broker.entities.write(
        call.tenant, Replace(id=entity_id, at=broker.clock(), fragment=fragment, types=types)
    )


async def merge_entity(
    broker: Broker,
    call: Call,
    entity_id: EntityId,
    document: Document,
    *,
    types: TypeSelection | None = None,
    simplified: bool = False,
    language: str | None = None,
    observed_at: str | None = None,
) -> None:
    """Merge a fragment into an Entity (RFC 7396).

    Spec: CIM 009 §5.6.17 (HTTP §6.5.3.4)

    Raises:
        BadRequestData: the fragment is not valid, or changes an attribute's kind.
        ResourceNotFound: there is no such Entity of these types.
    """
    require(call, Action.WRITE)
    context = await context_of(broker, call, document)
    fragment = (
        expand_simplified(document.body, context, entity_id=entity_id)
        if simplified
        else expand_fragment(document.body, context, nulls=Nulls.MERGE, entity_id=entity_id)
    )
    await broker.entities.write(
        call.tenant,
        Merge(
            id=entity_id,
            at=broker.clock(),
            fragment=fragment,
            types=types,
            language=language,
            observed_at=observed_at,
            simplified=simplified,
        ),
    )


async def delete_entity(
    broker: Broker, call: Call, entity_id: EntityId, types: TypeSelection | None
) -> Applied:
    """Delete one Entity.

    Spec: CIM 009 §5.6.6 (HTTP §6.5.3.2)

    Raises:
        ResourceNotFound: there is no such Entity of these types.
    """
    require(call, Action.WRITE)
    return await broker.entities.write(
        call.tenant, Delete(id=entity_id, at=broker.clock(), types=types)
    )


def _id_of(fragment: Fragment) -> EntityId:
    if fragment.id is None:
        raise BadRequestData("The Entity has no id", where="/id")
    return fragment.id
