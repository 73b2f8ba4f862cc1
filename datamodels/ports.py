"""Everything the house of data models asks of the outside world."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from datamodels.model.adoption import Adoption, Found
from datamodels.model.model import Model
from datamodels.model.words import Words
from joint_use import Principal, Tenant
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


@dataclass(frozen=True, slots=True)
class Noted:
    """How often a place was wrong since it was last noted."""

    tenant: int
    type: str
    place: str
    is_refused: bool
    count: int
    last: Words


class Adoptions(Protocol):
    """What tenants have adopted, and what was found in what they wrote."""

    async def changed_since(self, change: int) -> Sequence[Adoption]:
        """Read what was set after a change, in order."""
        ...

    async def of(self, tenant: int) -> Sequence[Adoption]:
        """Read what a tenant has adopted, by type."""
        ...

    async def put(self, adoption: Adoption) -> None:
        """Set what a tenant asks of a type; every process hears of it."""
        ...

    async def note(self, noted: Sequence[Noted], at: datetime) -> None:
        """Add to the counts of what was found."""
        ...

    async def found(self, tenant: int) -> Sequence[Found]:
        """Read what was found in what a tenant wrote, the most frequent first."""
        ...


class TenantData(Protocol):
    """The entities of tenants; decides who may read them."""

    async def entities(self, tenant: str, model: Model, principal: Principal) -> EntitySource:
        """Answer with a tenant's entities of a model.

        Raises:
            NotAllowed: the caller may not read them.
            TenantUnknown: there is no such tenant.
            SinkRefused: they are not kept here.
        """
        ...

    async def datasets(self, tenant: str, principal: Principal) -> tuple[Tenant, Mapping[str, int]]:
        """Answer with a tenant, and how many entities of each type it has, by IRI.

        Raises:
            NotAllowed, TenantUnknown, SinkRefused: as above.
        """
        ...


class Indexing(Protocol):
    """Declares attributes by which a tenant's entities are looked for."""

    async def declare(self, tenant: Tenant, iri: str) -> None:
        """Index an attribute; one that is indexed already, or one too many, is no error."""
        ...
