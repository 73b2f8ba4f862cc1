"""Linked Entity retrieval: what a level needs, and joining it in, inline or flat (§4.5.23).

Reading them is somebody else's; level by level it goes like this:

    level, found = start(entities, how), {}
    for _ in range(join.level):
        found |= await read(targets(level, context, join, found))
        level = follow(level, context, join, found)

A target that is not found is left as it is: so only Relationships are followed whose target is
stored here, or which carry an objectType by which somebody else could be asked for it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from broker.ngsi.compact import Form
from broker.ngsi.contexts import Context
from broker.ngsi.entity import Entity, Instance
from broker.ngsi.errors import TooManyResults
from broker.ngsi.names import EntityId, Iri
from broker.ngsi.representations import Presentation, present, shown
from kit.json import JsonObject, JsonValue

_LINKS = {"Relationship": "object", "ListRelationship": "objectList"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """How linked entities are wanted.

    Args:
        level: how many levels of them (`joinLevel`).
        contained_by: entities met before, which are not to be joined again (`containedBy`).
        most: more linked entities than this in one answer are refused.
    """

    level: int = 1
    contained_by: frozenset[EntityId] = frozenset()
    most: int = 1000


@dataclass(frozen=True, slots=True)
class Linking:
    """An Entity that is to be shown, and how: its projections depend on where it is met."""

    entity: Entity
    how: Presentation


@dataclass(frozen=True, slots=True)
class Target:
    """An Entity that a Relationship points to, and of which types it is said to be (objectType)."""

    id: EntityId
    types: tuple[Iri, ...] = ()


def start(entities: Iterable[Entity], how: Presentation) -> list[Linking]:
    """Begin with the entities that a request found."""
    return [Linking(entity, how) for entity in entities]


def targets(
    level: Sequence[Linking], context: Context, join: Join, found: Mapping[EntityId, Entity]
) -> list[Target]:
    """Name the entities that the next level needs and that are not found yet, each once."""
    wanted: dict[EntityId, Target] = {}
    for linking in level:
        for _, instances in _relationships(linking, context):
            for instance in instances:
                for target in _targets(instance):
                    if target.id not in found and target.id not in join.contained_by:
                        known = wanted.get(target.id, target)
                        wanted[target.id] = target if target.types else known
    return list(wanted.values())


def follow(
    level: Sequence[Linking], context: Context, join: Join, found: Mapping[EntityId, Entity]
) -> list[Linking]:
    """Go on to the next level: what this one links to, in order, each way of showing it once.

    Raises:
        TooManyResults: it is more than the join allows.
    """
    following: dict[tuple[EntityId, int, int], Linking] = {}
    for linking in level:
        for relationship, instances in _relationships(linking, context):
            how = _behind(relationship, linking.how)
            for target in (target for instance in instances for target in _targets(instance)):
                entity = found.get(target.id)
                if entity is not None and target.id not in join.contained_by:
                    key = (target.id, id(how.pick), id(how.omit))
                    following.setdefault(key, Linking(entity, how))
    _require_few(len(following), join)
    return list(following.values())


def flat(
    entities: Sequence[Entity],
    context: Context,
    how: Presentation,
    join: Join,
    found: Mapping[EntityId, Entity],
) -> list[JsonObject]:
    """Write entities and, behind them, those they link to, each once.

    Spec: CIM 009 §4.5.23.3
    Raises:
        TooManyResults: they link to more than the join allows.
    """
    return [
        present(one.entity, context, one.how)
        for one in flattened(entities, context, how, join, found)
    ]


def flattened(
    entities: Sequence[Entity],
    context: Context,
    how: Presentation,
    join: Join,
    found: Mapping[EntityId, Entity],
) -> list[Linking]:
    """Answer with entities and, behind them, those they link to, each once and how to show it."""
    level = start(entities, how)
    met = {linking.entity.id: linking for linking in level}
    for _ in range(join.level):
        level = follow(level, context, join, found)
        for linking in level:
            met.setdefault(linking.entity.id, linking)
        _require_few(len(met) - len(entities), join)
    return list(met.values())


def inline(
    entity: Entity,
    context: Context,
    how: Presentation,
    join: Join,
    found: Mapping[EntityId, Entity],
) -> JsonObject:
    """Write an Entity with those it links to inside its Relationships.

    An Entity is not written inside itself, however far round the way back is.

    Spec: CIM 009 §4.5.23.2
    Raises:
        TooManyResults: it links to more than the join allows.
    """
    assembly = _Assembly(context, join, found)
    return assembly.document(Linking(entity, how), join.level, join.contained_by | {entity.id})


@dataclass(slots=True)
class _Assembly:
    """One Entity's document in the making, and how many linked ones are in it."""

    context: Context
    join: Join
    found: Mapping[EntityId, Entity]
    joined: int = field(default=0)

    def document(self, linking: Linking, level: int, met: frozenset[EntityId]) -> JsonObject:
        """Write an Entity and, while levels are left, what it links to."""
        document = present(linking.entity, self.context, linking.how)
        if not level:
            return document
        writing = linking.how.writing(self.context)
        for relationship, instances in _relationships(linking, self.context):
            how = _behind(relationship, linking.how)

            def write(target: Target, how: Presentation = how) -> JsonObject | None:
                entity = None if target.id in met else self.found.get(target.id)
                if entity is None:
                    return None
                self.joined += 1
                _require_few(self.joined, self.join)
                return self.document(Linking(entity, how), level - 1, met | {entity.id})

            name = writing.name(relationship)
            put = _replaced if how.form is Form.SIMPLIFIED else _added
            document[name] = put(document[name], instances, write)
        return document


