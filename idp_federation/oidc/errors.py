"""What the OpenID Provider refuses with; the codes are the standards', HTTP is told elsewhere.

OAuthError
├── InvalidRequest                       a request cannot be read, or lacks something
│   ├── InvalidRequestObject             its request object does not count
│   └── InvalidRequestUri                its request_uri is not one of ours, used up or too old
├── InvalidClient                        nobody known asks, or she cannot prove who she is
│   └── UntrustedClient                  no trust chain of the federation leads to who asks
├── InvalidGrant                         code, refresh token or assertion does not count
├── UnauthorizedClient                   this client may not ask in this way
├── UnsupportedGrantType                 nobody may
├── UnsupportedResponseType              likewise
├── InvalidScope                         more is asked for than the client may have
├── InvalidTarget                        a service or tenant that the client may not reach
├── AccessDenied                         the person, or the platform, says no
├── LoginRequired                        nobody is signed in, and nobody may be asked
├── ConsentRequired                      likewise of consent
├── UnmetAuthenticationRequirements      the levels asked for cannot be reached
├── InvalidToken                         a token does not count
│   └── TokenEnded                       it was good once: revoked or expired
├── InsufficientScope                    a token is not for this
├── InvalidDpopProof                     a proof does not count
│   └── UseDpopNonce                     it has to carry a nonce of ours
├── InvalidClientMetadata                a client cannot be registered so
└── Unknown                              there is nothing of this name
"""

from typing import ClassVar

from kit.errors import RenkeiError


class OAuthError(RenkeiError):
    """The root of what the OpenID Provider refuses with."""

    code: ClassVar[str] = "invalid_request"


class InvalidRequest(OAuthError):
    """A request cannot be read, or lacks something."""


class InvalidRequestObject(InvalidRequest):
    """A request object does not count (RFC 9101 §7)."""

    code = "invalid_request_object"


class InvalidRequestUri(InvalidRequest):
    """A request_uri is not one of ours, is used up or too old (RFC 9101 §7)."""

    code = "invalid_request_uri"


class InvalidClient(OAuthError):
    """Nobody known asks, or she cannot prove who she is."""

    code = "invalid_client"


class UntrustedClient(InvalidClient):
    """No trust chain of the federation leads to who asks (OpenID Federation 1.0 §12.1.3)."""

    code = "invalid_trust_chain"


class InvalidGrant(OAuthError):
    """A code, refresh token or assertion does not count."""

    code = "invalid_grant"


class UnauthorizedClient(OAuthError):
    """This client may not ask in this way."""

    code = "unauthorized_client"


class UnsupportedGrantType(OAuthError):
    """Nobody may ask in this way."""

    code = "unsupported_grant_type"


class UnsupportedResponseType(OAuthError):
    """No response of this type is given."""

    code = "unsupported_response_type"


class InvalidScope(OAuthError):
    """More is asked for than the client may have."""

    code = "invalid_scope"


class InvalidTarget(OAuthError):
    """A service or tenant is asked for that the client may not reach (RFC 8707 §2)."""

    code = "invalid_target"


class AccessDenied(OAuthError):
    """The person, or the platform, says no."""

    code = "access_denied"


class LoginRequired(OAuthError):
    """Nobody is signed in as is asked for, and nobody may be asked."""

    code = "login_required"


class ConsentRequired(OAuthError):
    """Consent is missing, and nobody may be asked."""

    code = "consent_required"


class UnmetAuthenticationRequirements(OAuthError):
    """The levels asked for cannot be reached."""

    code = "unmet_authentication_requirements"


class InvalidToken(OAuthError):
    """A token does not count (RFC 6750 §3.1)."""

    code = "invalid_token"


class TokenEnded(InvalidToken):
    """A token was good once: it is revoked or has expired."""


class InsufficientScope(OAuthError):
    """A token is not for this (RFC 6750 §3.1)."""

    code = "insufficient_scope"


class InvalidDpopProof(OAuthError):
    """A DPoP proof does not count (RFC 9449 §5)."""

    code = "invalid_dpop_proof"


class UseDpopNonce(InvalidDpopProof):
    """A DPoP proof has to carry a nonce of ours (RFC 9449 §8)."""

    code = "use_dpop_nonce"


class InvalidClientMetadata(OAuthError):
    """A client cannot be registered so (RFC 7591 §3.2.2)."""

    code = "invalid_client_metadata"


class Unknown(OAuthError):
    """There is nothing of this name."""

    code = "not_found"
