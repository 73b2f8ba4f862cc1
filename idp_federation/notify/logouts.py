"""Back-channel logout: clients are told that sessions have ended, until they have heard it.

A notice is a row that whoever is free takes; who dies at it leaves it due again.

Spec: OpenID Connect Back-Channel Logout 1.0 §2.5
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from idp_federation.oidc.logout import LOGOUT_TYP, logout_claims
from idp_federation.ports import DueNotice, LogoutNotice, Provider
from kit.db import DatabaseUnavailable
from kit.http import Outbound, OutboundError
from kit.jwt import sign

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 10.0
_AT_ONCE = 20
_TIMEOUT_S = 5.0
_TAKEN_FOR = timedelta(seconds=60)
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 1800.0


class DueLogouts(Protocol):
    """The notices that are due."""

    async def take(self, now: datetime, *, again_at: datetime, limit: int) -> Sequence[DueNotice]:
        """Take notices that are due; no other process gets them before `again_at`."""
        ...

    async def done(self, number: int) -> None:
        """Forget a notice."""
        ...

    async def later(self, number: int, due_at: datetime, problem: str) -> None:
        """Try again later."""
        ...


class LogoutSender:
    """Tells clients that sessions have ended.

    Args:
        provider: the ports.
        due: the notices.
        outbound: posts, behind the guard.
    """

    def __init__(self, provider: Provider, due: DueLogouts, outbound: Outbound) -> None:
        self._provider = provider
        self._due = due
        self._outbound = outbound
        self._woken = asyncio.Event()

    def wake(self, *_: object) -> None:
        """Look at once whether anything is due."""
        self._woken.set()

    async def run(self) -> None:
        """Tell what is due, for ever; to be run under `kit.tasks`."""
        while True:
            self._woken.clear()
            try:
                while await self.send_due():
                    continue
            except (DatabaseUnavailable, TimeoutError) as error:
                log.warning("logouts_not_sent", reason=str(error))
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def send_due(self) -> int:
        """Tell what is due now, at most 20; answers with how many that was."""
        now = self._provider.clock()
        taken = await self._due.take(now, again_at=now + _TAKEN_FOR, limit=_AT_ONCE)
        async with asyncio.TaskGroup() as sending:
            for one in taken:
                sending.create_task(self._send(one))
        return len(taken)

    async def _send(self, due: DueNotice) -> None:
        problem = await self._problem(due.notice)
        now = self._provider.clock()
        if problem is None or now >= due.gives_up_at:
            if problem is not None:
                log.warning("logout_given_up", client=due.notice.client, reason=problem)
            await self._due.done(due.number)
            return
        pause_s = min(_FIRST_PAUSE_S * 2.0 ** min(due.attempts - 1, 20), _LONGEST_PAUSE_S)
        await self._due.later(due.number, now + timedelta(seconds=pause_s), problem)
        asyncio.get_running_loop().call_later(pause_s, self._woken.set)

    async def _problem(self, notice: LogoutNotice) -> str | None:
        """Tell one client; answers with why it has not heard."""
        provider = self._provider
        claims = logout_claims(
            issuer=provider.profile.issuer,
            client=notice.client,
            subject=notice.subject,
            sid=notice.sid,
            jti=provider.random(),
            now=provider.clock(),
        )
        token = sign(claims, await provider.keys.signer(), typ=LOGOUT_TYP)
        try:
            answer = await self._outbound.post_form(
                notice.url, {"logout_token": token}, timeout_s=_TIMEOUT_S
            )
        except OutboundError as error:
            return error.detail
        return None if answer.status in (200, 204) else f"status {answer.status}"
