"""The two functions that the process tree runs: `create_app` in each worker, `prepare` before."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import cast

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from broker import NgsiLdApi
from idp_federation import new_nonce
from kit import tracing
from kit.tasks import Tasks
from renkei.departure import Departure
from renkei.documents import describe_platform
from renkei.enforcement import Enforcement, Gate
from renkei.instance import Instance
from renkei.operator_audit import OperatorAudit
from renkei.platform import Platform, assemble, opened, running
from renkei.preparation import make_ready
from renkei.sampling import Sampler
from renkei.sandbox_door import PATH as SANDBOX_PATH
from renkei.sandbox_door import SandboxDoor
from renkei.seen import Seen
from renkei.serving import serve_houses
from renkei.settings import Settings

VERSION = version("renkei")
NGSI_LD = "/ngsi-ld/"
_DRAIN_S = 0.8  # within what the server leaves to the end of everything


class Front:
    """The ASGI app of one worker: the NGSI-LD API at once, everything else through FastAPI.

    FastAPI's layers cost more than creating an entity, and the broker's door does what they do.
    """

    def __init__(
        self,
        platform: Platform,
        ngsi_ld: NgsiLdApi,
        rest: FastAPI,
        departure: Departure,
        gate: Gate | None = None,
    ) -> None:
        self._platform = platform
        self._departure = departure
        self._is_broker = "broker" in platform.settings.houses
        self._ngsi_ld = ngsi_ld
        self._sandbox = SandboxDoor(ngsi_ld, platform.sandboxes.known)
        self.rest = rest
        self._seen_rest = Seen(rest)
        door: ASGIApp = self._open if gate is None else Enforcement(self._open, gate)
        audited = OperatorAudit(door, platform.audit.lane, platform.audit.strangers)
        proxies = [str(network) for network in platform.settings.proxies]
        self._door: ASGIApp = behind(audited, proxies) if proxies else audited

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or follow the server's start and stop (ASGI)."""
        if scope["type"] != "http":
            await self._door(scope, receive, send)
            return
        tracing.enter(scope["headers"])
        if not tracing.is_recording():
            await self._door(scope, receive, send)
            return
        asked = {"http.request.method": scope["method"], "url.path": scope["path"]}
        with tracing.span(f"{scope['method']} {_place(scope)}", "server", attributes=asked):
            await self._door(scope, receive, send)

    def _open(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if self._is_broker and scope["type"] == "http":
            path: str = scope["path"]
            if path.startswith(NGSI_LD):
                return self._ngsi_ld(scope, receive, send)
            if path.startswith(SANDBOX_PATH):
                return self._sandbox(scope, receive, send)
        return self._seen_rest(scope, receive, send)

    def depart(self) -> None:
        """Let /health/ready say no from now on."""
        self._departure.begin()

    async def drain(self) -> None:
        """Commit what waits in lanes, or refuse it with 503, while its requests still live."""
        await self._platform.store.lanes.close(_DRAIN_S)


def behind(app: ASGIApp, proxies: list[str]) -> ASGIApp:
    """Believe proxies of ours who asks and by which scheme (X-Forwarded-For, X-Forwarded-Proto)."""
    believing = ProxyHeadersMiddleware(app, proxies)  # type: ignore[arg-type]  # ASGI, otherwise spelt
    return cast(ASGIApp, believing)


def _place(scope: Scope) -> str:
    """Name what is asked by the beginning of its path, which has few values."""
    return "/".join(scope["path"].split("/")[:4])


def create_app(settings: Settings) -> Front:
    """Make the ASGI app of one worker."""
    platform = assemble(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with running(platform), Tasks() as tasks:
            tasks.start("sampling", Sampler(platform).run)
            yield

    app = FastAPI(
        title="連携 renkei",
        version=VERSION,
        summary="The data-linkage platform that municipalities share",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    departure = Departure()
    serve_houses(app, platform, VERSION, departure)
    describe_platform(app)
    gate = gate_of(platform) if settings.auth == "on" else None
    return Front(platform, NgsiLdApi(platform.broker, settings.broker.api), app, departure, gate)


async def prepare(settings: Settings) -> None:
    """Ready the databases before any worker serves; safe to run again."""
    platform = assemble(settings)
    async with opened(platform):
        await make_ready(platform)


def gate_of(platform: Platform) -> Gate:
    """Say what it takes to know who calls."""
    provider = platform.identity.provider
    return Gate(
        verifier=platform.identity.verifier,
        issuer=provider.profile.issuer,
        anchor=provider.profile.anchor,
        operator_token=Instance(platform.settings.data, platform.settings.secrets).operator_token(),
        nonce=lambda: new_nonce(provider.secrets.nonce, provider.clock()),
    )
