"""A Change that is written down says after reading what it said before."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from broker.ngsi.apply import apply
from broker.ngsi.change_document import read_change, write_change
from broker.ngsi.changes import Change
from broker.ngsi.commands import (
    Append,
    Command,
    Create,
    Delete,
    DeleteAttribute,
    Merge,
    Replace,
    Update,
)
from broker.ngsi.entity import Entity, Fragment, Instance
from broker.ngsi.errors import NgsiLdError
from broker.ngsi.names import Iri
from tests.entities import SCHOOL, SHELTER, an_id, now

NAMES = [Iri(f"https://example.org/{name}") for name in "abc"]
DATASETS = st.sampled_from([None, "urn:x:1", "urn:x:2"])


def an_instance(value: int, dataset_id: str | None) -> Instance:
    instance: Instance = {"type": "Property", "value": value}
    return instance if dataset_id is None else {**instance, "datasetId": dataset_id}


INSTANCES = st.lists(
    st.tuples(st.integers(0, 3), DATASETS), min_size=1, max_size=3, unique_by=lambda one: one[1]
).map(lambda several: [an_instance(*one) for one in several])
FRAGMENTS = st.builds(
    lambda types, attributes, scopes: Fragment(types=types, attributes=attributes, scopes=scopes),
    st.sampled_from([(SHELTER,), (SHELTER, SCHOOL)]),
    st.dictionaries(st.sampled_from(NAMES), INSTANCES, max_size=3),
    st.sampled_from([None, ("/a",)]),
)


def command_of(kind: type, fragment: Fragment, step: int) -> Command:
    at = now() + timedelta(seconds=step)
    if kind is Delete:
        return Delete(id=an_id(), at=at)
    if kind is DeleteAttribute:
        return DeleteAttribute(id=an_id(), at=at, attribute=NAMES[0], delete_all=True)
    made: Command = kind(id=an_id(), at=at, fragment=fragment)
    return made


def comparable(entity: Entity | None) -> object:
    """Instances of an attribute have no order of their own; nor do attributes."""
    if entity is None:
        return None
    attributes = {
        name: sorted(instances, key=lambda one: str(one.get("datasetId")))
        for name, instances in entity.attributes.items()
    }
    return (entity.types, attributes, entity.created_at, entity.modified_at, entity.scopes)


KINDS = st.sampled_from([Create, Append, Update, Replace, Merge, Delete, DeleteAttribute])


@given(st.lists(st.tuples(KINDS, FRAGMENTS), max_size=8))
@settings(max_examples=150)
def test_what_is_read_is_what_was_written(steps: list[tuple[type, Fragment]]) -> None:
    entity: Entity | None = None
    for step, (kind, fragment) in enumerate(steps):
        try:
            change = apply(command_of(kind, fragment, step), entity).change
        except NgsiLdError:
            continue
        if change is not None:
            require_same(change, read_change(write_change(change)))
            entity = change.after


def require_same(written: Change, read: Change) -> None:
    assert (written.entity_id, written.at) == (read.entity_id, read.at)
    assert comparable(written.after) == comparable(read.after)
    assert comparable(written.before) == comparable(read.before)
    assert written.attributes == read.attributes
