"""Operators say whom tenants accept, and see what is known and what was decided."""

from collections.abc import Sequence
from dataclasses import dataclass

from idp_federation.assurance.levels import HIGHEST
from idp_federation.assurance.peer import KnownPeer, Peer
from idp_federation.federation.errors import InvalidRequest, NotFound
from idp_federation.federation.identifiers import entity_id
from idp_federation.operations.federation_membership import require_administrator, require_member
from idp_federation.operations.peer_keeping import ask_about, lower_tokens
from idp_federation.peer_ports import KeptDecision, KeptReceipt, Linkage
from joint_use import Action, Deny, Forbidden, Levels, Principal, decide

MAX_SHOWN = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPeer:
    """Whom a tenant is to accept.

    Args:
        tenant: the tenant.
        entity: whom; of this platform itself, its own services.
        cap: the most that its sign-ins count for.
        scopes: what its services may ask for here.
    """

    tenant: str
    entity: str
    cap: Levels = HIGHEST
    scopes: frozenset[str] = frozenset()


async def allow_peer(linkage: Linkage, principal: Principal, wanted: WantedPeer) -> KnownPeer:
    """Accept a peer for a tenant; answers with what is known of it, asked for at once.

    Raises:
        Forbidden: the caller does not administer the tenant.
        InvalidRequest: it is no Entity Identifier.
        NotFound: this platform is in no federation.
    """
    _require(principal, wanted.tenant)
    federation = linkage.federation
    await require_member(federation)
    entity, now = entity_id(wanted.entity), federation.clock()
    peer = Peer(
        tenant=wanted.tenant,
        entity=entity,
        cap=wanted.cap,
        scopes=wanted.scopes,
        allowed_at=now,
        allowed_by=principal.subject,
    )
    is_other = entity != federation.entity
    await linkage.peers.allow(peer, is_asked_about=is_other)
    if not is_other:
        return KnownPeer(entity=entity)
    await lower_tokens(linkage, entity)  # its cap may be lower than it was
    return await ask_about(linkage, await _known(linkage, entity))


async def disallow_peer(linkage: Linkage, principal: Principal, tenant: str, entity: str) -> None:
    """Accept a peer for a tenant no more; tokens that rest on its word fall.

    Raises:
        Forbidden: the caller does not administer the tenant.
        NotFound: it was not accepted.
    """
    _require(principal, tenant)
    one = entity_id(entity)
    if not await linkage.peers.disallow(tenant, one):
        raise NotFound(f"{entity} is no peer of {tenant}")
    await lower_tokens(linkage, one)


async def list_peers(
    linkage: Linkage, principal: Principal
) -> Sequence[tuple[Peer, KnownPeer | None]]:
    """List whom tenants accept, with what is known of each.

    Raises:
        Forbidden: the caller does not administer the whole platform.
    """
    require_administrator(principal)
    known = {one.entity: one for one in await linkage.known.every()}
    return [(peer, known.get(peer.entity)) for peer in await linkage.peers.every()]


async def check_peer(linkage: Linkage, principal: Principal, entity: str) -> KnownPeer:
    """Ask about a peer now.

    Raises:
        Forbidden: the caller does not administer the whole platform.
        NotFound: no tenant accepts it.
    """
    require_administrator(principal)
    one = entity_id(entity)
    linkage.federation.chains.forget(one)
    return await ask_about(linkage, await _known(linkage, one))


async def list_decisions(
    linkage: Linkage, principal: Principal, *, tenant: str | None, limit: int
) -> Sequence[KeptDecision]:
    """List the latest decisions on sign-ins of peers.

    Raises:
        Forbidden: the caller does not administer the tenant, or all of them.
    """
    if tenant is None:
        require_administrator(principal)
    else:
        _require(principal, tenant)
    return await linkage.decisions.latest(tenant=tenant, limit=min(limit, MAX_SHOWN))


async def show_decision(linkage: Linkage, principal: Principal, number: int) -> KeptDecision:
    """Answer with a decision, to be explained.

    Raises:
        Forbidden: the caller does not administer its tenant.
        NotFound: there is none of this number.
    """
    found = await linkage.decisions.find(number)
    if found is None:
        raise NotFound(f"Decision {number} does not exist")
    _require(principal, found.tenant)
    return found


async def list_receipts(
    linkage: Linkage, principal: Principal, *, limit: int
) -> Sequence[KeptReceipt]:
    """List the latest receipts, of both directions.

    Raises:
        Forbidden: the caller does not administer the whole platform.
    """
    require_administrator(principal)
    return await linkage.receipts.latest(limit=min(limit, MAX_SHOWN))


async def _known(linkage: Linkage, entity: str) -> KnownPeer:
    known = await linkage.known.read(entity)
    if known is None:
        raise NotFound(f"{entity} is no peer of any tenant")
    return known


def _require(principal: Principal, tenant: str) -> None:
    if not tenant:
        raise InvalidRequest("A peer is accepted for a tenant", where="tenant")
    if isinstance(decide(principal, Action.ADMINISTER, tenant), Deny):
        raise Forbidden(
            f"{principal.subject} may not administer the peers of {tenant}",
            detail_ja=f"{principal.subject} には {tenant} の連携先を管理する権限がありません。",
        )
