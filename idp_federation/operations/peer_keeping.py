"""Asking about peers, again and again: chain, map, its status, and whether they accept us.

Each peer is asked about every 25 s by one process. What cannot be had leaves what is known as it
is, to age: without a fresh status for 60 s a peer's levels count for nothing.
"""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from idp_federation.assurance.assurance_map import (
    CLAIM,
    LOST_AFTER,
    POLL_EVERY,
    CheckedStatus,
    Freshness,
)
from idp_federation.assurance.peer import KnownPeer
from idp_federation.federation.errors import FederationError, InvalidJwt, InvalidTrustMark
from idp_federation.federation.identifiers import EntityId
from idp_federation.federation.jwt import unverified_claims
from idp_federation.federation.link import LINK_ENDPOINT, Parties, read_link
from idp_federation.federation.own_statements import chain_tokens
from idp_federation.federation.trust_chain import TrustChain
from idp_federation.federation.trust_mark import Status, TrustMark, read_status
from idp_federation.oidc.withdrawal import Effect, Withdrawal
from idp_federation.operations.held_marks import endpoint_of
from idp_federation.operations.trust_marks import MAX_MARKS, believed_mark
from idp_federation.peer_ports import Linkage
from joint_use import THE_PLATFORM, AuditEvent, AuditKind, AuditOutcome, Party
from kit.json import JsonValue
from kit.jwt import bears_signature
from kit.looking import look_again

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 1.0
_CLAIMED_FOR = timedelta(seconds=15)
_ASKING_S = 12.0
_AT_ONCE = 16


class PeerKeeper:
    """Keeps what is known of peers fresh.

    Args:
        linkage: the ports.
    """

    def __init__(self, linkage: Linkage) -> None:
        self._linkage = linkage

    async def run(self) -> None:
        """Look each second which peers are due; to be run under `kit.tasks`."""
        await look_again(self.look, every_s=LOOK_EVERY_S, failing="peers_not_asked_about")

    async def look(self) -> None:
        """Ask about the peers that are due."""
        now = self._linkage.federation.clock()
        due = await self._linkage.known.claim(now, again_at=now + _CLAIMED_FOR)
        turn = asyncio.Semaphore(_AT_ONCE)

        async def ask(known: KnownPeer) -> None:
            async with turn:
                await ask_about(self._linkage, known)

        async with asyncio.TaskGroup() as asking:
            for known in due:
                asking.create_task(ask(known))


async def ask_about(linkage: Linkage, known: KnownPeer) -> KnownPeer:
    """Ask about one peer, keep what is found out, and let tokens lose what it has lost."""
    now = linkage.federation.clock()
    try:
        async with asyncio.timeout(_ASKING_S):
            found = await _found(linkage, known)
    except TimeoutError:
        found = replace(known, problem="Nobody answers in time")
    _warn(linkage, found)
    if _has_lost(known, found):
        await lower_tokens(linkage, known.entity)
        await _note_loss(linkage, found)
    await linkage.known.write(found, due_at=now + POLL_EVERY)
    return found


async def lower_tokens(linkage: Linkage, entity: EntityId) -> None:
    """Let every token that rests on a peer's word fall to the lowest levels."""
    now, lasts = linkage.federation.clock(), linkage.profile.lifetimes.access_token
    fallen = Withdrawal(
        name=f"source:{entity}", effect=Effect.LOWER, at=now, expires_at=now + 2 * lasts
    )
    await linkage.withdrawals.note([fallen])


async def _note_loss(linkage: Linkage, found: KnownPeer) -> None:
    """Write down for good that a peer's sign-ins are worth less than before."""
    status = "none" if found.status is None else found.status.status.value
    await linkage.audit.record(
        AuditEvent(
            kind=AuditKind.FEDERATION_CHANGE,
            outcome=AuditOutcome.DONE,
            by=THE_PLATFORM,
            about=Party.peer(found.entity),
            what="tokens that rest on a peer's word fall",
            reason=found.problem,
            facts={"status": status},
        )
    )


