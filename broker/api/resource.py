"""Resource: one path of the HTTP binding and what its methods do; the door all requests pass."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from time import perf_counter
from typing import cast

import structlog
from starlette.types import Send

from broker.api.accept import NotAcceptable
from broker.api.body import (
    BodyTooLarge,
    Disconnected,
    LengthRequired,
    UnsupportedMediaType,
    context_link,
    require_length,
)
from broker.api.exchange import Header, Incoming, Reply, json_reply
from broker.api.mediated import Mediation, mediate
from broker.api.mediated_subscriptions import mediate_subscriptions
from broker.api.params import parameters
from broker.api.preferences import applied, prefers_japanese
from broker.api.problems import (
    denied_reply,
    fault_reply,
    plain_problem,
    problem_reply,
    warning_of,
)
from broker.ngsi.errors import Finding, NgsiLdError, OperationNotSupported
from broker.ngsi.snapshot import SnapshotId
from broker.operations.call import AccessDenied, Call, standing_of
from broker.operations.within_snapshot import within_snapshot
from broker.operations.within_visibility import within_visibility
from broker.ports import NOTED, Broker
from broker.settings import ApiSettings
from joint_use import (
    ANYONE,
    SERVICE,
    UNRESTRICTED,
    Principal,
    Storage,
    Tenant,
    operation_of,
    service_of,
)
from kit import tracing
from kit.metrics import OTHER
from kit.metrics.requests import GONE, NO_TENANT, Answered

log = structlog.stdlib.get_logger("broker.api")

WITH_BODY = frozenset({"POST", "PATCH", "PUT"})
PRINCIPAL = "renkei.principal"
"""Where in the ASGI scope the roof's middleware puts the Principal."""

REFUSAL = "renkei.refusal"
"""Where in the ASGI scope the Deny is that a request met, for who challenges."""

TENANT = "renkei.tenant"
"""Where in the ASGI scope the Tenant is once it is known, for who counts."""

