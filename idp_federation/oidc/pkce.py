"""PKCE: who redeems a code shows that she asked for it.

Spec: RFC 7636; plain is not accepted (RFC 9700 §2.1.1)
"""

import hmac
import re

from authlib.oauth2.rfc7636 import create_s256_code_challenge

from idp_federation.oidc.errors import InvalidGrant, InvalidRequest

METHOD = "S256"
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)


def read_challenge(challenge: str | None, method: str | None) -> str:
    """Read the challenge of an authorization request.

    Raises:
        InvalidRequest: there is none, or not of S256.
    """
    if challenge is None or method != METHOD:
        raise InvalidRequest(
            "Parameter code_challenge is missing or not of S256", where="code_challenge"
        )
    if not _CHALLENGE.fullmatch(challenge):
        raise InvalidRequest(
            "Parameter code_challenge is not 43 characters of base64url", where="code_challenge"
        )
    return challenge


def require_verifier(verifier: str | None, challenge: str) -> None:
    """See that a verifier belongs to a challenge.

    Spec: RFC 7636 §4.6
    Raises:
        InvalidGrant: it does not.
    """
    if verifier is None or not _VERIFIER.fullmatch(verifier):
        raise InvalidGrant("Parameter code_verifier is missing or malformed", where="code_verifier")
    made = str(create_s256_code_challenge(verifier))
    if not hmac.compare_digest(made, challenge):
        raise InvalidGrant(
            "Parameter code_verifier does not belong to the code's challenge", where="code_verifier"
        )
