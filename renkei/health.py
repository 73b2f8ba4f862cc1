"""/health/live and /health/ready: whether this process lives, and what it lacks to serve."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kit.errors import RenkeiError

Check = Callable[[], Awaitable[None]]
"""Answers when its part is there; raises a RenkeiError that says what is missing."""


@dataclass(frozen=True, slots=True)
class Health:
    """The parts that must be there before requests are served.

    Args:
        checks: by the part's name.
        facts: told along, for load tests and people: durability, auth, version.
    """

    checks: Mapping[str, Check]
    facts: Callable[[], Awaitable[Mapping[str, str]]]

    async def live(self, _: Request) -> Response:
        """Answer 200 as long as the process answers at all."""
        return JSONResponse({"status": "live"})

    async def ready(self, _: Request) -> Response:
        """Answer 200 with facts, or 503 with what is missing."""
        missing: dict[str, str] = {}
        for part, check in self.checks.items():
            try:
                await check()
            except RenkeiError as error:
                missing[part] = error.detail
        if missing:
            return JSONResponse(
                {"status": "not ready", "missing": missing},
                status_code=503,
                headers={"Retry-After": "1"},
            )
        return JSONResponse({"status": "ready", **await self.facts()})

    def routes(self) -> list[Route]:
        """The two paths."""
        return [
            Route("/health/live", self.live, include_in_schema=False),
            Route("/health/ready", self.ready, include_in_schema=False),
        ]
