"""Moves of tenants: where to, and which phases each goes through.

registered → copying → switching → cleaning → moved; or returning → rolled_back
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from joint_use.terms.errors import InvalidTerm
from joint_use.terms.tenant import NewTenant, Placement, Placing, Storage, Tenant


class MovePhase(Enum):
    """How far a move is. Whoever finds one in a phase knows what is to be done next."""

    REGISTERED = "registered"  # asked for
    COPYING = "copying"  # the old place is written to, and copied meanwhile
    SWITCHING = "switching"  # the old place is being closed; the new one is complete
    RETURNING = "returning"  # given up: the new place is being cleared
    CLEANING = "cleaning"  # the tenant lives in the new place; old rows are still kept
    MOVED = "moved"  # nothing is left in the old place
    ROLLED_BACK = "rolled_back"  # nothing is left in the new place


UNDER_WAY = frozenset(
    {MovePhase.REGISTERED, MovePhase.COPYING, MovePhase.SWITCHING, MovePhase.RETURNING}
)
"""Phases in which the tenant lives in its old place, or nobody could tell."""

ENDED = frozenset({MovePhase.MOVED, MovePhase.ROLLED_BACK})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How and where a tenant's data are kept."""

    storage: Storage
    placement: Placement

    def __str__(self) -> str:
        return f"{self.placement.server}/{self.placement.database} ({self.storage.value})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One move of one tenant.

    Args:
        attempts: how often copying was begun.
        copied: rows, of the last attempt.
        held_ms: for how long the tenant's writers were held at the switch; None: not yet.
        reason: why it was rolled back, or is tried again.
        kept_until: the old rows stay until then.
    """

    number: int
    tenant: str
    origin: Place
    target: Place
    phase: MovePhase
    by: str
    asked_at: datetime
    changed_at: datetime
    attempts: int = 0
    copied: int = 0
    held_ms: int | None = None
    reason: str = ""
    kept_until: datetime | None = None


def place_of(tenant: Tenant) -> Place:
    """Answer with where a tenant is."""
    return Place(storage=tenant.storage, placement=tenant.placement)


def destination(tenant: Tenant, wanted: str, placing: Placing) -> Place:
    """Answer with the place that `separated`, `shared`, `SERVER` or `SERVER/separated` means.

    Raises:
        InvalidTerm: there is no such place, the tenant is there already, or it has no data here.

    >>> ebetsu = Tenant(name="ebetsu", number=7, storage=Storage.SHARED,
    ...     placement=Placement(server="main", database="renkei_shared"))
    >>> str(destination(ebetsu, "separated", Placing()))
    'main/renkei_tenant_7 (separated)'
    """
    if tenant.storage not in (Storage.SEPARATED, Storage.SHARED):
        raise InvalidTerm(
            f"Tenant {tenant.name} keeps nothing in this platform; there is nothing to move",
            detail_ja=f"テナント {tenant.name} のデータはこの基盤にないため移動できません。",
            where="to",
        )
    server, storage = _parsed(tenant, wanted, placing)
    asked = NewTenant(name=tenant.name, storage=storage, server=server)
    target = Place(storage=storage, placement=placing.place(tenant.number, asked))
    if target.placement == tenant.placement:
        raise InvalidTerm(
            f"Tenant {tenant.name} is in {target} already",
            detail_ja=f"テナント {tenant.name} は既にそこにあります。",
            where="to",
        )
    return target


def _parsed(tenant: Tenant, wanted: str, placing: Placing) -> tuple[str | None, Storage]:
    """Answer with server and storage; a server alone means a database of its own there."""
    if wanted == Storage.SHARED.value:
        return None, Storage.SHARED
    if wanted == Storage.SEPARATED.value:
        return tenant.placement.server, Storage.SEPARATED
    server, _, storage = wanted.partition("/")
    if storage in {"", Storage.SEPARATED.value} and server in placing.servers:
        return server, Storage.SEPARATED
    if (server, storage) == (placing.server, Storage.SHARED.value):
        return None, Storage.SHARED
    raise InvalidTerm(
        f"Place {wanted!r} does not exist; right are separated, shared, or one of the servers "
        f"{sorted(placing.servers)}",
        detail_ja=f"移動先 {wanted!r} はありません。",
        where="to",
    )
