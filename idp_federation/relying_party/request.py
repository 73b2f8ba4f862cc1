"""The authorization request to a provider, and how this platform proves there who it is.

Spec: OpenID Connect Core 1.0 §3.1.2.1, §5.5.1.1, §9; RFC 7636; RFC 7523 §2.2
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote

from authlib.oauth2.rfc7636 import create_s256_code_challenge

from idp_federation.assurance.evidence import (
    ELECTRONIC_SIGNATURE,
    JP_AML,
    JPKI_SIGNATURE_TYPES,
    Proof,
)
from idp_federation.assurance.mapping import ProofingRule
from idp_federation.oidc.claims_request import VERIFIED_CLAIMS
from idp_federation.oidc.client import ClientAuthentication
from idp_federation.oidc.client_authentication import ASSERTION_TYPE
from idp_federation.oidc.jwt import seconds
from idp_federation.oidc.pkce import METHOD
from idp_federation.relying_party.attempt import Attempt, Wish
from idp_federation.relying_party.metadata import ProviderMetadata
from idp_federation.relying_party.upstream import AcrRequest, AssertionAudience, Upstream
from kit.json import JsonObject, JsonValue
from kit.jwt import SigningKey, sign

_ASSERTION_LASTS = timedelta(seconds=60)
_NAMES: JsonObject = {"name": None, "birthdate": None, "address": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamCredentials:
    """What this platform proves at one provider who it is with.

    Args:
        key: its key pair for this provider alone.
        secret: what the provider has given it; None where it has a key only.
    """

    key: SigningKey = field(repr=False)
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a request carries to prove who sends it."""

    form: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


def request_parameters(
    upstream: Upstream, attempt: Attempt, *, state: str, redirect_uri: str
) -> Mapping[str, str]:
    """Make the parameters of an authorization request.

    Where a level is required, it is asked for so that the provider has no lower choice, as far as
    it can be asked at all.
    """
    wish = attempt.wish
    parameters = {
        "client_id": upstream.client_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": " ".join(upstream.scopes),
        "state": state,
        "nonce": attempt.nonce,
        "code_challenge": str(create_s256_code_challenge(attempt.verifier)),
        "code_challenge_method": METHOD,
        "ui_locales": " ".join(wish.languages),
        "acr_values": " ".join(upstream.acr_values),
        "claims": _claims(upstream, wish),
        "prompt": "login" if wish.fresh else "",
        "max_age": _max_age(wish),
    }
    return {name: value for name, value in parameters.items() if value}


def shown_credentials(
    upstream: Upstream,
    metadata: ProviderMetadata,
    credentials: UpstreamCredentials,
    *,
    jti: str,
    now: datetime,
) -> Shown:
    """Prove at a provider who this platform is: by a signed assertion, or by its secret."""
    if upstream.authentication is ClientAuthentication.CLIENT_SECRET_BASIC:
        pair = f"{quote(upstream.client_id, safe='')}:{quote(credentials.secret or '', safe='')}"
        told = base64.b64encode(pair.encode()).decode()
        return Shown(headers={"authorization": f"Basic {told}"})
    to_issuer = upstream.assertion_audience is AssertionAudience.ISSUER
    claims: JsonObject = {
        "iss": upstream.client_id,
        "sub": upstream.client_id,
        "aud": metadata.issuer if to_issuer else metadata.token_endpoint,
        "jti": jti,
        "iat": seconds(now),
        "exp": seconds(now + _ASSERTION_LASTS),
    }
    assertion = sign(claims, credentials.key, typ="JWT")
    return Shown(
        form={
            "client_id": upstream.client_id,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
        }
    )


def _max_age(wish: Wish) -> str:
    if wish.fresh:
        return "0"
    return "" if wish.max_age is None else str(int(wish.max_age.total_seconds()))


def _claims(upstream: Upstream, wish: Wish) -> str:
    """Write the `claims` parameter; empty for providers that are not asked by it."""
    if upstream.acr_request is not AcrRequest.ESSENTIAL:
        return ""
    asked: JsonObject = {"acr": None, "amr": None, "auth_time": None}
    values = upstream.mapping.acr_values_reaching(wish.required.authentication)
    if wish.required.authentication > 1 and values:
        asked["acr"] = {"essential": True, "values": [*values]}
    verified = [
        *_by_level(upstream, wish),
        *(_by_proof(one) for one in Proof if one in wish.proofs),
    ]
    wanted: JsonObject = {"id_token": asked}
    if verified:
        asked[VERIFIED_CLAIMS] = verified if len(verified) > 1 else verified[0]
        wanted["userinfo"] = {VERIFIED_CLAIMS: asked[VERIFIED_CLAIMS]}
    return json.dumps(wanted, separators=(",", ":"))


def _by_level(upstream: Upstream, wish: Wish) -> list[JsonValue]:
    """Ask for verifications by each rule that leads to the proofing required, and what is best.

    Where none is required they are asked for all the same: what is proven then is remembered.
    """
    fitting = [rule for rule in upstream.mapping.proofing if rule.proofing >= 2]
    enough = [rule for rule in fitting if rule.proofing >= wish.required.proofing]
    return [_verification(rule) for rule in enough or fitting]


def _verification(rule: ProofingRule) -> JsonValue:
    level: JsonValue = None if rule.assurance_level is None else {"value": rule.assurance_level}
    max_age = rule.max_age
    evidence: list[JsonValue] = [{"type": {"value": one}} for one in sorted(rule.evidence)]
    verification: JsonObject = {
        "trust_framework": {"value": rule.trust_framework},
        "assurance_level": level,
        "time": None if max_age is None else {"max_age": int(max_age.total_seconds())},
    }
    if evidence:
        verification["evidence"] = evidence
    return {"verification": verification, "claims": _NAMES}


def _by_proof(proof: Proof) -> JsonValue:
    if proof is Proof.KYC:
        return {
            "verification": {
                "trust_framework": {"value": JP_AML},
                "time": None,
                "evidence": [{"type": None}],
            },
            "claims": _NAMES,
        }
    kind: JsonObject = {
        "type": {"value": ELECTRONIC_SIGNATURE},
        "signature_type": {"values": [*sorted(JPKI_SIGNATURE_TYPES)]},
        "issuer": None,
        "serial_number": None,
    }
    return {
        "verification": {"trust_framework": None, "evidence": [kind]},
        "claims": _NAMES,
    }