_Write = Callable[[Target], JsonObject | None]


def _added(written: JsonValue, instances: Sequence[Instance], write: _Write) -> JsonValue:
    """Add linked entities to normalized or concise Relationships, as entity or entityList."""
    if isinstance(written, list):
        pairs = zip(written, instances, strict=True)
        return [_added(item, [instance], write) for item, instance in pairs]
    (instance,) = instances
    documents = [one for one in map(write, _targets(instance)) if one is not None]
    if not documents:
        return written
    is_one = isinstance(instance.get("object"), str)
    member = "entityList" if "objectList" in instance else "entity"
    linked: JsonValue = documents[0] if is_one else cast("list[JsonValue]", documents)
    return {**cast("JsonObject", written), member: linked}


def _replaced(written: JsonValue, instances: Sequence[Instance], write: _Write) -> JsonValue:
    """Put linked entities in the place of the URIs of simplified Relationships (§4.5.4)."""
    if isinstance(written, dict):
        values = cast("JsonObject", written["dataset"])
        pairs = zip(values.items(), instances, strict=True)
        return {
            "dataset": {
                name: _replaced(value, [instance], write) for (name, value), instance in pairs
            }
        }
    (instance,) = instances
    linked = [write(target) or target.id for target in _targets(instance)]
    return cast("list[JsonValue]", linked) if isinstance(written, list) else linked[0]


def _relationships(linking: Linking, context: Context) -> Iterator[tuple[Iri, list[Instance]]]:
    """Walk the Relationships of an Entity that are shown, with the instances that are."""
    how = linking.how
    writing = how.writing(context)
    for iri, instances in linking.entity.attributes.items():
        if instances[0]["type"] in _LINKS and how.keeps_attribute(iri):
            visible = shown(instances, how, writing)
            if visible and all(instance["type"] in _LINKS for instance in visible):
                yield iri, visible


def _targets(instance: Instance) -> Iterator[Target]:
    objects = instance[_LINKS[str(instance["type"])]]
    types = instance.get("objectType", [])
    names = tuple(Iri(str(name)) for name in (types if isinstance(types, list) else [types]))
    for uri in objects if isinstance(objects, list) else [objects]:
        yield Target(EntityId(str(uri)), names)


def _behind(relationship: Iri, how: Presentation) -> Presentation:
    """Say how the Entity behind a Relationship is shown: names in braces are about it (§4.21)."""
    return replace(
        how,
        pick=how.pick.behind(relationship) if how.pick else None,
        omit=how.omit.behind(relationship) if how.omit else None,
        attributes=None,
        dataset_ids=None,
    )


def _require_few(count: int, join: Join) -> None:
    if count > join.most:
        raise TooManyResults(
            f"The join leads to more than {join.most} linked entities; right would be a smaller"
            " joinLevel or a pick without some Relationships"
        )
