"""What else a group of writes does in its own transaction: index rows, history, deliveries."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from broker.ngsi.changes import Change
from broker.ngsi.entity import Entity
from broker.ngsi.names import EntityId, Iri
from broker.store.inside import Inside
from broker.store.rows import Serialized
from broker.store.together import Together
from joint_use import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantState:
    """The tenant's row as the running transaction reads it.

    Args:
        subscription_version: grows when subscriptions change.
        index_version: grows when paths are declared queryable, or no more.
        history_days: how long history is kept; 0: none is written.
    """

    epoch: int
    subscription_version: int
    index_version: int
    history_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What one transaction changed, before it is committed.

    Args:
        changes: in order of arrival; an entity may have several.
        states: of each entity written the row that was stored, expired or not, and the row that
            is stored now; None: no row. In order of id.
        kinds: the number of each combination of types that a stored row has.
        serialized: the JSON of what commands brought, where it is all of an entity perhaps.
        credits: how many of the changes are on each service's account.
        traces: by change, the traceparent of its request; None: it has none.
    """

    tenant: Tenant
    state: TenantState
    changes: Sequence[Change]
    states: Mapping[EntityId, tuple[Entity | None, Entity | None]]
    kinds: Mapping[tuple[Iri, ...], int]
    serialized: Mapping[EntityId, Serialized] = field(default_factory=dict)
    credits: Mapping[str, int] = field(default_factory=dict)
    traces: Sequence[str | None] = ()


AfterCommit: TypeAlias = Callable[[], None]
"""What a hook wants to have called at once after the commit. It may be missed, though the commit
took place: nothing may depend on it."""


class FlushHook(Protocol):
    """Takes part in each group's transaction after its entities are written.

    It may run again for the same changes when the transaction is rerun, so it keeps nothing
    outside the database that must not happen twice.
    """

    async def write(
        self, connection: Inside, written: Written, together: Together
    ) -> AfterCommit | None:
        """Write what the changes call for, by statements inside the tenant or together with others.

        Entities' rows, and what hooks before this one write, may be in `together` still: whoever
        needs them to be in the database sends it first. Other tenants' rows may be in it, too.
        """
        ...
