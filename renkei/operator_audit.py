"""What operators change, and who tries to without being one, recorded before it is answered (ASGI).

One door for the admin APIs and the operator's pages of all houses: an operation that is added later
is recorded, too.
"""

from collections.abc import Awaitable, Iterator, Mapping
from urllib.parse import parse_qsl, unquote

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from broker import PRINCIPAL
from joint_use import (
    ACTING,
    NOBODY_KNOWN,
    Action,
    Audit,
    AuditEvent,
    AuditKind,
    AuditOutcome,
    Party,
    Principal,
    party_of,
)
from kit.db import DatabaseUnavailable
from renkei.auditing import Sparingly

_DOORS = ("/admin/", "/operator/")
_SHARED = ("/broker/v1/", "/catalog/", "/datamodels/tenants/")
"""Doors that others enter, too: what they do there is none of an operator's actions."""

_WATCHED = (*_DOORS, *_SHARED)
_HANDED_OUT = frozenset({"/admin/tenants/{name}/archive"})
"""What is recorded though it changes nothing: all of a tenant's data leave the platform."""

_SIGN_IN = "/operator/sign-in"
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_UNAUTHORIZED = 401
_TENANT = b"ngsild-tenant"
_WRONG_TOKEN = frozenset({_UNAUTHORIZED, 422})  # at the page the form is shown again
_PEOPLE = frozenset({"account", "subject", "person"})
_KINDS = (  # the first that a path begins with; each changing route has to have one
    ("/admin/tenants/{name}/policy/explain", AuditKind.OPERATOR_ACTION),
    ("/admin/tenants/{name}/policy", AuditKind.POLICY_CHANGE),
    ("/admin/identity/accounts", AuditKind.ACCOUNT_CHANGE),
    ("/admin/identity/clients", AuditKind.CLIENT_CHANGE),
    ("/admin/identity/keys", AuditKind.FEDERATION_CHANGE),
    ("/admin/identity/providers", AuditKind.FEDERATION_CHANGE),
    ("/admin/federation", AuditKind.FEDERATION_CHANGE),
    ("/admin/applications", AuditKind.OPERATOR_ACTION),
    ("/admin/audit", AuditKind.OPERATOR_ACTION),
    ("/admin/municipalities", AuditKind.OPERATOR_ACTION),
    ("/admin/organisations", AuditKind.OPERATOR_ACTION),
    ("/admin/profile", AuditKind.OPERATOR_ACTION),
    ("/admin/sandbox", AuditKind.OPERATOR_ACTION),
    ("/admin/tenants", AuditKind.OPERATOR_ACTION),
    ("/admin/terms", AuditKind.OPERATOR_ACTION),
    ("/admin/usage", AuditKind.OPERATOR_ACTION),
    (_SIGN_IN, AuditKind.SIGN_IN),
    ("/operator/sign-out", AuditKind.SIGN_OUT),
    ("/operator/", AuditKind.OPERATOR_ACTION),
    *((shared, AuditKind.OPERATOR_ACTION) for shared in _SHARED),
)
_NAMES_TENANT = {"/admin/tenants/{name}": "name", "/datamodels/tenants/{tenant}": "tenant"}


def kind_of(template: str) -> AuditKind | None:
    """Say of what kind the changes are that are made at a path; None: nobody has said it.

    >>> kind_of("/admin/identity/providers/{name}").value
    'federation_change'
    """
    return next((kind for start, kind in _KINDS if template.startswith(start)), None)


