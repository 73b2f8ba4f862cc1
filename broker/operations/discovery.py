"""Which types and attributes there are (§5.7.5 to §5.7.11)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from broker.ngsi.errors import ResourceNotFound
from broker.ngsi.names import Iri
from broker.operations.call import Call, require
from broker.ports import AttributeUse, Broker
from joint_use import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeFound:
    """One entity type: how many entities have it, its attributes with their kinds (§5.2.25)."""

    type: Iri
    count: int
    attributes: Mapping[Iri, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeFound:
    """One attribute: how many entities have it, its kinds, the types that have it (§5.2.28)."""

    attribute: Iri
    count: int
    kinds: tuple[str, ...]
    types: tuple[Iri, ...]


async def available_types(broker: Broker, call: Call) -> Sequence[Iri]:
    """List the types that entities have.

    Spec: CIM 009 §5.7.5
    """
    require(call, Action.READ)
    return sorted(
        {type_ for use in await broker.entities.types(call.tenant) for type_ in use.types}
    )


async def available_types_in_detail(broker: Broker, call: Call) -> Sequence[TypeFound]:
    """List the types that entities have, each with its attributes.

    Spec: CIM 009 §5.7.6
    """
    require(call, Action.READ)
    uses = await broker.entities.types(call.tenant)
    attributes = await broker.entities.attributes(call.tenant)
    return [
        TypeFound(
            type=type_,
            count=sum(use.count for use in uses if type_ in use.types),
            attributes=_kinds([use for use in attributes if type_ in use.types]),
        )
        for type_ in sorted({type_ for use in uses for type_ in use.types})
    ]


async def type_information(broker: Broker, call: Call, type_: Iri) -> TypeFound:
    """Tell of one type.

    Spec: CIM 009 §5.7.7
    Raises:
        ResourceNotFound: no entity has it.
    """
    for found in await available_types_in_detail(broker, call):
        if found.type == type_:
            return found
    raise ResourceNotFound(f"No entity has the type {type_}")


async def available_attributes(broker: Broker, call: Call) -> Sequence[AttributeFound]:
    """List the attributes that entities have.

    Spec: CIM 009 §5.7.8, §5.7.9
    """
    require(call, Action.READ)
    uses = await broker.entities.attributes(call.tenant)
    return [
        _attribute(name, [use for use in uses if use.attribute == name])
        for name in sorted({use.attribute for use in uses})
    ]


async def attribute_information(broker: Broker, call: Call, attribute: Iri) -> AttributeFound:
    """Tell of one attribute.

    Spec: CIM 009 §5.7.10
    Raises:
        ResourceNotFound: no entity has it.
    """
    for found in await available_attributes(broker, call):
        if found.attribute == attribute:
            return found
    raise ResourceNotFound(f"No entity has the attribute {attribute}")


def _kinds(uses: Sequence[AttributeUse]) -> Mapping[Iri, tuple[str, ...]]:
    kinds: dict[Iri, set[str]] = {}
    for use in uses:
        kinds.setdefault(use.attribute, set()).update(use.kinds)
    return {name: tuple(sorted(found)) for name, found in sorted(kinds.items())}


def _attribute(name: Iri, uses: Sequence[AttributeUse]) -> AttributeFound:
    return AttributeFound(
        attribute=name,
        count=sum(use.count for use in uses),
        kinds=tuple(sorted({kind for use in uses for kind in use.kinds})),
        types=tuple(sorted({type_ for use in uses for type_ in use.types})),
    )
