"""Everything the house of data models asks of the outside world."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

from kit.json import JsonObject


class EntitySink(Protocol):
    """Takes the entities of an import: a broker's tenant, or a test's dict.

    Entities are normalized, with the model's names for types and attributes.
    """

    async def existing(self, ids: Sequence[str]) -> Mapping[str, JsonObject]:
        """Read the current entities there are of these ids.

        Raises:
            SinkRefused: they cannot be read.
        """
        ...

    async def upsert(self, entities: Sequence[JsonObject]) -> Mapping[str, str]:
        """Create the entities, or set the attributes given on those that exist.

        Attributes that are not given stay: others may write them.

        Returns:
            for each id that was refused, why.

        Raises:
            SinkRefused: nothing can be written.
        """
        ...

    async def remove(self, id_: str, attributes: Sequence[str]) -> None:
        """Remove attributes of an entity; one that is not there is no error.

        Raises:
            SinkRefused: it cannot be written.
        """
        ...


class EntitySource(Protocol):
    """Gives the entities for an export, normalized, with the model's names."""

    def every(self) -> AsyncIterator[JsonObject]:
        """Read all entities of the model's type, in order of id.

        Raises:
            SinkRefused: they cannot be read.
        """
        ...
