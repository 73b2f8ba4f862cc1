"""Client registration between members of a federation: what a request and an answer must say.

Spec: OpenID Federation 1.0 §12
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from idp_federation.federation.claims import LEEWAY, Claims
from idp_federation.federation.entity_statement import EntityConfiguration, Use, read_configuration
from idp_federation.federation.errors import InvalidClient, InvalidMetadata, InvalidRequest
from idp_federation.federation.identifiers import EntityId
from idp_federation.federation.jwt import JwkSet, Verify, check_signature, read_jwt
from idp_federation.federation.metadata import OPENID_RELYING_PARTY, Metadata, read_metadata
from idp_federation.federation.trust_chain import TrustChain
from kit.json import JsonObject

REGISTRATION_RESPONSE = "explicit-registration-response+jwt"
REQUEST_OBJECT_KINDS: Collection[str | None] = ("oauth-authz-req+jwt", "JWT", None)
ASSERTION_KINDS: Collection[str | None] = ("client-authentication+jwt", "JWT", None)
MAX_LIFETIME = timedelta(minutes=10)
"""How far ahead a one-time JWT may expire: so long its `jti` has to be remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTimeProof:
    """A request object or client assertion that is right; its `jti` has yet to be used up.

    Args:
        client_id: the relying party.
        jti: to be remembered until it expires.
        expires_at: until when.
        claims: all of its claims.
        trust_chain: the chain that the client brought along, unvalidated.
    """

    client_id: EntityId
    jti: str
    expires_at: datetime
    claims: JsonObject
    trust_chain: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What an OpenID Provider answers to an explicit registration, checked by the relying party."""

    client_id: str
    metadata: Metadata
    anchor: EntityId
    expires_at: datetime


def check_request_object(
    token: str,
    *,
    provider: EntityId,
    client_id: EntityId,
    keys: JwkSet,
    now: datetime,
    verify: Verify,
) -> OneTimeProof:
    """Check the request object of an automatic registration.

    Args:
        token: the request object.
        provider: the OpenID Provider that was asked.
        client_id: the relying party, as its trust chain names it.
        keys: its keys for OpenID Connect, from its resolved metadata.
        now: the present instant.
        verify: tells whether a token is signed by a key.

    Spec: OpenID Federation 1.0 §12.1.1.1
    Raises:
        InvalidJwt: it is none, or not signed by the relying party.
        InvalidRequest: a claim breaks a rule.
    """
    jwt = read_jwt(token, typ=REQUEST_OBJECT_KINDS)
    claims = Claims(jwt.claims, "Request object", InvalidRequest)
    if claims.text("iss") != client_id or claims.text("client_id") != client_id:
        raise claims.refusal(f"is not issued by its client {client_id}")
    if "sub" in claims:
        raise claims.refusal("has a sub, which would make it an assertion of the client")
    chain = jwt.header.get("trust_chain")
    proof = _one_time(claims, provider, client_id, now)
    check_signature(jwt, keys, verify, what=claims.what)
    if chain is None:
        return proof
    return OneTimeProof(
        client_id=client_id,
        jti=proof.jti,
        expires_at=proof.expires_at,
        claims=proof.claims,
        trust_chain=claims.texts_in(chain, "trust_chain"),
    )


def check_client_assertion(
    token: str,
    *,
    provider: EntityId,
    client_id: EntityId,
    keys: JwkSet,
    now: datetime,
    verify: Verify,
) -> OneTimeProof:
    """Check the private_key_jwt assertion of a client that pushes its request.

    Spec: OpenID Federation 1.0 §12.1.1.2; RFC 7523 §3
    Raises:
        InvalidJwt: it is none, or not signed by the client.
        InvalidClient: a claim breaks a rule.
    """
    jwt = read_jwt(token, typ=ASSERTION_KINDS)
    claims = Claims(jwt.claims, "Client assertion", InvalidClient)
    if claims.text("iss") != client_id or claims.text("sub") != client_id:
        raise claims.refusal(f"is not one of its client {client_id} about itself")
    proof = _one_time(claims, provider, client_id, now)
    check_signature(jwt, keys, verify, what=claims.what)
    return proof


def read_registration_request(
    token: str, *, provider: EntityId, now: datetime, verify: Verify
) -> EntityConfiguration:
    """Read the Entity Configuration that a relying party posts to register explicitly.

    Its trust chain has yet to be found, and its key to be seen there.

    Spec: OpenID Federation 1.0 §12.2.2
    Raises:
        InvalidJwt, InvalidStatement, InvalidMetadata: the statement breaks a rule.
        InvalidRequest: it is not meant for this provider or is no relying party's.
    """
    configuration = read_configuration(token, use=Use.REGISTRATION)
    claims = Claims(configuration.jwt.claims, "Registration request", InvalidRequest)
    if claims.only_audience() != provider:
        raise claims.refusal(f"is meant for {claims.only_audience()}, not for {provider}")
    if "trust_anchor" in claims:
        raise claims.refusal("has a trust_anchor, which stands in the answer")
    if not configuration.authority_hints:
        raise claims.refusal("has no authority_hints")
    if OPENID_RELYING_PARTY not in configuration.metadata:
        raise claims.refusal(f"has no metadata of an {OPENID_RELYING_PARTY}")
    claims.require_current(configuration.issued_at, configuration.expires_at, now)
    check_signature(configuration.jwt, configuration.keys, verify, what=claims.what)
    return configuration


def registration_claims(
    chain: TrustChain,
    *,
    provider: EntityId,
    client: JsonObject,
    now: datetime,
    expires_at: datetime,
) -> JsonObject:
    """Make the claims with which a provider answers to a registration.

    Args:
        chain: the relying party's valid trust chain.
        provider: the OpenID Provider.
        client: the client as it is registered, its `client_id` in it.
        now: the present instant.
        expires_at: when the registration shall end; the chain's end cuts it short.

    Spec: OpenID Federation 1.0 §12.2.3
    Raises:
        InvalidMetadata: the client has no client_id.
        InvalidRequest: the relying party is itself the anchor.
    """
    if not isinstance(client.get("client_id"), str):
        raise InvalidMetadata("Registered client has no client_id", where="client_id")
    if not chain.statements:
        raise InvalidRequest(f"{chain.entity} has no superior and cannot register")
    return {
        "iss": provider,
        "sub": chain.entity,
        "aud": chain.entity,
        "iat": int(now.timestamp()),
        "exp": int(min(expires_at, chain.expires_at).timestamp()),
        "trust_anchor": chain.anchor,
        "authority_hints": [chain.statements[0].issuer],
        "metadata": {OPENID_RELYING_PARTY: client},
    }


def check_registration_response(
    token: str,
    *,
    asked: EntityConfiguration,
    provider_chain: TrustChain,
    anchors: Collection[EntityId],
    now: datetime,
    verify: Verify,
) -> Registration:
    """Check, as a relying party, what a provider answers to an explicit registration.

    Args:
        token: the answer.
        asked: the Entity Configuration that was posted.
        provider_chain: the provider's valid trust chain.
        anchors: the relying party's trust anchors.
        now: the present instant.
        verify: tells whether a token is signed by a key.

    Spec: OpenID Federation 1.0 §12.2.5
    Raises:
        InvalidJwt: it is no such answer, or not signed by a key that the provider's superior knows.
        InvalidRequest, InvalidMetadata: a claim breaks a rule.
    """
    jwt = read_jwt(token, typ={REGISTRATION_RESPONSE})
    claims = Claims(jwt.claims, "Registration response", InvalidRequest)
    parties = (claims.entity("iss"), claims.entity("sub"), claims.only_audience())
    if parties != (provider_chain.entity, asked.entity, asked.entity):
        raise claims.refusal(f"is not one of {provider_chain.entity} to {asked.entity}")
    anchor = claims.entity("trust_anchor")
    if anchor not in anchors:
        raise claims.refusal(f"names the trust anchor {anchor}, which is not pinned")
    hints = claims.entities("authority_hints")
    if len(hints) != 1 or hints[0] not in asked.authority_hints:
        raise claims.refusal("does not name exactly one of the authority_hints that were sent")
    expires_at = claims.instant("exp")
    claims.require_current(claims.instant("iat"), expires_at, now)
    check_signature(jwt, provider_chain.keys, verify, what=claims.what)
    metadata = read_metadata(claims.members_of("metadata"), what=claims.what)
    if metadata.keys() != asked.metadata.keys():
        raise claims.refusal("does not have the Entity Types that were sent")
    client = Claims(metadata.get(OPENID_RELYING_PARTY, {}), claims.what, InvalidRequest)
    return Registration(
        client_id=client.text("client_id"), metadata=metadata, anchor=anchor, expires_at=expires_at
    )


def _one_time(
    claims: Claims, provider: EntityId, client_id: EntityId, now: datetime
) -> OneTimeProof:
    """Check what every JWT for a single use has: one audience, a jti, a near end."""
    if claims.only_audience() != provider:
        raise claims.refusal(f"is meant for {claims.only_audience()}, not for {provider}")
    expires_at = claims.instant("exp")
    claims.require_current(claims.optional_instant("iat"), expires_at, now)
    claims.require_current(claims.optional_instant("nbf"), None, now)
    if expires_at > now + MAX_LIFETIME + LEEWAY:
        raise claims.refusal(f"expires later than in {MAX_LIFETIME}")
    return OneTimeProof(
        client_id=client_id,
        jti=claims.text("jti"),
        expires_at=expires_at,
        claims=claims.members,
    )
