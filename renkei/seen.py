"""Seen: counts the requests of everything that FastAPI answers, by route (ASGI)."""

from time import perf_counter

from fastapi import FastAPI
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from broker import TENANT
from joint_use import Tenant
from kit.metrics import OTHER
from kit.metrics.requests import GONE, NO_TENANT, Answered

_HOUSES = frozenset({"broker", "idp_federation", "datamodels", "api_catalog", "joint_use"})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_ROOF = "renkei"


class Seen:
    """Lets requests through, and counts their answers.

    Args:
        app: the application, which leaves in the scope whose endpoint it was.
    """

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._paths: dict[object, str] = {
            route.endpoint: route.path for route in app.router.routes if isinstance(route, Route)
        }
        self._operations: dict[tuple[str, str], Answered] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began_s, status = perf_counter(), GONE

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, sent)
        finally:
            tenant = scope.get(TENANT)
            tenant_class = tenant.storage.value if isinstance(tenant, Tenant) else NO_TENANT
            self._operation(scope).count(tenant_class, status, perf_counter() - began_s)

    def _operation(self, scope: Scope) -> Answered:
        method = scope["method"] if scope["method"] in _METHODS else OTHER
        path = getattr(scope.get("route"), "path", None) or self._paths.get(scope.get("endpoint"))
        key = (_house(scope), OTHER if path is None else f"{method} {path}")
        found = self._operations.get(key)
        if found is None:
            found = self._operations[key] = Answered(*key)
        return found


def _house(scope: Scope) -> str:
    """Say whose endpoint it was: that of the package that it is written in."""
    module: str = getattr(scope.get("endpoint"), "__module__", "") or ""
    house = module.partition(".")[0]
    return house if house in _HOUSES else _ROOF