SNAPSHOT = b"ngsild-snapshot"
_LENGTH = b"content-length"
_OTHER_METHODS = Answered("broker", OTHER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What a handler is given: the broker, who calls, and the request itself.

    Args:
        snapshot: the one that the request is about (§6.3.22); None: it is about live data.
    """

    broker: Broker
    settings: ApiSettings
    call: Call
    incoming: Incoming
    snapshot: str | None = None

    def parameters(self, allowed: Collection[str]) -> Mapping[str, str]:
        """Read the URL's parameters; on a snapshot all is local, whatever they say (§6.3.18).

        Raises:
            InvalidRequest: one is unknown to the operation, given twice, or not UTF-8.
        """
        params = parameters(self.incoming.query_string, allowed)
        return params if self.snapshot is None else {**params, "local": "true"}


Handler = Callable[[Exchange], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Method:
    """One HTTP method of a resource.

    Args:
        creates_tenant: with the setting `tenant_auto_create`, an unknown tenant is made for it
            (§4.14 lists these operations).
        bodiless: a POST that carries no body.
        only_refuses: what is wrong is said better by the handler than by 405; no `Allow` names it.
        is_ours: it is about this platform itself, wherever a tenant's data are.
    """

    handler: Handler
    creates_tenant: bool = False
    bodiless: bool = False
    only_refuses: bool = False
    is_ours: bool = False


class OnSnapshot(Enum):
    """What a resource makes of the header NGSILD-Snapshot (§6.3.22)."""

    ACTS = "acts on the snapshot"
    REFUSES = "cannot act on a snapshot"
    IGNORES = "is no part of what a snapshot holds"


class Resource:
    """One path: checks what all requests share and renders all errors."""

    def __init__(
        self,
        broker: Broker,
        settings: ApiSettings,
        methods: Mapping[str, Method],
        on_snapshot: OnSnapshot = OnSnapshot.REFUSES,
        path: str = "/",
    ) -> None:
        self._broker = broker
        self._on_snapshot = on_snapshot
        self._settings = settings
        self._methods = {**methods, **_head(methods)}
        self._operations = {name: operation_of(name, path) for name in self._methods}
        self._seen = {name: Answered("broker", f"{name} {path}") for name in self._methods}
        self._allow = sorted(
            ["OPTIONS", *(name for name, one in self._methods.items() if not one.only_refuses)]
        )

    async def answer(self, incoming: Incoming, send: Send) -> None:
        """Answer one request."""
        began_s = perf_counter()
        noted: list[Finding] = []
        NOTED.set(noted)
        try:
            reply = await self._answer(incoming)
        except Disconnected:
            self._see(incoming, GONE, began_s)
            return
        headers = [*_echo(incoming), *applied(incoming, reply)]
        if noted:
            headers.append(warning_of(noted))
        self._count(incoming, reply)
        await reply.send(send, headers)
        self._see(incoming, reply.status, began_s)

    def _see(self, incoming: Incoming, status: int, began_s: float) -> None:
        """Let who watches the platform see that a request is answered."""
        seen = self._seen.get(incoming.method, _OTHER_METHODS)
        tenant = cast("Tenant | None", incoming.scope.get(TENANT))
        tenant_class = NO_TENANT if tenant is None else tenant.storage.value
        seen.count(tenant_class, status, perf_counter() - began_s)

    def _count(self, incoming: Incoming, reply: Reply) -> None:
        """Note the answer before it leaves; a request in no tenant is nobody's usage."""
        meter, tenant = self._broker.meter, cast("Tenant | None", incoming.scope.get(TENANT))
        if meter is None or tenant is None:
            return
        body = None if incoming.method == "HEAD" else reply.body
        length = incoming.headers.get(_LENGTH)
        meter.note(
            tenant,
            _principal(incoming),
            self._operations[incoming.method],
            status=reply.status,
            bytes_in=0 if length is None else int(length),
            bytes_out=0 if body is None else len(body),
        )

    async def _answer(self, incoming: Incoming) -> Reply:
        method = self._methods.get(incoming.method)
        if method is None:
            return self._other(incoming.method)
        try:
            return await self._dispatch(method, incoming)
        except NgsiLdError as error:
            return problem_reply(error, in_japanese=prefers_japanese(incoming))
        except AccessDenied as error:
            incoming.scope[REFUSAL] = error.refusal
            return denied_reply(error, is_known=_principal(incoming) != ANYONE)
        except NotAcceptable as error:
            return json_reply({"available": list(error.available)}, status=406)
        except LengthRequired:
            return Reply(status=411)
        except UnsupportedMediaType:
            return Reply(status=415)
        except BodyTooLarge as error:
            return plain_problem(413, "The body is too large", str(error))
        except Disconnected:
            raise
        except Exception as error:  # noqa: BLE001 — the last door: a fault of ours becomes 500 with a trace id
            return _fault(incoming, error)

    async def _dispatch(self, method: Method, incoming: Incoming) -> Reply:
        if incoming.method in WITH_BODY and not method.bodiless:
            require_length(incoming, self._settings.max_body_bytes)
        tenant = await self._broker.tenants.of(
            incoming.header(b"ngsild-tenant"), create=method.creates_tenant
        )
        incoming.scope[TENANT] = tenant
        principal = _principal(incoming)
        SERVICE.set(service_of(principal))
        await self._broker.admission.enter(tenant, int(incoming.headers.get(_LENGTH, b"0")))
        try:
            context = context_link(incoming.header(b"link"))
            call = Call(
                tenant=tenant,
                principal=principal,
                context=context,
                standing=await standing_of(self._broker, tenant, principal),
            )
            return await self._handle(method, incoming, call)
        finally:
            self._broker.admission.leave(tenant)

    async def _handle(self, method: Method, incoming: Incoming, call: Call) -> Reply:
        is_elsewhere = call.tenant.storage is Storage.EXTERNAL
        if is_elsewhere and not (method.is_ours or method.only_refuses):
            return await self._mediate(call, incoming)
        exchange = Exchange(
            broker=within_visibility(self._broker, call),
            settings=self._settings,
            call=call,
            incoming=incoming,
        )
        if SNAPSHOT in incoming.headers:
            exchange = await self._within_snapshot(exchange)
        return await method.handler(exchange)

    async def _mediate(self, call: Call, incoming: Incoming) -> Reply:
        """Let the tenant's own endpoint answer."""
        mediation = Mediation(
            broker=self._broker, settings=self._settings, call=call, incoming=incoming
        )
        if mediation.below.startswith("/subscriptions"):
            return await mediate_subscriptions(mediation)
        return await mediate(mediation)

    async def _within_snapshot(self, exchange: Exchange) -> Exchange:
        snapshot = exchange.incoming.header(SNAPSHOT) or ""
        if self._on_snapshot is OnSnapshot.IGNORES:
            return exchange
        if self._on_snapshot is OnSnapshot.REFUSES:
            raise OperationNotSupported(
                "This resource cannot act on a Snapshot; right would be the request without "
                "NGSILD-Snapshot",
                where="NGSILD-Snapshot",
            )
        broker = await within_snapshot(exchange.broker, exchange.call, SnapshotId(snapshot))
        return replace(exchange, broker=broker, snapshot=snapshot)

    def _other(self, method: str) -> Reply:
        allowed = ", ".join(self._allow)
        allow = (b"allow", allowed.encode())
        if method == "OPTIONS":
            headers = [allow]
            if "PATCH" in self._allow:
                headers.append((b"accept-patch", _ACCEPT_PATCH))
            return Reply(status=204, headers=headers)
        return plain_problem(
            405,
            "The method is not allowed",
            f"{method} is not allowed here; allowed are {allowed}",
            (allow,),
        )


def _principal(incoming: Incoming) -> Principal:
    return cast(Principal, incoming.scope.get(PRINCIPAL, UNRESTRICTED))


def _head(methods: Mapping[str, Method]) -> dict[str, Method]:
    """HEAD is GET of which the server sends no body (RFC 9110 §9.3.2)."""
    return {"HEAD": methods["GET"]} if "GET" in methods else {}


_ACCEPT_PATCH = b"application/json, application/ld+json, application/merge-patch+json"


def _echo(incoming: Incoming) -> list[Header]:
    """Tenant and snapshot go back in every response, errors too (§6.3.14, §6.3.22)."""
    headers = incoming.headers
    return [(name, headers[name]) for name in (b"ngsild-tenant", SNAPSHOT) if name in headers]


def _fault(incoming: Incoming, error: Exception) -> Reply:
    trace_id = tracing.trace_id()
    log.error(
        "request_failed",
        trace_id=trace_id,
        method=incoming.method,
        path=incoming.path,
        exc_info=error,
    )
    return fault_reply(trace_id)
