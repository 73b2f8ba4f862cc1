"""Authorization requests before they are read: pushed, signed, or as they are.

Spec: RFC 9126, RFC 9101
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from idp_federation.oidc.authorization import Parameters, read_request
from idp_federation.oidc.client import Client
from idp_federation.oidc.errors import InvalidRequest, InvalidRequestObject, InvalidRequestUri
from idp_federation.oidc.jwt import instant, text
from idp_federation.oidc.opaque import digest
from idp_federation.oidc.request_object import TYP, read_request_object
from idp_federation.operations.clients import keys_for
from idp_federation.ports import Kind, Provider

_URN = "urn:ietf:params:oauth:request_uri:"
_ABOUT_CLIENT = frozenset({"client_assertion", "client_assertion_type", "client_secret"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PushedRequest:
    """What a client gets for the request it pushed."""

    request_uri: str
    expires_in: timedelta


async def push_request(
    provider: Provider, client: Client, parameters: Parameters, *, jkt: str | None
) -> PushedRequest:
    """Keep an authorization request of a client that has proven who it is.

    Args:
        provider: the ports.
        client: who pushes it.
        parameters: the request.
        jkt: the key of the DPoP proof that came along; the code is bound to it.

    Spec: RFC 9126 §2, RFC 9449 §10.1
    Raises:
        OAuthError: it would be refused at the authorization endpoint too.
    """
    if "request_uri" in parameters:
        raise InvalidRequest("Parameter request_uri is not pushed", where="request_uri")
    asked = dict(await _unpacked(provider, client, parameters))
    if jkt is not None and asked.setdefault("dpop_jkt", jkt) != jkt:
        raise InvalidRequest("Parameter dpop_jkt is another than the proof's", where="dpop_jkt")
    read_request(asked, client)
    now, name = provider.clock(), provider.random()
    lifetime = provider.profile.lifetimes.request
    await provider.codes.put(
        Kind.PUSHED_REQUEST,
        digest(name),
        {"client": client.id, "parameters": {**asked}},
        now=now,
        expires_at=now + lifetime,
    )
    return PushedRequest(request_uri=_URN + name, expires_in=lifetime)


async def resolved_parameters(
    provider: Provider, client: Client, parameters: Parameters
) -> Parameters:
    """Answer with what an authorization request asks for, wherever that stands.

    Raises:
        OAuthError: it stands nowhere, or not as this client has to ask.
    """
    if "request_uri" in parameters:
        if "request" in parameters:
            raise InvalidRequest("Parameters request and request_uri exclude each other")
        return await _pushed(provider, client, parameters["request_uri"])
    if client.proven_requests and "request" not in parameters:
        raise InvalidRequest(f"Client {client.id} has to sign or push its requests")
    if client.par_required:
        raise InvalidRequest(f"Client {client.id} has to push its requests", where="request_uri")
    return await _unpacked(provider, client, parameters)


async def _pushed(provider: Provider, client: Client, request_uri: str) -> Parameters:
    """Take a pushed request: once, and only for who pushed it."""
    taken = None
    if request_uri.startswith(_URN):
        name = digest(request_uri.removeprefix(_URN))
        now = provider.clock()
        seen = await provider.codes.look(Kind.PUSHED_REQUEST, name, now)
        if seen is not None and seen.content["client"] == client.id:
            taken = await provider.codes.take(Kind.PUSHED_REQUEST, name, now)
    if taken is None or taken.used_before:
        raise InvalidRequestUri(
            "Parameter request_uri is not of this client and place, used up or too old",
            where="request_uri",
        )
    return cast("dict[str, str]", taken.content["parameters"])


async def _unpacked(provider: Provider, client: Client, parameters: Parameters) -> Parameters:
    """Take what a request object holds, and nothing beside it."""
    if parameters.get("client_id", client.id) != client.id:
        raise InvalidRequest("Parameter client_id is of another client", where="client_id")
    jwt = parameters.get("request")
    if jwt is None:
        if client.signed_requests:
            raise InvalidRequestObject(f"Client {client.id} has to sign its requests")
        asked = {name: one for name, one in parameters.items() if name not in _ABOUT_CLIENT}
        return {**asked, "client_id": client.id}
    keys = await keys_for(provider, client, jwt, InvalidRequestObject, (TYP,))
    signed, asked_inside = read_request_object(
        jwt,
        client,
        keys,
        issuer=provider.profile.issuer,
        longest=provider.profile.lifetimes.assertion,
        now=provider.clock(),
    )
    jti, expires_at = text(signed.claims, "jti"), instant(signed.claims, "exp")
    first = (
        jti is not None
        and expires_at is not None
        and await provider.replays.first_assertion(client.id, jti, expires_at)
    )
    if not first:
        raise InvalidRequestObject("Request object was used before; right is a new one")
    return asked_inside
