"""Everything the broker asks of the outside world, on one page."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from broker.ngsi.commands import Applied, Command
from broker.ngsi.contexts import Context
from broker.ngsi.entity import Entity
from broker.ngsi.entity_map import EntityMap, EntityMapId, MapBounds
from broker.ngsi.errors import Finding, NgsiLdError
from broker.ngsi.indexes import DeclaredIndex
from broker.ngsi.names import EntityId, Iri
from broker.ngsi.q.syntax import Path
from broker.ngsi.queries import EntityFilter, Window
from broker.ngsi.snapshot import SnapshotBounds
from broker.ngsi.stored_contexts import ContextKind, StoredContext
from broker.snapshot_ports import Snapshots, SnapshotWork
from broker.source_ports import External
from broker.subscription_ports import DeliveryStates, Endpoints, SubscriptionStore
from joint_use import Audit, Operation, Principal, Standing, Tenant
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


EveryGroup: TypeAlias = Callable[[EntityFilter], AsyncIterator[Sequence[Entity]]]
"""Reads all matches of a filter in order of id, in groups of bounded size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageLimit:
    """How much a tenant may store; None: as much as it likes.

    Args:
        bytes: of entities' attributes as compact JSON.
    """

    entities: int | None = None
    bytes: int | None = None


StorageLimitOf: TypeAlias = Callable[[Tenant], StorageLimit | None]
"""Says at once how much a tenant may store; None: there is no limit."""


def unlimited(_: Tenant) -> StorageLimit | None:
    """Say that there is no limit."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What is wrong with an Entity's next state, by what its tenant asks of the Entity's types.

    Args:
        findings: at least one.
        is_refused: the write is refused; otherwise its caller is told.
    """

    findings: tuple[Finding, ...]
    is_refused: bool


class Judge(Protocol):
    """Looks at each Entity that a tenant's writes would leave; pure, and quick."""

    def __call__(self, before: Entity | None, after: Entity) -> Judgement | None:
        """Judge an Entity's next state beside its present one; None: nothing is wrong with it."""
        ...


JudgeOf: TypeAlias = Callable[[Tenant], Judge | None]
"""Says at once who judges a tenant's writes; None: nobody does.

Raises:
    Unavailable: it is not known yet.
"""


def unjudged(_: Tenant) -> Judge | None:
    """Say that nobody judges."""
    return None


NOTED: ContextVar[list[Finding] | None] = ContextVar("noted", default=None)
"""Where the findings of a request's own writes are gathered that were made all the same."""


class Meter(Protocol):
    """Counts what tenants use; quick, and before the answer leaves."""

    def note(
        self,
        tenant: Tenant,
        principal: Principal,
        operation: Operation,
        *,
        status: int,
        bytes_in: int,
        bytes_out: int,
    ) -> None:
        """Count one answered request, with the bytes of its body and of the answer's."""
        ...


class Admission(Protocol):
    """Lets a tenant's requests in: not more than it may make, and not at the others' cost."""

    async def enter(self, tenant: Tenant, request_bytes: int) -> None:
        """Wait for a request's turn; whoever was let in leaves.

        Raises:
            TooManyRequests: the tenant asks more often than it may, or too many wait already.
            RequestTooLarge: the tenant may not send as much at once.
        """
        ...

    def leave(self, tenant: Tenant) -> None:
        """Make room for the next request."""
        ...


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

    async def explain(self, tenant: Tenant, wanted: EntityFilter, window: Window) -> str:
        """Say how a page would be read: where matches are looked for, and the server's plan."""
        ...

    def every(self, tenant: Tenant, wanted: EntityFilter) -> AsyncGenerator[Entity, None]:
        """Read all matching entities in order of id, in groups of bounded size.

        Who leaves before the end closes it (`contextlib.aclosing`): it holds a connection.
        """
        ...

    def frozen(self, tenant: Tenant) -> AbstractAsyncContextManager[EveryGroup]:
        """Lend what reads all matches of filters as they are at one instant."""
        ...

    async def types(self, tenant: Tenant) -> Sequence[TypeUse]:
        """Read which type combinations there are (§5.7.5)."""
        ...

    async def attributes(self, tenant: Tenant) -> Sequence[AttributeUse]:
        """Read which attributes there are, per type combination (§5.7.8)."""
        ...


class Indexes(Protocol):
    """The paths of a tenant whose values are indexed for q; geometries always are."""

    async def declare(self, tenant: Tenant, path: Path) -> DeclaredIndex:
        """Index a path; entities that are there already follow after the answer.

        Raises:
            Conflict: it is being withdrawn.
            TooManyResults: the tenant has as many as it may have.
        """
        ...

    async def every(self, tenant: Tenant) -> Sequence[DeclaredIndex]:
        """List them, oldest first."""
        ...

    async def withdraw(self, tenant: Tenant, path: Path) -> DeclaredIndex | None:
        """Let queries do without one, and remove it after the answer; None where there is none."""
        ...


