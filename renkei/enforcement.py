"""Enforcement: who calls is found out before any house is asked, and challenges are written.

With `--auth on` every request passes here. The Principal goes into the ASGI scope; what it may do
the houses decide (`joint_use.decide`).
"""

import hmac
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from broker import PRINCIPAL, REFUSAL, Unavailable
from idp_federation import (
    InvalidDpopProof,
    InvalidToken,
    OAuthError,
    Presented,
    Proof,
    Remembered,
    TokenVerifier,
    UseDpopNonce,
    VerifiedToken,
    challenge,
    challenged,
    read_presented,
)
from idp_federation import Requirement as LevelsRequired
from joint_use import (
    ANYONE,
    OPERATOR,
    Access,
    Action,
    PolicyCache,
    Principal,
    Requirement,
    Standing,
    StepUp,
    Tenant,
    standing_with,
)
from kit.db import DatabaseUnavailable
from kit.metrics.requests import REFUSALS

METADATA = "/.well-known/oauth-protected-resource"
_AUTHORIZATION, _DPOP = b"authorization", b"dpop"
_BEARER = "bearer "
_UNAUTHORIZED = 401
_MOST_KNOWN = 2_000
_PROTECTED = (
    "/ngsi-ld/",
    "/broker/",
    "/datamodels/",
    "/consents/",
    "/admin/",
    "/catalog/",
    "/tenants/",
    "/api/",
)
_OF_OTHERS = "/broker/v1/relay/"  # the header is the source's, for the subscriber
_ACTIONS = {action.value: action for action in Action}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What is needed to know who calls.

    Args:
        verifier: believes access tokens.
        issuer: the platform's own address, as clients see it.
        anchor: the domain of acr values.
        operator_token: whoever has it is the operator.
        nonce: makes a nonce for DPoP proofs.
    """

    verifier: TokenVerifier
    issuer: str
    anchor: str
    operator_token: str
    nonce: Callable[[], str]


class Enforcement:
    """Puts into each request's scope who calls, or refuses a token that does not count (ASGI).

    Paths that read the header Authorization for themselves (the OpenID Provider's own) are let
    through as anyone's.
    """

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app = app
        self._gate = gate
        self._known: OrderedDict[bytes, tuple[Remembered, Principal]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        if path.startswith(METADATA):
            await _metadata(self._gate, path)(scope, receive, send)
            return
        scope[PRINCIPAL] = ANYONE
        if path.startswith(_PROTECTED) and not path.startswith(_OF_OTHERS):
            try:
                scope[PRINCIPAL] = self._known_caller(scope) or await self._caller(scope)
            except OAuthError as error:
                await self._refused(error, path)(scope, receive, send)
                return
            except DatabaseUnavailable as error:
                await _unavailable(error)(scope, receive, send)
                return
        await self._app(scope, receive, _Challenging(self._gate, scope, send))

    def _known_caller(self, scope: Scope) -> Principal | None:
        """Recognise the very header of an earlier request, as long as its token counts.

        What is found out about its Principal once (`scope_of`) needs not be found out again.
        """
        sent = None
        for name, value in scope["headers"]:
            if name == _AUTHORIZATION:
                if sent is not None:
                    return None
                sent = value
        known = None if sent is None else self._known.get(sent)
        if known is None or not self._gate.verifier.counts(known[0]):
            return None
        return known[1]

    async def _caller(self, scope: Scope) -> Principal:
        """Find out who calls; ANYONE without a token."""
        given = [value for name, value in scope["headers"] if name == _AUTHORIZATION]
        if not given:
            return ANYONE
        sent = given[0].decode("latin-1")
        if len(given) == 1 and sent[: len(_BEARER)].lower() == _BEARER:
            token = sent[len(_BEARER) :].strip()
            known = self._gate.verifier.known(token)
            if known is not None:
                return self._remember(given[0], known)
            if hmac.compare_digest(token.encode(), self._gate.operator_token.encode()):
                return OPERATOR
        presented = self._presented(scope, [value.decode("latin-1") for value in given])
        if presented is None:
            return ANYONE
        return self._principal(await self._gate.verifier.verify(presented))

    def _remember(self, sent: bytes, known: Remembered) -> Principal:
        principal = self._principal(known.token)
        self._known[sent] = known, principal
        self._known.move_to_end(sent)
        if len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)
        return principal

    def _principal(self, token: VerifiedToken) -> Principal:
        """Believe a token that is for this platform (RFC 9068 §4)."""
        issuer = self._gate.issuer
        if not any(one == issuer or one.startswith(issuer + "/") for one in token.audience):
            raise InvalidToken("Access token is for another service")
        return principal_of(token)

    def _presented(self, scope: Scope, given: list[str]) -> Presented | None:
        raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
        return read_presented(
            given,
            [value.decode("latin-1") for name, value in scope["headers"] if name == _DPOP],
            method=scope["method"],
            url=self._gate.issuer + raw.split(b"?", 1)[0].decode("latin-1"),
        )

    def _refused(self, error: OAuthError, path: str) -> Response:
        REFUSALS.of("renkei", "invalid_token").add()
        nonce = None
        if isinstance(error, UseDpopNonce | InvalidDpopProof):
            nonce = self._gate.nonce()
        answer = challenged(error, nonce=nonce)
        told, where = answer.headers["www-authenticate"], _address(self._gate, path)
        answer.headers["www-authenticate"] = f'{told}, resource_metadata="{where}"'
        return answer


class _Challenging:
    """Writes into answers 401 what would be right (RFC 6750, RFC 9470, RFC 9728)."""

    __slots__ = ("_gate", "_scope", "_send")

    def __init__(self, gate: Gate, scope: Scope, send: Send) -> None:
        self._gate = gate
        self._scope = scope
        self._send = send

    def __call__(self, message: Message) -> Awaitable[None]:
        if message["type"] == "http.response.start" and message["status"] == _UNAUTHORIZED:
            _write(message, _challenge(self._gate, self._scope))
        return self._send(message)


def principal_of(token: VerifiedToken) -> Principal:
    """Say who calls with a token: it acts in its one tenant, as its scope says."""
    return Principal(
        subject=token.subject,
        tenants=frozenset({token.tenant}),
        actions=frozenset(_ACTIONS[word] for word in token.scope if word in _ACTIONS),
        levels=token.levels,
        service=token.client,
        proofs=frozenset(proof.value for proof in token.proofs),
        signed_in_at=token.auth_time,
    )


class KnownStandings:
    """On what decisions rest; satisfies the broker's `Standings`.

    Of a service alone neither the instant nor consents count: its standing lasts as long as the
    tenant's policy and the token's Principal, and with it what was decided on it.

    Args:
        access: the ports of policies and consents.
        policies: what this process knows.
    """

    def __init__(self, access: Access, policies: PolicyCache) -> None:
        self._access = access
        self._policies = policies
        self._services: OrderedDict[tuple[int, int], tuple[Principal, Standing]] = OrderedDict()

    def known(self, tenant: Tenant, principal: Principal) -> Standing | None:
        """Answer with the standing of a service in a tenant whose policy is known here."""
        policy = self._policies.known(tenant)
        if policy is None or principal.signed_in_at is not None:
            return None
        key = tenant.number, id(principal)
        found = self._services.get(key)
        if found is not None and found[0] is principal and found[1].policy is policy:
            return found[1]
        standing = Standing(policy=policy)
        self._services[key] = principal, standing
        self._services.move_to_end(key)
        if len(self._services) > _MOST_KNOWN:
            self._services.popitem(last=False)
        return standing

    async def of(self, tenant: Tenant, principal: Principal) -> Standing:
        """Answer with the tenant's policy, and the consents that the caller has given.

        Raises:
            Unavailable: they cannot be known now.
        """
        try:
            policy = await self._policies.of(tenant)
            return await standing_with(self._access, tenant, principal, policy)
        except DatabaseUnavailable as error:
            raise Unavailable(error.detail) from error


def _challenge(gate: Gate, scope: Mapping[str, Any]) -> str:
    refusal, where = scope.get(REFUSAL), _address(gate, scope["path"])
    if isinstance(refusal, StepUp):
        return challenge(
            _required(refusal.requirement),
            anchor=gate.anchor,
            resource_metadata=where,
            description=refusal.reason,
        )
    return f'Bearer realm="renkei", resource_metadata="{where}"'


def _required(requirement: Requirement) -> LevelsRequired:
    known = {proof.value: proof for proof in Proof}
    return LevelsRequired(
        levels=requirement.levels,
        proofs=frozenset(known[word] for word in requirement.proofs),
        max_age=requirement.max_age,
    )


def _write(message: MutableMapping[str, Any], told: str) -> None:
    kept = [pair for pair in message.get("headers", ()) if pair[0].lower() != b"www-authenticate"]
    message["headers"] = [*kept, (b"www-authenticate", told.encode("latin-1", "replace"))]


def _resource(path: str) -> str:
    """Name the API that a path belongs to: its first part."""
    return "/" + path.strip("/").split("/", 1)[0]


def _address(gate: Gate, path: str) -> str:
    return gate.issuer + METADATA + quote(_resource(path), safe="/-")


def _metadata(gate: Gate, path: str) -> Response:
    """Say where tokens for an API are to be had.

    Spec: RFC 9728 §2, §3
    """
    resource = path.removeprefix(METADATA)
    if resource and not any(resource + "/" == known for known in _PROTECTED):
        return JSONResponse({"error": "not_found"}, 404)
    return JSONResponse(
        {
            "resource": gate.issuer + resource,
            "authorization_servers": [gate.issuer],
            "bearer_methods_supported": ["header"],
            "scopes_supported": sorted(_ACTIONS),
            "dpop_signing_alg_values_supported": ["ES256"],
        }
    )


def _unavailable(error: DatabaseUnavailable) -> Response:
    return JSONResponse(
        {"error": "temporarily_unavailable"},
        503,
        headers={"retry-after": str(error.retry_after_s)},
    )
