"""Everything the broker asks of the outside world, on one page."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from broker.ngsi.commands import Applied, Command
from broker.ngsi.contexts import Context
from broker.ngsi.entity import Entity
from broker.ngsi.errors import NgsiLdError
from broker.ngsi.names import EntityId, Iri
from broker.ngsi.queries import EntityFilter, Window
from joint_use import Tenant
from kit.clock import Clock
from kit.json import JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a query: the entities in order, whether more follow, the total if asked for."""

    entities: Sequence[Entity]
    more: bool
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeUse:
    """One combination of types that entities have, and how many have it."""

    types: tuple[Iri, ...]
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeUse:
    """One attribute as entities of one type combination have it: kinds and how many entities."""

    attribute: Iri
    types: tuple[Iri, ...]
    kinds: tuple[str, ...]
    count: int


class EntityStore(Protocol):
    """Entities of a tenant: read, queried, and changed by commands in durable groups."""

    async def write(self, tenant: Tenant, command: Command) -> Applied:
        """Apply one command; answers after the commit.

        Raises:
            NgsiLdError: what `apply` refused with; nothing of the command is stored.
            Unavailable: the queue is full or the database is away.
        """
        ...

    async def write_all(
        self, tenant: Tenant, commands: Sequence[Command]
    ) -> list[Applied | NgsiLdError]:
        """Apply commands in order; each alone succeeds or is refused, in one list by position."""
        ...

    async def read(self, tenant: Tenant, ids: Sequence[EntityId]) -> Mapping[EntityId, Entity]:
        """Read the entities there are of these ids, without expired ones."""
        ...

    async def query(self, tenant: Tenant, wanted: EntityFilter, window: Window) -> Page:
        """Read one page of the matching entities."""
        ...

    def every(self, tenant: Tenant, wanted: EntityFilter) -> AsyncIterator[Entity]:
        """Read all matching entities in order of id, in groups of bounded size."""
        ...

    async def types(self, tenant: Tenant) -> Sequence[TypeUse]:
        """Read which type combinations there are (§5.7.5)."""
        ...

    async def attributes(self, tenant: Tenant) -> Sequence[AttributeUse]:
        """Read which attributes there are, per type combination (§5.7.8)."""
        ...


class Contexts(Protocol):
    """JSON-LD contexts, hosted, cached or fetched, as term tables."""

    async def load(self, tenant: Tenant, reference: JsonValue) -> Context:
        """Answer with the term table of a user @context: a URL, an object, an array of both.

        Raises:
            BadRequestData: it is no JSON-LD context, or breaks §5.5.7.
            LdContextNotAvailable: a URL could not be had.
        """
        ...


class Tenants(Protocol):
    """Where a request's tenant is looked up."""

    async def of(self, name: str | None) -> Tenant:
        """Answer with the named tenant, or the default one.

        Raises:
            NonexistentTenant: there is none of that name.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """The broker's ports, handed to every operation."""

    entities: EntityStore
    contexts: Contexts
    tenants: Tenants
    clock: Clock
