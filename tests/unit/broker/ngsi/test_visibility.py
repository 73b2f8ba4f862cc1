"""What callers see: by type, and of some types what is about themselves."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from broker.ngsi.entity import Entity
from broker.ngsi.names import EntityId, Iri
from broker.ngsi.visibility import shows, shows_kind, visibility_of
from kit.json import JsonObject

NOW = datetime(2026, 4, 1, tzinfo=UTC)
TYPES = [Iri(f"https://example.jp/{name}") for name in "ABCD"]
OWNER = Iri("https://example.jp/owner")


def an_entity(types: list[Iri], owner: str | None) -> Entity:
    named: list[JsonObject] = [{"type": "Property", "value": owner}]
    attributes = {} if owner is None else {OWNER: named}
    return Entity(
        id=EntityId("urn:e:1"),
        types=tuple(types),
        attributes=attributes,
        created_at=NOW,
        modified_at=NOW,
    )


@settings(max_examples=200)
@given(
    others=st.booleans(),
    exceptions=st.frozensets(st.sampled_from(TYPES)),
    owned=st.frozensets(st.sampled_from(TYPES)),
    types=st.lists(st.sampled_from(TYPES), min_size=1, unique=True),
    owner=st.sampled_from([None, "hanako", "taro"]),
)
def test_an_entity_is_seen_where_each_of_its_types_passes(
    others: bool,
    exceptions: frozenset[Iri],
    owned: frozenset[Iri],
    types: list[Iri],
    owner: str | None,
) -> None:
    exceptions -= owned
    visibility = visibility_of(
        others=others,
        exceptions=exceptions,
        owners=dict.fromkeys(owned, OWNER),
        subject="hanako",
    )
    entity = an_entity(types, owner)
    passes = all(
        owner == "hanako" if type_ in owned else (type_ in exceptions) != others for type_ in types
    )
    assert shows(visibility, entity, NOW) == passes
    if passes:
        assert shows_kind(visibility, types)


def test_who_is_named_in_a_list_of_owners_sees_the_entity() -> None:
    visibility = visibility_of(
        others=True, exceptions=(), owners={TYPES[0]: OWNER}, subject="hanako"
    )
    entity = an_entity([TYPES[0]], None)
    several: list[JsonObject] = [{"type": "Property", "value": ["taro", "hanako"]}]
    shared = {OWNER: several}
    assert not shows(visibility, entity, NOW)
    assert shows(
        visibility,
        Entity(
            id=entity.id,
            types=entity.types,
            attributes=shared,
            created_at=NOW,
            modified_at=NOW,
        ),
        NOW,
    )
