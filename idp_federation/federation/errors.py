"""What the federation core refuses with; the codes are the standard's, HTTP is told elsewhere.

FederationError
├── InvalidRequest           a request or an identifier cannot be read
├── InvalidSubject           nothing can be said of whom a request is about
├── NotFound                 there is nothing of this name
├── InvalidTrustAnchor       nobody here has pinned the anchor
├── InvalidJwt               a JWT cannot be read, is of another kind or not rightly signed
├── InvalidStatement         an entity statement breaks a rule
│   └── ConstraintViolated   a superior's constraints do not allow the subject
├── InvalidTrustChain        statements do not lead from the subject to a pinned anchor
├── InvalidMetadata          metadata are not what they have to be
│   └── PolicyError          a metadata policy is broken, conflicts or refuses the metadata
├── InvalidTrustMark         a trust mark does not count
└── TemporarilyUnavailable   another member does not answer now
"""

from enum import Enum
from typing import ClassVar

from kit.errors import RenkeiError


class ErrorCode(Enum):
    """The `error` of a federation endpoint's answer.

    Spec: OpenID Federation 1.0 §8.9
    """

    INVALID_REQUEST = "invalid_request"
    INVALID_CLIENT = "invalid_client"
    INVALID_ISSUER = "invalid_issuer"
    INVALID_SUBJECT = "invalid_subject"
    INVALID_TRUST_ANCHOR = "invalid_trust_anchor"
    INVALID_TRUST_CHAIN = "invalid_trust_chain"
    INVALID_METADATA = "invalid_metadata"
    NOT_FOUND = "not_found"
    SERVER_ERROR = "server_error"
    TEMPORARILY_UNAVAILABLE = "temporarily_unavailable"
    UNSUPPORTED_PARAMETER = "unsupported_parameter"


class FederationError(RenkeiError):
    """The root of what the federation core refuses with."""

    code: ClassVar[ErrorCode] = ErrorCode.INVALID_REQUEST


class InvalidRequest(FederationError):
    """A request or an identifier cannot be read."""


class InvalidSubject(FederationError):
    """Nothing can be said of whom a request is about."""

    code = ErrorCode.INVALID_SUBJECT


class NotFound(FederationError):
    """There is nothing of this name."""

    code = ErrorCode.NOT_FOUND


class InvalidTrustAnchor(FederationError):
    """Nobody here has pinned the trust anchor."""

    code = ErrorCode.INVALID_TRUST_ANCHOR


class InvalidJwt(FederationError):
    """A JWT cannot be read, is of another kind or is not rightly signed."""

    code = ErrorCode.INVALID_TRUST_CHAIN


class InvalidStatement(FederationError):
    """An entity statement breaks a rule of the standard."""

    code = ErrorCode.INVALID_TRUST_CHAIN


class ConstraintViolated(InvalidStatement):
    """A superior's constraints do not allow the subject."""


class InvalidTrustChain(FederationError):
    """Statements do not lead from the subject to a pinned trust anchor."""

    code = ErrorCode.INVALID_TRUST_CHAIN


class InvalidMetadata(FederationError):
    """Metadata are not what they have to be."""

    code = ErrorCode.INVALID_METADATA


class PolicyError(InvalidMetadata):
    """A metadata policy is broken, conflicts with another or refuses the metadata."""


class InvalidTrustMark(FederationError):
    """A trust mark does not count."""


class TemporarilyUnavailable(FederationError):
    """Another member of the federation does not answer now, or not as it should."""

    code = ErrorCode.TEMPORARILY_UNAVAILABLE