class OperatorAudit:
    """Records what is changed through the operator's doors.

    Args:
        app: answers.
        audit: where it is recorded.
        strangers: how many attempts without the right token are recorded.
    """

    def __init__(self, app: ASGIApp, audit: Audit, strangers: Sparingly) -> None:
        self._app = app
        self._audit = audit
        self._strangers = strangers

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer one request."""
        is_watched = scope["type"] == "http" and scope["path"].startswith(_WATCHED)
        return self._app(
            scope, receive, _Watching(self, scope, receive, send) if is_watched else send
        )

    async def note(self, scope: Scope, start: Message) -> None:
        """Record what a request has done.

        Raises:
            DatabaseUnavailable: it cannot be recorded now.
        """
        acting = _acting(scope)
        if acting is not None:
            if scope["method"] not in _READING or _path_of(scope)[0] in _HANDED_OUT:
                await self._audit.record(_change(scope, acting, start))
        elif start["status"] in _WRONG_TOKEN and _shows_something(scope):
            event = self._strangers.passed(_stranger(scope))
            if event is not None:
                await self._audit.record(event)


class _Watching:
    """Holds an answer back until it is recorded."""

    __slots__ = ("_door", "_is_refused", "_receive", "_scope", "_send")

    def __init__(self, door: OperatorAudit, scope: Scope, receive: Receive, send: Send) -> None:
        self._door = door
        self._scope = scope
        self._receive = receive
        self._send = send
        self._is_refused = False

    async def __call__(self, message: Message) -> None:
        if self._is_refused:
            return
        if message["type"] == "http.response.start":
            try:
                await self._door.note(self._scope, message)
            except DatabaseUnavailable as error:
                self._is_refused = True
                await _unrecorded(error)(self._scope, self._receive, self._send)
                return
        await self._send(message)


def _acting(scope: Scope) -> Principal | None:
    """Say who has shown to run the platform, or to administer what he changes."""
    acting = scope.get(ACTING)
    if isinstance(acting, Principal):
        return acting
    found = scope.get(PRINCIPAL)
    administers = isinstance(found, Principal) and Action.ADMINISTER in found.actions
    return found if administers and scope["path"].startswith(_SHARED) else None


def _tenant_of(scope: Scope, template: str, params: Mapping[str, str]) -> str | None:
    for start, name in _NAMES_TENANT.items():
        if template.startswith(start):
            return params[name]
    named = dict(scope["headers"]).get(_TENANT) if template.startswith("/broker/v1/") else None
    return None if named is None else named.decode("latin-1")


def _change(scope: Scope, acting: Principal, start: Message) -> AuditEvent:
    status: int = start["status"]
    template, params = _path_of(scope)
    outcome = AuditOutcome.DONE if status < 400 else AuditOutcome.FAILED
    about = next(iter([*params.items(), *_made(template, start), *_asked(scope)]), None)
    return AuditEvent(
        kind=kind_of(template) or AuditKind.OPERATOR_ACTION,
        outcome=outcome if status != 403 else AuditOutcome.DENIED,
        by=party_of(acting),
        about=None if about is None else _party(*about),
        tenant=_tenant_of(scope, template, params),
        what=f"{scope['method']} {template}",
        facts={"status": str(status)},
    )


def _stranger(scope: Scope) -> AuditEvent:
    template, _ = _path_of(scope)
    return AuditEvent(
        kind=AuditKind.SIGN_IN,
        outcome=AuditOutcome.FAILED,
        by=NOBODY_KNOWN,
        what=f"{scope['method']} {template}",
        reason="The operator's token is wrong",
    )


def _shows_something(scope: Scope) -> bool:
    """Tell whether somebody has tried a token: scanners, who show none, are no news."""
    path: str = scope["path"]
    if not path.startswith(_DOORS):
        return False
    return path == _SIGN_IN or any(name == b"authorization" for name, _ in scope["headers"])


def _path_of(scope: Scope) -> tuple[str, Mapping[str, str]]:
    """Answer with a path whose variable parts are named, and these."""
    given = scope.get("path_params") or {}
    params = {name: str(value) for name, value in given.items()}
    known: str | None = getattr(scope.get("route"), "path", None)
    if known is not None:  # said by the route itself, since names may be words of paths
        return known, params
    named = {value: name for name, value in params.items()}
    parts = scope["path"].split("/")
    return "/".join(f"{{{named[part]}}}" if part in named else part for part in parts), params


def _made(template: str, start: Message) -> Iterator[tuple[str, str]]:
    """Name what was made, as the answer tells where it is."""
    name = "account" if template.startswith("/admin/identity/accounts") else "made"
    for header, value in start.get("headers", ()):
        if header.lower() == b"location" and start["status"] == 201:
            yield name, unquote(value.decode("latin-1").rpartition("/")[2])


def _asked(scope: Scope) -> Iterator[tuple[str, str]]:
    """Name the entity of a federation that a request is about: it does not fit into a path."""
    for name, value in parse_qsl(scope["query_string"].decode("latin-1")):
        if name == "entity":
            yield name, value


def _party(name: str, value: str) -> Party:
    return Party.person(value) if name in _PEOPLE else Party.thing(value)


def _unrecorded(error: DatabaseUnavailable) -> JSONResponse:
    return JSONResponse(
        {
            "type": "urn:renkei:problem:unavailable",
            "title": "監査記録を書き込めません / The audit cannot be written",
            "status": 503,
            "detail": "A change may have been made and is not recorded; look, and repeat it",
        },
        503,
        headers={"retry-after": str(error.retry_after_s)},
        media_type="application/problem+json",
    )
