"""A sink and source of entities in memory, and files to read."""

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import pytest

from kit.json import JsonObject

SHARED_DATA = Path(__file__).parents[4] / "shared" / "data"


def shared_file(name: str) -> Path:
    """Answer with a real municipal file, or skip the test where it is not there."""
    path = SHARED_DATA / name
    if not path.exists():
        pytest.skip(f"../shared/data/{name} is not here")
    return path


class MemorySink:
    """Keeps entities as a broker's tenant does; counts what it is sent."""

    def __init__(self, refused: Mapping[str, str] | None = None) -> None:
        self.entities: dict[str, JsonObject] = {}
        self.sent = 0
        self.largest_batch = 0
        self._refused = refused or {}

    async def existing(self, ids: Sequence[str]) -> Mapping[str, JsonObject]:
        return {id_: self.entities[id_] for id_ in ids if id_ in self.entities}

    async def upsert(self, entities: Sequence[JsonObject]) -> Mapping[str, str]:
        self.sent += len(entities)
        self.largest_batch = max(self.largest_batch, len(entities))
        refused = {}
        for entity in entities:
            id_ = str(entity["id"])
            if id_ in self._refused:
                refused[id_] = self._refused[id_]
            else:
                self.entities[id_] = {**self.entities.get(id_, {}), **entity}
        return refused

    async def remove(self, id_: str, attributes: Sequence[str]) -> None:
        for name in attributes:
            self.entities[id_].pop(name, None)

    async def every(self) -> AsyncIterator[JsonObject]:
        for id_ in sorted(self.entities):
            yield self.entities[id_]
