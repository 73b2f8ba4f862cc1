"""Trust marks in the control database: those that are issued here, and those that are shown."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

import asyncpg
import orjson

from idp_federation.federation.identifiers import EntityId, entity_id
from idp_federation.federation.issued_mark import HeldMark, IssuedMark
from idp_federation.store.rows import Stored

_COLUMNS = """number, trust_mark_type, subject, content, token, issued_at, expires_at, issued_by,
       revoked_at, reason"""
_ADD = """
INSERT INTO federation_mark
    (trust_mark_type, subject, content, token, digest, issued_at, expires_at, issued_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING number"""
_BY_TOKEN = f"SELECT {_COLUMNS} FROM federation_mark WHERE digest = $1"  # noqa: S608 - fixed text
_BY_NUMBER = f"SELECT {_COLUMNS} FROM federation_mark WHERE number = $1"  # noqa: S608 - likewise
_EVERY = f"SELECT {_COLUMNS} FROM federation_mark ORDER BY number"  # noqa: S608 - likewise
_ACTIVE = f"""
SELECT {_COLUMNS} FROM federation_mark
WHERE ($1::text IS NULL OR trust_mark_type = $1) AND ($2::text IS NULL OR subject = $2)
  AND revoked_at IS NULL AND expires_at > $3
ORDER BY number DESC"""  # noqa: S608 - likewise
_REVOKE = """
UPDATE federation_mark SET revoked_at = $2, revoked_by = $3, reason = $4
WHERE number = $1 AND revoked_at IS NULL"""
_REVOKE_ALL = """
UPDATE federation_mark SET revoked_at = $2, revoked_by = $3, reason = $4
WHERE subject = $1 AND revoked_at IS NULL"""
_HELD = "SELECT trust_mark_type, issuer, token FROM federation_held_mark ORDER BY 1, 2"
_HOLD = """
INSERT INTO federation_held_mark (trust_mark_type, issuer, token, due_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (trust_mark_type, issuer) DO UPDATE
SET token = excluded.token, due_at = excluded.due_at"""
_LET_GO = "DELETE FROM federation_held_mark WHERE trust_mark_type = $1 AND issuer = $2"
_CLAIM = """
UPDATE federation_held_mark SET due_at = $2
WHERE (trust_mark_type, issuer) IN (
    SELECT trust_mark_type, issuer FROM federation_held_mark WHERE due_at <= $1
    FOR UPDATE SKIP LOCKED)
RETURNING trust_mark_type, issuer, token"""


class StoredMarks(Stored):
    """Trust marks; satisfies `IssuedMarks` and `HeldMarks`."""

    async def add(self, mark: IssuedMark) -> int:
        """Keep a mark that is issued; answers with its number."""
        [row] = await self._rows(
            _ADD,
            mark.trust_mark_type,
            mark.subject,
            orjson.dumps(mark.content),
            mark.token,
            _digest(mark.token),
            mark.issued_at,
            mark.expires_at,
            mark.issued_by,
        )
        number: int = row["number"]
        return number

    async def of_token(self, token: str) -> IssuedMark | None:
        """Answer with the mark that a JWT is."""
        return await self._one(_BY_TOKEN, _digest(token))

    async def numbered(self, number: int) -> IssuedMark | None:
        """Answer with a mark by its number."""
        return await self._one(_BY_NUMBER, number)

    async def every(self) -> Sequence[IssuedMark]:
        """List all, also those that do not count any more."""
        return [_mark(row) for row in await self._rows(_EVERY)]

    async def active(
        self, now: datetime, *, trust_mark_type: str | None = None, subject: str | None = None
    ) -> Sequence[IssuedMark]:
        """List those that count now, the latest first."""
        rows = await self._rows(_ACTIVE, trust_mark_type, subject, now)
        return [_mark(row) for row in rows]

    async def revoke(self, number: int, *, by: str, at: datetime, reason: str) -> bool:
        """Let a mark count no more; answers whether it was not revoked before."""
        return await self._done(_REVOKE, number, at, by, reason)

    async def revoke_all(self, subject: str, *, by: str, at: datetime, reason: str) -> None:
        """Let no mark of somebody's count any more."""
        await self._done(_REVOKE_ALL, subject, at, by, reason)

    async def held(self) -> Sequence[HeldMark]:
        """List the marks that this platform shows of itself."""
        return [_held(row) for row in await self._rows(_HELD)]

    async def hold(self, mark: HeldMark, *, due_at: datetime) -> None:
        """Show a mark, and ask its issuer for it again at an instant."""
        await self._done(_HOLD, mark.trust_mark_type, mark.issuer, mark.token, due_at)

    async def let_go(self, trust_mark_type: str, issuer: EntityId) -> bool:
        """Show a mark no more; answers whether it was shown."""
        return await self._done(_LET_GO, trust_mark_type, issuer)

    async def claim(self, now: datetime, *, again_at: datetime) -> Sequence[HeldMark]:
        """Take those to ask for again; nobody else does before an instant."""
        return [_held(row) for row in await self._rows(_CLAIM, now, again_at)]

    async def _one(self, statement: str, value: object) -> IssuedMark | None:
        rows = await self._rows(statement, value)
        return _mark(rows[0]) if rows else None


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _mark(row: asyncpg.Record) -> IssuedMark:
    return IssuedMark(
        number=row["number"],
        trust_mark_type=row["trust_mark_type"],
        subject=entity_id(row["subject"]),
        content=orjson.loads(row["content"]),
        issued_at=row["issued_at"],
        expires_at=row["expires_at"],
        token=row["token"],
        issued_by=row["issued_by"],
        revoked_at=row["revoked_at"],
        reason=row["reason"],
    )


def _held(row: asyncpg.Record) -> HeldMark:
    return HeldMark(
        trust_mark_type=row["trust_mark_type"],
        issuer=entity_id(row["issuer"]),
        token=row["token"],
    )
