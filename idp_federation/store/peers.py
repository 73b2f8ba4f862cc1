"""Peers in the control database: whom tenants accept, and what is known of each."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from idp_federation.assurance.assurance_map import CheckedStatus
from idp_federation.assurance.peer import KnownPeer, Peer
from idp_federation.federation.identifiers import entity_id
from idp_federation.federation.trust_mark import Status
from idp_federation.store.rows import Stored
from joint_use import Levels

PEERS_CHANNEL = "renkei_peer"
"""Where the entity is notified of which something else is known."""

_PEER = "SELECT tenant, entity, proofing, authentication, scopes, allowed_at, allowed_by"
_FIND = f"{_PEER} FROM federation_peer WHERE tenant = $1 AND entity = $2"
_ACCEPTING = f"{_PEER} FROM federation_peer WHERE entity = ANY($1) ORDER BY tenant, entity"
_EVERY = f"{_PEER} FROM federation_peer ORDER BY tenant, entity"
_ALLOW = """
INSERT INTO federation_peer
    (tenant, entity, proofing, authentication, scopes, allowed_at, allowed_by)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (tenant, entity) DO UPDATE
SET proofing = excluded.proofing, authentication = excluded.authentication,
    scopes = excluded.scopes, allowed_at = excluded.allowed_at, allowed_by = excluded.allowed_by"""
_BEGIN = """
INSERT INTO federation_standing (entity, due_at) VALUES ($1, $2) ON CONFLICT (entity) DO NOTHING"""
_DISALLOW = "DELETE FROM federation_peer WHERE tenant = $1 AND entity = $2"
_END = """
DELETE FROM federation_standing
WHERE entity = $1 AND NOT EXISTS (SELECT FROM federation_peer WHERE entity = $1)"""
_KNOWN = "SELECT entity, chain, mark, issuer_chain, status, checked_at, accepted_at, problem"
_READ = f"{_KNOWN} FROM federation_standing WHERE entity = $1"
_READ_ALL = f"{_KNOWN} FROM federation_standing ORDER BY entity"
_WRITE = """
UPDATE federation_standing
SET chain = $2, mark = $3, issuer_chain = $4, status = $5, checked_at = $6, accepted_at = $7,
    problem = $8, due_at = $9
WHERE entity = $1"""
_CLAIM = """
UPDATE federation_standing SET due_at = $2
WHERE entity IN (SELECT entity FROM federation_standing WHERE due_at <= $1 FOR UPDATE SKIP LOCKED)
RETURNING entity, chain, mark, issuer_chain, status, checked_at, accepted_at, problem"""
_REGISTER = """
INSERT INTO federation_client (entity, chain, expires_at) VALUES ($1, $2, $3)
ON CONFLICT (entity) DO UPDATE SET chain = excluded.chain, expires_at = excluded.expires_at"""
_REGISTERED = "SELECT chain FROM federation_client WHERE entity = $1 AND expires_at > $2"
_TELL = "SELECT pg_notify($1, $2)"


class StoredPeers(Stored):
    """Whom tenants accept; satisfies `PeerList`."""

    async def find(self, tenant: str, entity: str) -> Peer | None:
        """Answer with what a tenant has said of somebody."""
        rows = await self._rows(_FIND, tenant, entity)
        return _peer(rows[0]) if rows else None

    async def accepting(self, entities: Sequence[str]) -> Sequence[Peer]:
        """List what tenants have said of any of these, in order of their names."""
        return [_peer(row) for row in await self._rows(_ACCEPTING, list(entities))]

    async def every(self) -> Sequence[Peer]:
        """List all."""
        return [_peer(row) for row in await self._rows(_EVERY)]

    async def allow(self, peer: Peer, *, is_asked_about: bool) -> None:
        """Accept somebody; ask about it from now on."""
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            await connection.execute(
                _ALLOW,
                peer.tenant,
                peer.entity,
                peer.cap.proofing,
                peer.cap.authentication,
                sorted(peer.scopes),
                peer.allowed_at,
                peer.allowed_by,
            )
            if is_asked_about:
                await connection.execute(_BEGIN, peer.entity, peer.allowed_at)
            await connection.execute(_TELL, PEERS_CHANNEL, peer.entity)

    async def disallow(self, tenant: str, entity: str) -> bool:
        """Accept somebody no more; answers whether it was accepted."""
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            done = await connection.execute(_DISALLOW, tenant, entity)
            await connection.execute(_END, entity)
            await connection.execute(_TELL, PEERS_CHANNEL, entity)
        return not done.endswith(" 0")


class StoredKnownPeers(Stored):
    """What is known of peers; satisfies `KnownPeers`."""

    async def read(self, entity: str) -> KnownPeer | None:
        """Answer with what is known; None where nobody asks about it."""
        rows = await self._rows(_READ, entity)
        return _known(rows[0]) if rows else None

    async def every(self) -> Sequence[KnownPeer]:
        """List what is known of all."""
        return [_known(row) for row in await self._rows(_READ_ALL)]

    async def write(self, known: KnownPeer, *, due_at: datetime) -> None:
        """Keep what was found out, and ask again at an instant; every process hears of it."""
        status = known.status
        await self._told(
            PEERS_CHANNEL,
            known.entity,
            _WRITE,
            known.entity,
            list(known.chain),
            known.mark,
            list(known.issuer_chain),
            None if status is None else status.status.value,
            None if status is None else status.checked_at,
            known.accepted_at,
            known.problem,
            due_at,
        )

    async def claim(self, now: datetime, *, again_at: datetime) -> Sequence[KnownPeer]:
        """Take those to be asked about; nobody else does before an instant."""
        return [_known(row) for row in await self._rows(_CLAIM, now, again_at)]


class StoredRegistered(Stored):
    """Clients that have registered explicitly; satisfies `RegisteredClients`."""

    async def keep(self, entity: str, chain: Sequence[str], *, expires_at: datetime) -> None:
        """Keep what one has registered with, in place of what was kept."""
        await self._done(_REGISTER, entity, list(chain), expires_at)

    async def find(self, entity: str, now: datetime) -> Sequence[str]:
        """Answer with what one has registered with; nothing where it has not, or it has expired."""
        rows = await self._rows(_REGISTERED, entity, now)
        return tuple(rows[0]["chain"]) if rows else ()


def _peer(row: asyncpg.Record) -> Peer:
    return Peer(
        tenant=row["tenant"],
        entity=entity_id(row["entity"]),
        cap=Levels(row["proofing"], row["authentication"]),
        scopes=frozenset(row["scopes"]),
        allowed_at=row["allowed_at"],
        allowed_by=row["allowed_by"],
    )


def _known(row: asyncpg.Record) -> KnownPeer:
    status = None
    if row["status"] is not None:
        status = CheckedStatus(status=Status(row["status"]), checked_at=row["checked_at"])
    return KnownPeer(
        entity=entity_id(row["entity"]),
        chain=tuple(row["chain"]),
        mark=row["mark"],
        issuer_chain=tuple(row["issuer_chain"]),
        status=status,
        accepted_at=row["accepted_at"],
        problem=row["problem"],
    )
