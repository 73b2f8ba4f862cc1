"""Who this platform is in a federation, whom it stands above, which anchors it trusts."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
import orjson

from idp_federation.federation.identifiers import EntityId, entity_id
from idp_federation.federation.jwt import JwkSet, read_keys
from idp_federation.federation.membership import (
    Member,
    Subordinate,
    member_as_json,
    member_from_json,
    subordinate_as_json,
    subordinate_from_json,
)
from idp_federation.federation.trust_chain import Anchors
from idp_federation.store.rows import Stored

FEDERATION_CHANNEL = "renkei_federation"
"""Where it is notified that membership or anchors have changed."""

_MEMBER = "SELECT content FROM federation_member"
_BECOME = """
INSERT INTO federation_member (content, changed_at, by) VALUES ($1, $2, $3)
ON CONFLICT (sole) DO UPDATE
SET content = excluded.content, changed_at = excluded.changed_at, by = excluded.by"""
_FIND = """
SELECT entity, content, enrolled_at FROM federation_subordinate
WHERE entity = $1 AND removed_at IS NULL"""
_EVERY = """
SELECT entity, content, enrolled_at FROM federation_subordinate
WHERE removed_at IS NULL ORDER BY entity"""
_ENROL = """
INSERT INTO federation_subordinate (entity, content, enrolled_at, enrolled_by)
VALUES ($1, $2, $3, $4)
ON CONFLICT (entity) WHERE removed_at IS NULL DO UPDATE
SET content = excluded.content, enrolled_at = excluded.enrolled_at,
    enrolled_by = excluded.enrolled_by"""
_REMOVE = """
UPDATE federation_subordinate SET removed_at = $2, removed_by = $3
WHERE entity = $1 AND removed_at IS NULL"""
_ANCHORS = "SELECT entity, jwks FROM federation_anchor ORDER BY entity"
_PIN = """
INSERT INTO federation_anchor (entity, jwks, pinned_at, pinned_by) VALUES ($1, $2, $3, $4)
ON CONFLICT (entity) DO UPDATE
SET jwks = excluded.jwks, pinned_at = excluded.pinned_at, pinned_by = excluded.pinned_by"""
_UNPIN = "DELETE FROM federation_anchor WHERE entity = $1"


class StoredMembership(Stored):
    """Who this platform is in the federation; satisfies `Membership`."""

    async def read(self) -> Member | None:
        """Answer with it; None where the platform is in none."""
        rows = await self._rows(_MEMBER)
        return member_from_json(orjson.loads(rows[0]["content"])) if rows else None

    async def write(self, member: Member, *, by: str, at: datetime) -> None:
        """Become it, or change it."""
        await self._told(
            FEDERATION_CHANNEL, "", _BECOME, orjson.dumps(member_as_json(member)), at, by
        )


class StoredSubordinates(Stored):
    """Of whom this platform makes statements; satisfies `Subordinates`."""

    async def find(self, entity: str) -> Subordinate | None:
        """Answer with one."""
        rows = await self._rows(_FIND, entity)
        return _subordinate(rows[0]) if rows else None

    async def every(self) -> Sequence[Subordinate]:
        """List them by their identifiers."""
        return [_subordinate(row) for row in await self._rows(_EVERY)]

    async def enrol(self, subordinate: Subordinate, *, by: str) -> None:
        """Write one down, in place of what was known of it."""
        content = orjson.dumps(subordinate_as_json(subordinate))
        await self._told(
            FEDERATION_CHANNEL, "", _ENROL, subordinate.entity, content, subordinate.enrolled_at, by
        )

    async def remove(self, entity: str, *, by: str, at: datetime) -> bool:
        """Make no more statements of one; answers whether there were any."""
        return await self._told(FEDERATION_CHANNEL, "", _REMOVE, entity, at, by)


class StoredAnchors(Stored):
    """The trust anchors that operators have pinned; satisfies `PinnedAnchors`."""

    async def read(self) -> Anchors:
        """Answer with all of them."""
        return {
            entity_id(row["entity"]): read_keys(orjson.loads(row["jwks"]), what="pinned keys")
            for row in await self._rows(_ANCHORS)
        }

    async def pin(self, entity: EntityId, keys: JwkSet, *, by: str, at: datetime) -> None:
        """Trust an anchor with these keys and no others."""
        await self._told(FEDERATION_CHANNEL, "", _PIN, entity, orjson.dumps(keys.as_json()), at, by)

    async def unpin(self, entity: str) -> bool:
        """Trust an anchor no more; answers whether it was pinned."""
        return await self._told(FEDERATION_CHANNEL, "", _UNPIN, entity)


def _subordinate(row: asyncpg.Record) -> Subordinate:
    content = orjson.loads(row["content"])
    return subordinate_from_json(row["entity"], content, enrolled_at=row["enrolled_at"])
