"""/health/live and /health/ready: whether this process lives, and what it lacks to serve."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import httpx2
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kit.clock import utc_now
from kit.errors import RenkeiError
from kit.json import JsonValue
from kit.tasks import ailing

_ANSWER_S = 10.0
_CHECK_S = 2.0  # a probe that hears nothing tells its operator nothing

Check = Callable[[], Awaitable[None]]
"""Answers when its part is there; raises a RenkeiError that says what is missing."""


@dataclass(frozen=True, slots=True)
class Health:
    """The parts that must be there before requests are served.

    Args:
        checks: by the part's name.
        facts: told along, for load tests and people: durability, auth, version.
        partial: by the part's name, what only some tenants need: it is told where one is away.
        since: by the part's name, since when it is missing.
    """

    checks: Mapping[str, Check]
    facts: Callable[[], Awaitable[Mapping[str, str]]]
    partial: Mapping[str, Check] = field(default_factory=dict)
    since: dict[str, datetime] = field(default_factory=dict)

    async def live(self, _: Request) -> Response:
        """Answer 200 as long as the process answers at all."""
        return JSONResponse({"status": "live"})

    async def ready(self, _: Request) -> Response:
        """Answer 200 with facts and what is away for some, or 503 with what is missing.

        Either way it says which background tasks crash again and again: what they do is late.
        """
        missing, away = await asyncio.gather(_missing(self.checks), _missing(self.partial))
        told: dict[str, JsonValue] = {"status": "not ready" if missing else "ready"}
        if missing:
            told |= {"missing": dict(missing), "since": self._since(missing)}
        else:
            self.since.clear()
            if away:
                told["away"] = dict(away)
            told |= await self.facts()
        if crashing := ailing():
            told["ailing"] = dict(crashing)
        headers = {"Cache-Control": "no-store", **({"Retry-After": "1"} if missing else {})}
        return JSONResponse(told, status_code=503 if missing else 200, headers=headers)

    def _since(self, missing: Mapping[str, str]) -> dict[str, JsonValue]:
        for part in [part for part in self.since if part not in missing]:
            del self.since[part]
        now = utc_now()
        return {
            part: self.since.setdefault(part, now).isoformat(timespec="seconds") for part in missing
        }

    def routes(self) -> list[Route]:
        """The two paths."""
        return [
            Route("/health/live", self.live, include_in_schema=False),
            Route("/health/ready", self.ready, include_in_schema=False),
        ]


def told_ready(url: str, trusted: ssl.SSLContext | bool) -> Mapping[str, object]:
    """Ask a running platform how it is, for commands."""
    try:
        answer = httpx2.get(
            f"{url}/health/ready", timeout=_ANSWER_S, trust_env=False, verify=trusted
        )
        told: dict[str, object] = answer.json()
    except (httpx2.HTTPError, ValueError) as error:
        return {"status": "does not answer", "reason": repr(error)}
    return told


async def _missing(checks: Mapping[str, Check]) -> dict[str, str]:
    """Answer with what is not there, and why; all are asked at once."""

    async def reason(check: Check) -> str | None:
        try:
            async with asyncio.timeout(_CHECK_S):
                await check()
        except RenkeiError as error:
            return error.detail
        except TimeoutError:
            return f"No answer within {_CHECK_S:g} s"
        return None

    reasons = await asyncio.gather(*(reason(check) for check in checks.values()))
    return {part: said for part, said in zip(checks, reasons, strict=True) if said is not None}
