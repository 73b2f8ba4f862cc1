"""Entities come out of an archive as they went in, their times and those of their parts too."""

from datetime import UTC, datetime
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.ngsi.archive import (
    FORMAT,
    DamagedArchive,
    entity_line,
    entity_of_line,
    read_manifest,
)
from broker.ngsi.entity import Entity, Instance
from broker.ngsi.names import EntityId, Iri
from kit.json import JsonValue

CREATED = datetime(2026, 9, 1, tzinfo=UTC)
STAMPS = ["2026-09-01T00:00:00Z", "2026-09-02T00:00:00.000001Z", "2026-09-03T00:00:00Z"]
NAMES = [
    "https://uri.etsi.org/ngsi-ld/default-context/capacity",
    "https://uri.etsi.org/ngsi-ld/name",
    "https://example.jp/ns#open",
]
VALUES: dict[str, tuple[str, JsonValue]] = {
    "Property": ("value", {"a": [1, True, "x"]}),
    "Relationship": ("object", ["urn:a:1", "urn:a:2"]),
    "VocabProperty": ("vocab", "https://example.jp/ns#wide"),
    "LanguageProperty": ("languageMap", {"ja": "更別", "@none": "x"}),
    "JsonProperty": ("json", {"type": "Point", "x": None}),
    "ListProperty": ("valueList", [1, {"b": 2}]),
    "ListRelationship": ("objectList", ["urn:a:1"]),
    "GeoProperty": ("value", {"type": "Point", "coordinates": [141.3, 43.0]}),
}


@st.composite
def instances(draw: st.DrawFn, depth: int = 0) -> list[Instance]:
    datasets = draw(st.sets(st.sampled_from(["", "urn:d:1", "urn:d:2"]), min_size=1, max_size=2))
    found: list[Instance] = []
    for dataset in sorted(datasets):
        kind = draw(st.sampled_from(sorted(VALUES)))
        member, value = VALUES[kind]
        instance: Instance = {"type": kind, member: value}
        if dataset:
            instance["datasetId"] = dataset
        for stamp in ("createdAt", "modifiedAt", "observedAt", "expiresAt"):
            if draw(st.booleans()):
                instance[stamp] = draw(st.sampled_from(STAMPS))
        if depth < 2 and draw(st.booleans()):
            instance[draw(st.sampled_from(NAMES))] = cast("JsonValue", draw(instances(depth + 1)))
        found.append(instance)
    return found


entities = st.builds(
    Entity,
    id=st.just(EntityId("urn:ngsi-ld:AED:1")),
    types=st.sampled_from([(Iri(NAMES[2]),), (Iri(NAMES[0]), Iri(NAMES[2]))]),
    attributes=st.dictionaries(st.sampled_from(NAMES).map(Iri), instances(), max_size=3),
    created_at=st.just(CREATED),
    modified_at=st.just(datetime(2026, 9, 2, tzinfo=UTC)),
    scopes=st.sampled_from([(), ("/a",), ("/a", "/b/c")]),
    expires_at=st.sampled_from([None, datetime(2199, 1, 1, tzinfo=UTC)]),
)


@given(entities)
@settings(max_examples=80)
def test_an_entity_is_written_and_read_without_a_loss(entity: Entity) -> None:
    line = entity_line(entity)
    read = entity_of_line(line)
    assert entity_line(read) == line
    assert (read.id, read.types, read.scopes) == (entity.id, entity.types, entity.scopes)
    assert (read.created_at, read.modified_at, read.expires_at) == (
        entity.created_at,
        entity.modified_at,
        entity.expires_at,
    )


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({}, "not the manifest"),
        ({"format": FORMAT, "formatVersion": 99}, "format version 99"),
        ({"format": FORMAT, "formatVersion": 1}, "not whole"),
    ],
)
def test_what_is_no_manifest_is_refused(document: JsonValue, told: str) -> None:
    with pytest.raises(DamagedArchive, match=told):
        read_manifest(document)
