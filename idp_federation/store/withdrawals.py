"""What was withdrawn, kept in the control database and known to each process in memory.

NOTIFY brings news at once; all that is in force is read again every few seconds, and before a token
is believed for the first time when the last reading is too old.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import datetime

import orjson
import structlog

from idp_federation.oidc.access_token import VerifiedToken
from idp_federation.oidc.withdrawal import Effect, Withdrawal
from kit.clock import Clock
from kit.db import Database, Databases, DatabaseUnavailable

log = structlog.get_logger(__name__)

WITHDRAWALS_CHANNEL = "renkei_withdrawal"
"""Where each withdrawal is notified."""

READ_EVERY_S = 5.0
KNOWN_FOR_S = 15.0
_NOTE = """
INSERT INTO withdrawal (name, effect, at, expires_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (name, effect) DO UPDATE
SET at = greatest(withdrawal.at, excluded.at),
    expires_at = greatest(withdrawal.expires_at, excluded.expires_at)"""
_READ = "SELECT name, effect, at FROM withdrawal WHERE expires_at > $1"
_LOOK = "SELECT name, effect, at FROM withdrawal WHERE name = ANY($1)"
_TELL = "SELECT pg_notify($1, $2)"


class KnownWithdrawals:
    """What was withdrawn; satisfies `Withdrawals`.

    Args:
        databases: the process's connections.
        control: the control database.
        clock: the time.
        monotonic: seconds that only grow.
    """

    def __init__(
        self,
        databases: Databases,
        control: Database,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._databases = databases
        self._control = control
        self._clock = clock
        self._monotonic = monotonic
        self._known: dict[str, dict[Effect, datetime]] = {}
        self._read_s = float("-inf")
        self._news = 0

    @property
    def news(self) -> int:
        """How often something was added to what is known here."""
        return self._news

    async def note(self, withdrawals: Sequence[Withdrawal]) -> None:
        """Withdraw, here at once and elsewhere soon."""
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            for one in withdrawals:
                await connection.execute(_NOTE, one.name, one.effect.value, one.at, one.expires_at)
                await connection.execute(_TELL, WITHDRAWALS_CHANNEL, _told(one))
        for one in withdrawals:
            self._add(one.name, one.effect, one.at)

    async def refresh(self) -> None:
        """See that what is known here is at most 15 s old.

        Raises:
            DatabaseUnavailable: it cannot be known.
        """
        if self._monotonic() - self._read_s > KNOWN_FOR_S:
            await self._read()

    def effect_on(self, token: VerifiedToken) -> Effect | None:
        """Say what was done to a token, as far as is known here.

        Times in tokens are whole seconds, so of the withdrawal's own second all are meant.
        """
        effects = {
            effect
            for name in token.names
            for effect, at in self._known.get(name, {}).items()
            if token.issued_at <= at
        }
        if Effect.END in effects:
            return Effect.END
        return Effect.LOWER if effects else None

    async def look_up(self, token: VerifiedToken) -> Effect | None:
        """Say what was done to a token, wherever that was.

        Raises:
            DatabaseUnavailable: it cannot be known.
        """
        async with self._databases.connection(self._control) as connection:
            rows = await connection.fetch(_LOOK, list(token.names))
        for row in rows:
            self._add(row["name"], Effect(row["effect"]), row["at"])
        return self.effect_on(token)

    def heard(self, payload: str) -> None:
        """Take up what another process has told."""
        told = orjson.loads(payload)
        self._add(told["name"], Effect(told["effect"]), datetime.fromisoformat(told["at"]))

    def heard_all(self) -> None:
        """Read all of it again: news may have been missed."""
        self._read_s = float("-inf")

    async def run(self) -> None:
        """Read what is in force again and again; to be run under `kit.tasks`."""
        while True:
            try:
                await self._read()
            except (DatabaseUnavailable, TimeoutError) as error:
                log.warning("withdrawals_not_read", reason=str(error))
            await asyncio.sleep(READ_EVERY_S)

    async def _read(self) -> None:
        """Read all that is in force; what was heard meanwhile is kept."""
        began_s, news = self._monotonic(), self._news
        async with self._databases.connection(self._control) as connection:
            rows = await connection.fetch(_READ, self._clock())
        if news == self._news:
            self._known = {}
        for row in rows:
            self._add(row["name"], Effect(row["effect"]), row["at"])
        self._read_s = began_s

    def _add(self, name: str, effect: Effect, at: datetime) -> None:
        self._news += 1
        known = self._known.setdefault(name, {})
        known[effect] = max(at, known.get(effect, at))


def _told(one: Withdrawal) -> str:
    told = {"name": one.name, "effect": one.effect.value, "at": one.at.isoformat()}
    return orjson.dumps(told).decode()