async def _found(linkage: Linkage, known: KnownPeer) -> KnownPeer:
    chains = linkage.federation.chains
    try:
        chain = await chains.chain_of(known.entity)
        if known.status is None or known.status.status is not Status.ACTIVE:
            chains.forget(known.entity)  # another mark may be shown by now
            chain = await chains.chain_of(known.entity)
    except FederationError as refused:
        return replace(known, problem=refused.detail)
    found, problems = replace(known, chain=chain_tokens(chain)), list[str]()
    try:
        found = await _with_map(linkage, found, chain)
    except FederationError as refused:
        problems.append(refused.detail)
    try:
        found = replace(found, accepted_at=await _accepted(linkage, found, chain))
    except FederationError as refused:
        problems.append(refused.detail)
    return replace(found, problem="; ".join(problems))


async def _with_map(linkage: Linkage, known: KnownPeer, chain: TrustChain) -> KnownPeer:
    """Find the assurance map that a peer shows, and ask whether it counts now."""
    federation = linkage.federation
    mark = await _map_mark(linkage, chain)
    if mark is None:
        return replace(known, mark=None, issuer_chain=(), status=None)
    asked_at = federation.clock()
    issuer = await federation.chains.chain_of(mark.issuer)
    endpoint = endpoint_of(issuer, "federation_trust_mark_status_endpoint")
    shown = replace(known, mark=mark.token, issuer_chain=chain_tokens(issuer))
    told = await federation.mark_issuers.status(endpoint, mark.token)
    status = Status.INVALID
    if told is not None:
        status = read_status(
            told,
            mark=mark,
            keys=issuer.keys,
            now=federation.clock(),
            verify=bears_signature,
            max_age=LOST_AFTER,
        )
    return replace(shown, status=CheckedStatus(status=status, checked_at=asked_at))


async def _map_mark(linkage: Linkage, chain: TrustChain) -> TrustMark | None:
    """Choose the assurance map that a peer shows: the newest that counts.

    Raises:
        FederationError: whether one counts cannot be known now.
    """
    federation, found = linkage.federation, list[TrustMark]()
    for entry in chain.subject.trust_marks[:MAX_MARKS]:
        if entry.trust_mark_type != federation.map_type:
            continue
        try:
            found.append(await believed_mark(federation, entry.token, chain.entity))
        except (InvalidJwt, InvalidTrustMark):
            continue
    return max(found, key=lambda mark: mark.issued_at, default=None)


async def _accepted(linkage: Linkage, known: KnownPeer, chain: TrustChain) -> datetime | None:
    """Ask a peer whether it accepts this platform; None where it does not."""
    federation = linkage.federation
    asked_at = federation.clock()
    told = await linkage.platforms.link(endpoint_of(chain, LINK_ENDPOINT), peer=federation.entity)
    is_accepted = read_link(
        told,
        parties=Parties(issuer=known.entity, audience=federation.entity),
        keys=chain.keys,
        now=federation.clock(),
        verify=bears_signature,
    )
    return asked_at if is_accepted else None


def _has_lost(before: KnownPeer, after: KnownPeer) -> bool:
    """Tell whether what a peer's tokens rest on has become less, or may have."""
    was_active = before.status is not None and before.status.status is Status.ACTIVE
    is_active = after.status is not None and after.status.status is Status.ACTIVE
    if was_active and not is_active:
        return True
    return was_active and _table(before) != _table(after)


def _table(known: KnownPeer) -> JsonValue:
    try:
        return None if known.mark is None else unverified_claims(known.mark).get(CLAIM)
    except InvalidJwt:
        return None


def _warn(linkage: Linkage, known: KnownPeer) -> None:
    """Tell operators of a peer whose status is not known any more."""
    status = known.status
    now = linkage.federation.clock()
    if status is not None and status.freshness(now) is not Freshness.FRESH:
        log.warning(
            "peer_status_ageing",
            peer=known.entity,
            checked_at=status.checked_at.isoformat(),
            reason=known.problem,
        )