class EntityMaps(Protocol):
    """The entity maps of a tenant (§5.14)."""

    async def put(self, tenant: Tenant, entity_map: EntityMap) -> None:
        """Store a new one."""
        ...

    async def get(self, tenant: Tenant, map_id: EntityMapId) -> EntityMap | None:
        """Find one that has not expired."""
        ...

    async def expire(self, tenant: Tenant, map_id: EntityMapId, at: datetime) -> bool:
        """Set when one expires; False where there is none."""
        ...

    async def prune(self, tenant: Tenant, map_id: EntityMapId, gone: Collection[EntityId]) -> None:
        """Remove Entities from one; the others keep their places."""
        ...

    async def remove(self, tenant: Tenant, map_id: EntityMapId) -> bool:
        """Delete one; False where there is none, or it has expired."""
        ...


class Contexts(Protocol):
    """JSON-LD contexts as term tables, loaded from where they are: built in, stored, remote."""

    async def load(self, tenant: Tenant, reference: JsonValue) -> Context:
        """Answer with the term table of a user @context: a URL, an object, an array of both.

        Raises:
            BadRequestData: it is no JSON-LD context, or breaks §5.5.7.
            LdContextNotAvailable: a URL could not be had.
        """
        ...

    async def fetch(self, url: str) -> StoredContext:
        """Download a @context now, for the cache (§5.13.5 reload).

        Raises:
            BadRequestData: what came is no JSON-LD context.
            LdContextNotAvailable: it could not be had.
        """
        ...

    async def forget(self, tenant: Tenant) -> None:
        """Drop the tenant's term tables in every process: a stored @context has changed."""
        ...

    async def settle(self, tenant: Tenant) -> None:
        """Write down how often stored contexts were used in this process."""
        ...


class ContextShelf(Protocol):
    """The stored @contexts of a tenant (§5.13)."""

    async def put(self, tenant: Tenant, stored: StoredContext) -> StoredContext:
        """Store one; a cached one of the same URL is replaced and keeps its local id and hits."""
        ...

    async def get(self, tenant: Tenant, name: str) -> StoredContext | None:
        """Find one by its local id, or a cached one by its URL."""
        ...

    async def every(self, tenant: Tenant, kind: ContextKind | None) -> Sequence[StoredContext]:
        """List them, oldest first."""
        ...

    async def remove(self, tenant: Tenant, local_id: str) -> None:
        """Delete one."""
        ...

    async def count_uses(self, tenant: Tenant, uses: Mapping[str, int], at: datetime) -> None:
        """Add to the counters of use, by local id."""
        ...


class Tenants(Protocol):
    """Where a request's tenant is looked up."""

    async def of(self, name: str | None, *, create: bool = False) -> Tenant:
        """Answer with the named tenant, or the default one.

        Args:
            name: what the header NGSILD-Tenant says; None: the default tenant.
            create: the operation may make the tenant where the setting allows it (§4.14).

        Raises:
            NonexistentTenant: there is none of that name.
            Unavailable: it cannot be told now.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What an operator allows of resources that clients make."""

    maps: MapBounds
    snapshots: SnapshotBounds


class Standings(Protocol):
    """On what decisions in a tenant rest."""

    def known(self, tenant: Tenant, principal: Principal) -> Standing | None:
        """Answer at once where that is known here and no matter of the instant; None: ask `of`."""
        ...

    async def of(self, tenant: Tenant, principal: Principal) -> Standing:
        """Answer with the tenant's policy, and the consents that the caller has given.

        Raises:
            Unavailable: they cannot be known now.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """The broker's ports, handed to every operation.

    Args:
        external: what tenants need whose data are elsewhere.
        bounds: what the operator allows.
        alias: what this platform calls itself to other context sources (§5.15).
        started_at: since when this process is up.
        meter: None: nothing is counted.
        standings: None: no policy binds anybody.
        audit: where decisions on personal data are recorded; None: nothing is personal.
    """

    entities: EntityStore
    indexes: Indexes
    contexts: Contexts
    shelf: ContextShelf
    maps: EntityMaps
    snapshots: Snapshots
    snapshot_work: SnapshotWork
    tenants: Tenants
    subscriptions: SubscriptionStore
    endpoints: Endpoints
    deliveries: DeliveryStates
    external: External
    clock: Clock
    bounds: Bounds
    alias: str
    started_at: datetime
    admission: Admission
    meter: Meter | None
    standings: Standings | None = None
    audit: Audit | None = None
