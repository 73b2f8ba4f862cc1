"""One stored Entity on its way to its next state, and the record of what happened to it."""

from collections.abc import Iterable
from datetime import datetime

from broker.ngsi.changes import AttributeChange, Change, Effect
from broker.ngsi.commands import Applied, NotUpdated
from broker.ngsi.entity import Attributes, Entity, Instance
from broker.ngsi.instances import born, differs, find, renewed
from broker.ngsi.names import DatasetId, Iri
from broker.ngsi.values import format_instant


class Draft:
    """The next state of an Entity, built attribute instance by attribute instance.

    Args:
        before: its present state, without what is expired.
        at: when the change happens; never before the Entity's last one.
    """

    __slots__ = (
        "at", "attributes", "before", "changes", "expires_at", "is_touched", "not_updated",
        "scopes", "stamp", "types", "updated",
    )  # fmt: skip

    def __init__(self, before: Entity, at: datetime) -> None:
        self.before = before
        self.at = max(at, before.modified_at)
        self.stamp = format_instant(self.at)
        self.types = before.types
        self.attributes: dict[Iri, list[Instance]] = dict(before.attributes)
        self.scopes = before.scopes
        self.expires_at = before.expires_at
        self.changes: list[AttributeChange] = []
        self.updated: dict[Iri, None] = {}
        self.not_updated: list[NotUpdated] = []
        self.is_touched = False

    def position(self, attribute: Iri, instance: Instance) -> int:
        """Answer with where the instance of the same datasetId is, or -1."""
        instances = self.attributes.get(attribute)
        return -1 if instances is None else find(instances, instance.get("datasetId"))

    def put(self, attribute: Iri, instance: Instance) -> None:
        """Add an instance, or let it take the place of the one with its datasetId."""
        position = self.position(attribute, instance)
        if position < 0:
            self.add(attribute, instance)
        else:
            old = self.attributes[attribute][position]
            self.exchange(attribute, position, renewed(instance, old, self.stamp))

    def add(self, attribute: Iri, instance: Instance) -> None:
        """Add an instance that the Entity does not have yet."""
        new = born(instance, self.stamp)
        self.attributes[attribute] = [*self.attributes.get(attribute, ()), new]
        self._record(attribute, Effect.CREATED, None, new)

    def exchange(
        self, attribute: Iri, position: int, instance: Instance, *, is_recorded: bool = True
    ) -> None:
        """Put a stamped instance in the place of another; unrecorded: no matter of history."""
        instances = self.attributes[attribute]
        old = instances[position]
        self.attributes[attribute] = [
            *instances[:position], instance, *instances[position + 1 :]
        ]  # fmt: skip
        if is_recorded:
            self._record(attribute, Effect.UPDATED, old, instance, differ=differs(old, instance))
        else:
            self._touch(attribute)

    def remove(self, attribute: Iri, position: int) -> None:
        """Take an instance away, and the attribute with its last one."""
        instances = self.attributes[attribute]
        old = instances[position]
        left = [*instances[:position], *instances[position + 1 :]]
        if left:
            self.attributes[attribute] = left
        else:
            del self.attributes[attribute]
        self._record(attribute, Effect.DELETED, old, None)

    def remove_all(self, attribute: Iri) -> None:
        """Take an attribute away with all of its instances."""
        for old in self.attributes.pop(attribute):
            self._record(attribute, Effect.DELETED, old, None)

    def add_types(self, types: Iterable[Iri]) -> None:
        """Add the types that the Entity does not have (§4.16: none is ever taken away)."""
        added = tuple(one for one in dict.fromkeys(types) if one not in self.types)
        if added:
            self.types = (*self.types, *added)
            self.is_touched = True

    def set_scopes(self, scopes: tuple[str, ...]) -> None:
        """Replace the scopes, each named once."""
        self.scopes = tuple(dict.fromkeys(scopes))
        self.is_touched = True

    def set_expiry(self, expires_at: datetime | None) -> None:
        """Let the Entity expire at another instant; None: never."""
        self.is_touched = self.is_touched or expires_at != self.expires_at
        self.expires_at = expires_at

    def leave(self, name: str, reason: str) -> None:
        """Note that something was left as it was."""
        self.not_updated.append(NotUpdated(attribute=name, reason=reason))

    def applied(self) -> Applied:
        """Answer with what was done, with no change where nothing was."""
        return Applied(
            change=self._change() if self.is_touched else None,
            updated=tuple(self.updated),
            not_updated=tuple(self.not_updated),
        )

    def _change(self) -> Change:
        return Change(
            entity_id=self.before.id,
            at=self.at,
            before=self.before,
            after=self._after(),
            attributes=tuple(self.changes),
        )

    def _after(self) -> Entity:
        attributes: Attributes = self.attributes
        return Entity(
            id=self.before.id,
            types=self.types,
            attributes=attributes,
            created_at=self.before.created_at,
            modified_at=self.at,
            scopes=self.scopes,
            expires_at=self.expires_at,
        )

    def _touch(self, attribute: Iri) -> None:
        self.is_touched = True
        self.updated[attribute] = None

    def _record(
        self,
        attribute: Iri,
        effect: Effect,
        before: Instance | None,
        after: Instance | None,
        *,
        differ: bool = True,
    ) -> None:
        self._touch(attribute)
        dataset_id = (after or before or {}).get("datasetId")
        self.changes.append(
            AttributeChange(
                attribute=attribute,
                dataset_id=DatasetId(dataset_id) if isinstance(dataset_id, str) else None,
                effect=effect,
                before=before,
                after=after,
                differs=differ,
            )
        )
