"""Everything the house of data models asks of the outside world."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from datamodels.model.adoption import Adoption, Found
from datamodels.model.model import Model
from datamodels.model.schedule import Schedule
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


class Schedules(Protocol):
    """Files that are imported again and again."""

    async def put(self, schedule: Schedule) -> int:
        """Add one, or replace the one of the same tenant, model and source; answers its number."""
        ...

    async def of(self, tenant: int) -> Sequence[Schedule]:
        """Read a tenant's, oldest first."""
        ...

    async def hasten(self, tenant: int, id_: int, at: datetime) -> bool:
        """Let one be due now; False: there is none."""
        ...

    async def remove(self, tenant: int, id_: int) -> bool:
        """Remove one; False: there is none."""
        ...

    async def claim(self, now: datetime, lease_s: float) -> tuple[Schedule, int] | None:
        """Take one that is due, for a while and with a number; None: nothing is due."""
        ...

    async def finish(self, schedule: Schedule, lease: int) -> bool:
        """Write down what became of it; False: another process has taken it meanwhile."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """A source's present content, as a file of this process's own.

    Args:
        path: None: it is what it was.
        etag: what its server calls this version; `last_modified`: its date.
    """

    path: Path | None
    etag: str | None = None
    last_modified: str | None = None


class Gathering(Protocol):
    """Brings the files of sources here."""

    def gather(self, schedule: Schedule) -> AbstractAsyncContextManager[Gathered]:
        """Lend a source's file, if it is another than the last time.

        Raises:
            UnreadableFile: it cannot be had.
        """
        ...


class EntityKeeper(EntitySink, EntitySource, Protocol):
    """Takes, gives and deletes a tenant's entities of one model."""

    async def delete(self, ids: Sequence[str]) -> None:
        """Delete entities; one that is not there is no error.

        Raises:
            SinkRefused: they cannot be deleted.
        """
        ...


class Turn(Protocol):
    """One read among a tenant's requests.

    Args:
        bytes: what the answer's body has.
    """

    bytes: int


class TenantData(Protocol):
    """The entities of tenants; decides who may read them."""

    def turn(self, tenant: str, principal: Principal) -> AbstractAsyncContextManager[Turn]:
        """Lend a turn among the tenant's requests, which counts as one of them.

        Raises:
            AskedTooOften: the tenant is asked more often than it may be.
            TenantUnknown, SinkRefused: as below.
        """
        ...

    async def entities(self, tenant: str, model: Model, principal: Principal) -> EntityKeeper:
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
