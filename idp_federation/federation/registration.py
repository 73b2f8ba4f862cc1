"""Explicit registration between members of a federation: what a request and an answer must say.

Automatic registration has no messages of its own: request objects and assertions of such clients
are read as everybody's are (`oidc/request_object.py`, `oidc/client_authentication.py`).

Spec: OpenID Federation 1.0 §12.2
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from idp_federation.federation.claims import Claims
from idp_federation.federation.entity_statement import EntityConfiguration, Use, read_configuration
from idp_federation.federation.errors import InvalidMetadata, InvalidRequest
from idp_federation.federation.identifiers import EntityId
from idp_federation.federation.jwt import Verify, check_signature, read_jwt
from idp_federation.federation.metadata import OPENID_RELYING_PARTY, Metadata, read_metadata
from idp_federation.federation.trust_chain import TrustChain
from kit.json import JsonObject

REGISTRATION_RESPONSE = "explicit-registration-response+jwt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What an OpenID Provider answers to an explicit registration, checked by the relying party."""

    client_id: str
    metadata: Metadata
    anchor: EntityId
    expires_at: datetime


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
