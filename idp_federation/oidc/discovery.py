"""What the OpenID Provider tells about itself.

Spec: OpenID Connect Discovery 1.0 §3, RFC 8414 §2, OpenID Connect for Identity Assurance 1.0 §9
"""

from idp_federation.assurance.acr import levels_by_acr
from idp_federation.assurance.amr import FACTORS
from idp_federation.assurance.evidence import JP_AML
from idp_federation.federation.jwt import KINDS_OF_KEY
from idp_federation.oidc.claims_request import (
    CLAIMS,
    OFFLINE_ACCESS,
    OPENID,
    SCOPE_CLAIMS,
    VERIFIED_CLAIMS,
)
from idp_federation.oidc.client import ClientAuthentication, GrantType, SubjectType
from idp_federation.oidc.profile import Profile
from kit.json import JsonObject
from kit.jwt import OWN_ALGORITHM

_ALGORITHMS = [*KINDS_OF_KEY]
EVIDENCE = ("document", "electronic_record", "vouch", "electronic_signature")


def own_framework(profile: Profile) -> str:
    """Name the trust framework of the area's own levels.

    >>> own_framework(Profile(issuer="https://op.example", anchor="a.example"))
    'https://a.example/tf/area-data'
    """
    return f"https://{profile.anchor}/tf/area-data"


def metadata_of(profile: Profile) -> JsonObject:
    """Write the provider's metadata; the same for OpenID Connect and for OAuth."""
    return {
        "issuer": profile.issuer,
        "authorization_endpoint": profile.url("authorize"),
        "pushed_authorization_request_endpoint": profile.url("par"),
        "token_endpoint": profile.url("token"),
        "userinfo_endpoint": profile.url("userinfo"),
        "jwks_uri": profile.url("jwks"),
        "introspection_endpoint": profile.url("introspect"),
        "revocation_endpoint": profile.url("revoke"),
        "end_session_endpoint": profile.url("logout"),
        **_flows(),
        **_authentication(),
        **_claims(profile),
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
    }


def federated_metadata(profile: Profile, registration: str) -> JsonObject:
    """Write what the provider tells of itself in a federation.

    Args:
        profile: the provider.
        registration: where clients register explicitly.

    Spec: OpenID Federation 1.0 §5.1.3
    """
    return {
        **metadata_of(profile),
        "client_registration_types_supported": ["automatic", "explicit"],
        "federation_registration_endpoint": registration,
    }


def _flows() -> JsonObject:
    return {
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [one.value for one in GrantType],
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "authorization_response_iss_parameter_supported": True,
        "request_parameter_supported": True,
        "request_uri_parameter_supported": False,
        "request_object_signing_alg_values_supported": [*_ALGORITHMS],
        "require_pushed_authorization_requests": False,
        "dpop_signing_alg_values_supported": [*_ALGORITHMS],
    }


def _authentication() -> JsonObject:
    methods = [one.value for one in ClientAuthentication]
    confidential = [one for one in methods if one != ClientAuthentication.NONE.value]
    return {
        "token_endpoint_auth_methods_supported": [*methods],
        "token_endpoint_auth_signing_alg_values_supported": [*_ALGORITHMS],
        "introspection_endpoint_auth_methods_supported": [*confidential],
        "introspection_endpoint_auth_signing_alg_values_supported": [*_ALGORITHMS],
        "revocation_endpoint_auth_methods_supported": [*methods],
        "revocation_endpoint_auth_signing_alg_values_supported": [*_ALGORITHMS],
    }


def _claims(profile: Profile) -> JsonObject:
    about_sign_in = ["sub", "acr", "amr", "auth_time", "sid"]
    return {
        "subject_types_supported": [one.value for one in SubjectType],
        "id_token_signing_alg_values_supported": [OWN_ALGORITHM],
        "scopes_supported": [OPENID, *SCOPE_CLAIMS, OFFLINE_ACCESS],
        "claim_types_supported": ["normal"],
        "claims_supported": [*about_sign_in, *CLAIMS, VERIFIED_CLAIMS],
        "claims_parameter_supported": True,
        "acr_values_supported": [*levels_by_acr(profile.anchor)],
        "amr_values_supported": [*FACTORS, "mfa"],
        "ui_locales_supported": ["ja", "en"],
        "verified_claims_supported": True,
        "trust_frameworks_supported": [own_framework(profile), JP_AML],
        "claims_in_verified_claims_supported": [*CLAIMS],
        "evidence_supported": [*EVIDENCE],
        "documents_supported": ["driving_permit", "idcard", "passport", "residence_permit"],
        "electronic_records_supported": ["population_register"],
    }
