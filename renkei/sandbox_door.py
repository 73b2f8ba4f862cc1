"""The sandbox's door: the NGSI-LD API under /sandbox/, in the sandbox's tenant and in no other."""

from typing import cast

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api_catalog import SANDBOX, is_tried
from broker import PRINCIPAL
from joint_use import Action, Principal
from kit.db import DatabaseUnavailable
from renkei.sandbox import KnownSandbox

PATH = SANDBOX + "/ngsi-ld/"
_PROBLEM = "application/problem+json"
_DROPPED = frozenset(
    {b"authorization", b"dpop", b"ngsild-tenant", b"ngsild-snapshot", b"ngsild-entitymap"}
)
_PLACES = frozenset({b"location", b"link"})


class SandboxDoor:
    """Lets anybody in, as somebody who may read and write in the sandbox alone (ASGI).

    Args:
        ngsi_ld: the API.
        known: which tenant the sandbox is.
    """

    def __init__(self, ngsi_ld: ASGIApp, known: KnownSandbox) -> None:
        self._ngsi_ld = ngsi_ld
        self._known = known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            tenant = await self._known.tenant()
        except DatabaseUnavailable as error:
            headers = {"retry-after": str(error.retry_after_s)}
            refused = _problem(503, "The sandbox cannot be reached now; try again")
            refused.headers.update(headers)
            await refused(scope, receive, send)
            return
        raw = cast(bytes, scope["raw_path"])[len(SANDBOX) :]
        path = raw.partition(b"?")[0].decode("latin-1")
        if tenant is None:
            await _problem(404, "This platform has no sandbox")(scope, receive, send)
        elif not is_tried(path):
            told = f"Path {path} is not in the sandbox; right are entities, types and attributes"
            await _problem(403, told)(scope, receive, send)
        else:
            await self._ngsi_ld(_within(scope, raw, tenant), receive, _Returning(send))


class _Returning:
    """Lets the addresses in answers lead into the sandbox again."""

    __slots__ = ("_send",)

    def __init__(self, send: Send) -> None:
        self._send = send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [_returning(*one) for one in message["headers"]]}
        await self._send(message)


def _within(scope: Scope, raw: bytes, tenant: str) -> Scope:
    """Write the request as one to the sandbox's tenant, whatever tenant it names."""
    headers = [one for one in scope["headers"] if one[0].lower() not in _DROPPED]
    visitor = Principal(
        subject="sandbox visitor",
        tenants=frozenset({tenant}),
        actions=frozenset({Action.READ, Action.WRITE}),
    )
    return {
        **scope,
        "path": scope["path"].removeprefix(SANDBOX),
        "raw_path": raw,
        "headers": [*headers, (b"ngsild-tenant", tenant.encode())],
        PRINCIPAL: visitor,
    }


def _returning(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    if name.lower() in _PLACES:
        return name, value.replace(b"/ngsi-ld/v1/", SANDBOX.encode() + b"/ngsi-ld/v1/")
    return name, value


def _problem(status: int, detail: str) -> JSONResponse:
    told = {"type": "urn:renkei:problem:sandbox", "title": "サンドボックス / Sandbox"}
    return JSONResponse({**told, "status": status, "detail": detail}, status, media_type=_PROBLEM)
