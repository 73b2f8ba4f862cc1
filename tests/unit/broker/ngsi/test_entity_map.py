"""Entity maps: places, expiry, questions, and filters narrowed to their entities (§5.5.14)."""

from datetime import UTC, datetime, timedelta

import pytest

from broker.ngsi.entity import Entity
from broker.ngsi.entity_map import (
    EntityMap,
    EntityMapId,
    MapBounds,
    among,
    is_selected,
    map_expiry,
    map_id_of,
    narrowed,
    question_of,
    updated_expiry,
)
from broker.ngsi.errors import BadRequestData
from broker.ngsi.names import EntityId, Iri
from broker.ngsi.queries import EntityFilter, EntitySelector
from broker.ngsi.query_request import OrderAsking, QueryRequest, Selecting
from broker.ngsi.selection import parse_selection

NOW = datetime(2026, 9, 1, tzinfo=UTC)
BOUNDS = MapBounds(lifetime=timedelta(minutes=5), longest=timedelta(hours=1))
A, B, C, D = (EntityId(f"urn:ngsi-ld:AED:{letter}") for letter in "abcd")


def a_map(*members: EntityId | None) -> EntityMap:
    return EntityMap(
        id=EntityMapId("urn:ngsi-ld:EntityMap:1"), members=members, question="", expires_at=NOW
    )


def an_entity(entity_id: EntityId, type_: str = "https://example.org/AED") -> Entity:
    return Entity(id=entity_id, types=(Iri(type_),), attributes={}, created_at=NOW, modified_at=NOW)


@pytest.mark.parametrize(
    ("place", "count", "expected"),
    [(4, 2, 0), (4, 1, 3), (3, 1, 0), (1, 2, 0), (4, 0, 0), (9, 1, 3)],
)
def test_the_page_before_a_place_is_counted_by_members_that_are_there(
    place: int, count: int, expected: int
) -> None:
    assert a_map(A, None, None, D).before(place, count) == expected


def test_removed_members_are_not_among_the_ids() -> None:
    assert a_map(A, None, C).ids == [A, C]


@pytest.mark.parametrize(
    ("suggested", "expected"),
    [(None, timedelta(minutes=5)), ("PT30S", timedelta(seconds=30)), ("P9D", timedelta(hours=1))],
)
def test_a_map_lives_as_suggested_within_bounds(suggested: str | None, expected: timedelta) -> None:
    assert map_expiry(suggested, BOUNDS, NOW) == NOW + expected


def test_an_update_cannot_exceed_the_bounds_and_may_end_a_map() -> None:
    assert (
        updated_expiry({"expiresAt": "2030-01-01T00:00:00Z"}, BOUNDS, NOW) == NOW + BOUNDS.longest
    )
    past = datetime(2000, 1, 1, tzinfo=UTC)
    assert updated_expiry({"expiresAt": "2000-01-01T00:00:00Z"}, BOUNDS, NOW) == past
    assert updated_expiry({"entityMap": {}, "linkedMaps": {}}, BOUNDS, NOW) is None


def test_a_reference_is_a_url_a_path_or_an_id() -> None:
    expected = "urn:ngsi-ld:EntityMap:1"
    for reference in (
        expected,
        f"/a/{expected}",
        "https://a.example/urn%3Angsi-ld%3AEntityMap%3A1",
    ):
        assert map_id_of(reference) == expected


def test_questions_differ_by_filters_order_and_context_alone() -> None:
    selecting = (Selecting(type="AED"),)
    asked = QueryRequest(selecting=selecting, q="a==1")
    same = QueryRequest(
        selecting=(Selecting(type="AED", ids=("urn:a",), id_pattern=".*"),),
        q="a==1",
        pick="id",
        lang="ja",
        entity_map=True,
    )
    assert question_of(asked, None) == question_of(same, None)
    others = [
        QueryRequest(selecting=selecting, q="a==2"),
        QueryRequest(selecting=selecting, q="a==1", scope_q="/a"),
        QueryRequest(selecting=(Selecting(type="Other"),), q="a==1"),
        QueryRequest(selecting=selecting, q="a==1", order=OrderAsking(order_by=("a",))),
    ]
    questions = {question_of(one, None) for one in (asked, *others)}
    assert len(questions) == 5
    assert question_of(asked, "https://example.org/c.jsonld") not in questions


def test_a_filter_among_ids_forgets_its_own_ids_and_patterns() -> None:
    types = parse_selection("AED", lambda name: Iri(f"https://example.org/{name}"))
    wanted = EntityFilter(
        selectors=(EntitySelector(types=types, ids=(A,)), EntitySelector(id_pattern="x"))
    )
    assert among(wanted, [B]).selectors == (
        EntitySelector(types=types, ids=(B,)),
        EntitySelector(ids=(B,)),
    )
    assert among(EntityFilter(), [B]).selectors == (EntitySelector(ids=(B,)),)


def test_a_narrowed_filter_keeps_what_each_selector_means() -> None:
    wanted = EntityFilter(
        selectors=(EntitySelector(ids=(A, D)), EntitySelector(id_pattern="[bc]$"))
    )
    assert narrowed(wanted, [A, B]) == EntityFilter(
        selectors=(EntitySelector(ids=(A,)), EntitySelector(ids=(B,)))
    )
    assert narrowed(wanted, [EntityId("urn:ngsi-ld:AED:z")]) is None
    assert narrowed(EntityFilter(), [A]) == EntityFilter(selectors=(EntitySelector(ids=(A,)),))


def test_an_entity_is_selected_by_type_id_and_pattern() -> None:
    assert is_selected(EntityFilter(), an_entity(A))
    assert is_selected(EntityFilter(selectors=(EntitySelector(ids=(A,)),)), an_entity(A))
    assert not is_selected(EntityFilter(selectors=(EntitySelector(ids=(A,)),)), an_entity(B))


@pytest.mark.parametrize("fragment", [{"type": "X"}, {"expiresAt": None}, {"other": 1}])
def test_what_is_no_fragment_is_refused(fragment: dict[str, str | int | None]) -> None:
    with pytest.raises(BadRequestData):
        updated_expiry({**fragment}, BOUNDS, NOW)
