"""What has been seen once, in the control database, for all processes.

Assertions are few and are kept safely. DPoP proofs come with every request: those that arrive
together are written together, into a table that a crash of the server may empty. It then knows that
it has forgotten, and proofs from before do not count.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime

from idp_federation.oidc.opaque import digest
from kit.clock import Clock
from kit.db import Database, Databases

_ASSERTION = """
INSERT INTO seen_assertion (issuer, jti, expires_at) VALUES ($1, $2, $3)
ON CONFLICT (issuer, jti) DO UPDATE SET expires_at = excluded.expires_at
WHERE seen_assertion.expires_at < $4 RETURNING issuer"""
_REMEMBER = "INSERT INTO proof_memory (since) VALUES ($1) ON CONFLICT (sole) DO NOTHING"
_SINCE = "SELECT since FROM proof_memory"
_PROOFS = """
INSERT INTO seen_proof (jkt, jti, expires_at)
SELECT * FROM unnest($1::text[], $2::bytea[], $3::timestamptz[])
ORDER BY 1, 2
ON CONFLICT DO NOTHING RETURNING jkt, jti"""
_NEVER = datetime.min.replace(tzinfo=UTC)
_MOST = 500


@dataclass(slots=True)
class _Waiting:
    """A proof that waits to be written, and who waits for it."""

    jkt: str
    jti: bytes
    issued_at: datetime
    expires_at: datetime
    answer: "asyncio.Future[bool]" = field(compare=False)


class StoredReplays:
    """What has been seen once; satisfies `Replays`.

    Args:
        databases: the process's connections.
        control: the control database.
        clock: the time.
    """

    def __init__(self, databases: Databases, control: Database, clock: Clock) -> None:
        self._databases = databases
        self._control = control
        self._clock = clock
        self._waiting: list[_Waiting] = []
        self._writing = asyncio.Lock()

    async def first_assertion(self, issuer: str, jti: str, expires_at: datetime) -> bool:
        """Note an assertion or request object; answers whether it is the first of its name."""
        async with self._databases.connection(self._control) as connection:
            noted = await connection.fetchval(
                _ASSERTION, issuer, digest(jti), expires_at, self._clock()
            )
        return noted is not None

    async def first_proof(
        self, jkt: str, jti: str, issued_at: datetime, expires_at: datetime
    ) -> bool:
        """Note a DPoP proof; answers whether it is the first of its name.

        Who comes while a group is written waits and writes the next one, for all who came.
        """
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        mine = _Waiting(jkt, digest(jti), issued_at, expires_at, answer)
        self._waiting.append(mine)
        async with self._writing:
            if not answer.done():
                await self._write()
        return await answer

    async def _write(self) -> None:
        """Write the proofs that wait, the first 500."""
        group, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
        try:
            first = await self._noted(group)
        except BaseException as error:
            for one in group:
                if not one.answer.done():
                    _fail(one.answer, error)
            raise
        for one in group:
            is_first = (one.jkt, one.jti) in first
            first.discard((one.jkt, one.jti))  # of two of one name in a group, one is first
            if not one.answer.done():
                one.answer.set_result(is_first)

    async def _noted(self, group: list[_Waiting]) -> set[tuple[str, bytes]]:
        """Insert a group; answers with those that were not there and are remembered safely."""
        async with self._databases.connection(self._control) as connection:
            since: datetime | None = await connection.fetchval(_SINCE)
            if since is None:
                await connection.execute(_REMEMBER, self._clock())
                since = await connection.fetchval(_SINCE)
            rows = await connection.fetch(
                _PROOFS,
                [one.jkt for one in group],
                [one.jti for one in group],
                [one.expires_at for one in group],
            )
        begins = since or _NEVER
        inserted = {(row["jkt"], row["jti"]) for row in rows}
        return {
            (one.jkt, one.jti)
            for one in group
            if one.issued_at >= begins and (one.jkt, one.jti) in inserted
        }


def _fail(answer: "asyncio.Future[bool]", error: BaseException) -> None:
    """Tell a waiter of a failure; a cancellation of the writer is none of the waiter's."""
    if isinstance(error, asyncio.CancelledError):
        answer.set_result(False)
    else:
        answer.set_exception(error)
        answer.exception()  # seen by the waiter where it still waits
