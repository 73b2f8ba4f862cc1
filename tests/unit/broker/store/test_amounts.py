"""By how much what is stored grows is what measuring both states whole would tell."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from broker.ngsi.entity import Attributes, Entity, Instance
from broker.ngsi.names import EntityId, Iri
from broker.store.amounts import NOTHING, amount_of, growth

NAMES = [Iri(f"https://example.org/{name}") for name in ("a", "属性", "c", 'd"d')]
TEXTS = st.sampled_from(["", "a", '"', "避難所", "\\"])
VALUES = st.one_of(st.none(), st.integers(-5, 5), TEXTS, st.lists(st.booleans(), max_size=2))
INSTANCES = st.lists(
    st.builds(lambda value: Instance(type="Property", value=value), VALUES), min_size=1, max_size=3
)
ATTRIBUTES = st.dictionaries(st.sampled_from(NAMES), INSTANCES)


def an_entity(attributes: Attributes) -> Entity:
    at = datetime(2026, 9, 1, tzinfo=UTC)
    return Entity(
        id=EntityId("urn:a:1"),
        types=(Iri("urn:T"),),
        attributes=attributes,
        created_at=at,
        modified_at=at,
    )


@given(ATTRIBUTES, ATTRIBUTES, st.sets(st.sampled_from(NAMES)))
def test_growth_is_the_difference_of_both(
    old: Attributes, given_ones: Attributes, kept: set[Iri]
) -> None:
    new = {**given_ones, **{name: old[name] for name in kept if name in old}}
    before, after = an_entity(old), an_entity(new)
    assert growth(before, after) == amount_of(after) - amount_of(before)


@given(ATTRIBUTES)
def test_what_comes_and_goes_is_measured_whole(attributes: Attributes) -> None:
    entity = an_entity(attributes)
    assert growth(None, entity) == amount_of(entity)
    assert growth(entity, None) == NOTHING - amount_of(entity)
    assert growth(None, None) == NOTHING
