"""Entities as documents: members, representation and names as asked for (§4.5.1, §4.5.4)."""

from dataclasses import dataclass
from datetime import datetime

from broker.ngsi.compact import PLAIN, Form, Writing, write_attribute
from broker.ngsi.contexts import Context
from broker.ngsi.entity import Entity, Instance
from broker.ngsi.languages import Languages
from broker.ngsi.names import DEFAULT_DATASET, Iri
from broker.ngsi.projection import Projection
from broker.ngsi.values import format_instant
from kit.json import JsonObject, JsonValue

__all__ = ["NORMALIZED", "Form", "Presentation", "present", "shown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentation:
    """What a request wants to see of entities, and how.

    Args:
        form: the representation.
        sys_attrs: with createdAt, modifiedAt and expiresAt (§6.3.11).
        languages: one text of each LanguageProperty instead of all (§4.15).
        pick: only these members (§4.21).
        omit: all but these members.
        attributes: only these attributes (`attrs`); id, type and scope stay.
        dataset_ids: only these instances; `@none` means the default one (§4.5.5).
        geometry_property: in GeoJSON, whose value is the geometry; None: location (§4.5.16).
        now: what expired before is not shown (§4.22); None: all is shown.
    """

    form: Form = Form.NORMALIZED
    sys_attrs: bool = False
    languages: Languages | None = None
    pick: Projection | None = None
    omit: Projection | None = None
    attributes: frozenset[Iri] | None = None
    dataset_ids: frozenset[str] | None = None
    geometry_property: Iri | None = None
    now: datetime | None = None

    def keeps(self, member: str) -> bool:
        """Tell whether pick and omit leave a member: an attribute's IRI, or `id`, `type`, etc."""
        if self.pick is not None and member not in self.pick.members:
            return False
        return self.omit is None or self.omit.members.get(member, self) is not None

    def keeps_attribute(self, iri: Iri) -> bool:
        """Tell whether pick, omit and attrs leave an attribute."""
        return (self.attributes is None or iri in self.attributes) and self.keeps(iri)

    def writing(self, context: Context) -> Writing:
        """Say how attribute instances are written."""
        return Writing(context, self.form, self.sys_attrs, self.languages, self.now)


NORMALIZED = Presentation()


def present(entity: Entity, context: Context, how: Presentation = NORMALIZED) -> JsonObject:
    """Write an Entity as a document; an empty one where pick and omit leave nothing.

    The document shares its parts with the Entity: neither may be changed in place.

    Spec: CIM 009 §4.5.1, §4.5.4, §5.7.1.4
    """
    writing = how.writing(context)
    is_plain = (
        how.form is Form.NORMALIZED
        and not how.sys_attrs
        and how.languages is None
        and how.dataset_ids is None
    )
    keeps_all = how.pick is None and how.omit is None and how.attributes is None
    created_at = format_instant(entity.created_at) if how.sys_attrs else ""
    document = _head(entity, context, how)
    for iri, instances in entity.attributes.items():
        if not (keeps_all or how.keeps_attribute(iri)):
            continue
        if is_plain and len(instances) == 1 and PLAIN.issuperset(instances[0]):
            document[writing.name(iri)] = instances[0]
        elif visible := shown(instances, how, writing):
            document[writing.name(iri)] = write_attribute(visible, writing, created_at)
    return document


def shown(instances: list[Instance], how: Presentation, writing: Writing) -> list[Instance]:
    """Answer with the instances that the request wants and that are not expired (§4.5.5, §4.22)."""
    wanted = how.dataset_ids
    return [
        instance
        for instance in instances
        if (wanted is None or instance.get("datasetId", DEFAULT_DATASET) in wanted)
        and writing.is_shown(instance)
    ]


def type_names(entity: Entity, context: Context) -> JsonValue:
    """Write the types of an Entity: one as a text, several as an array."""
    if len(entity.types) == 1:
        return context.compact(entity.types[0])
    return [context.compact(name) for name in entity.types]


def _head(entity: Entity, context: Context, how: Presentation) -> JsonObject:
    """Write the members of an Entity that are no attributes."""
    head: JsonObject = {"id": entity.id, "type": type_names(entity, context)}
    if entity.scopes:
        head["scope"] = entity.scopes[0] if len(entity.scopes) == 1 else list(entity.scopes)
    if how.sys_attrs:
        head["createdAt"] = format_instant(entity.created_at)
        head["modifiedAt"] = format_instant(entity.modified_at)
        if entity.expires_at is not None:
            head["expiresAt"] = format_instant(entity.expires_at)
    if how.pick is None and how.omit is None:
        return head
    return {member: value for member, value in head.items() if how.keeps(member)}
