"""Asking for more: the challenge to a client, the request upstream, the answer without a person."""

import json
from collections.abc import Mapping
from enum import Enum

from idp_federation.assurance.acr import acr_values_reaching, essential_acr
from idp_federation.assurance.decision import Decision, Outcome
from idp_federation.assurance.evidence import (
    ELECTRONIC_SIGNATURE,
    JP_AML,
    JPKI_SIGNATURE_TYPES,
    Proof,
)
from idp_federation.assurance.service_class import Requirement
from kit.json import JsonObject, JsonValue

# RFC 6750 §3: printable ASCII without the quotation mark and the backslash.
_ALLOWED = frozenset(map(chr, range(0x20, 0x7F))) - {'"', "\\"}


class AuthorizationError(Enum):
    """Errors with which an OpenID Provider answers where it cannot step up."""

    UNMET = "unmet_authentication_requirements"
    LOGIN_REQUIRED = "login_required"


def challenge(
    requirement: Requirement,
    *,
    anchor: str,
    resource_metadata: str,
    description: str = "A higher level of assurance is required",
    scheme: str = "Bearer",
) -> str:
    """Write the `WWW-Authenticate` that tells a client which levels to come back with.

    Spec: RFC 9470 §3, RFC 9728 §5.1

    >>> challenge(Requirement(), anchor="a.example", resource_metadata="https://b.example/x")[:47]
    'Bearer error="insufficient_user_authentication"'
    """
    parameters = {
        "error": "insufficient_user_authentication",
        "error_description": description,
        "acr_values": " ".join(acr_values_reaching(requirement.levels, anchor)),
    }
    if requirement.max_age is not None:
        parameters["max_age"] = str(int(requirement.max_age.total_seconds()))
    parameters["resource_metadata"] = resource_metadata
    quoted = ", ".join(f'{name}="{_quotable(text)}"' for name, text in parameters.items())
    return f"{scheme} {quoted}"


def upstream_parameters(requirement: Requirement, *, anchor: str) -> Mapping[str, str]:
    """Make the parameters of an authorization request that leave no lower choice.

    Spec: OpenID Connect Core 1.0 §5.5.1.1, OpenID Connect for Identity Assurance 1.0 §6
    """
    id_token: JsonObject = dict(essential_acr(requirement.levels, anchor))
    wanted = [_verification(proof, requirement) for proof in Proof if proof in requirement.proofs]
    if wanted:
        id_token["verified_claims"] = [*wanted]
    claims = json.dumps({"id_token": id_token}, separators=(",", ":"))
    if requirement.max_age is None:
        return {"claims": claims}
    return {"claims": claims, "max_age": str(int(requirement.max_age.total_seconds()))}


def authorization_error(decision: Decision, *, prompt_none: bool) -> AuthorizationError | None:
    """Say with which error a provider answers; None where it may go on.

    Spec: OpenID Connect Core 1.0 §3.1.2.6; OpenID Connect Core Unmet Authentication Requirements
    """
    if decision.outcome is Outcome.ALLOW:
        return None
    if decision.outcome is Outcome.REFUSE:
        return AuthorizationError.UNMET
    return AuthorizationError.LOGIN_REQUIRED if prompt_none else None


def _verification(proof: Proof, requirement: Requirement) -> JsonValue:
    if proof is Proof.KYC:
        seconds = int(requirement.kyc_max_age.total_seconds())
        return {
            "verification": {
                "trust_framework": {"value": JP_AML},
                "time": {"max_age": seconds},
                "evidence": [{"type": None}],
            },
            "claims": {"name": None},
        }
    signature: JsonObject = {
        "type": {"value": ELECTRONIC_SIGNATURE},
        "signature_type": {"values": [*sorted(JPKI_SIGNATURE_TYPES)]},
    }
    return {
        "verification": {"trust_framework": None, "evidence": [signature]},
        "claims": {"name": None},
    }


def _quotable(text: str) -> str:
    return "".join(char if char in _ALLOWED else " " for char in text)
