"""What the NGSI-LD core refuses with; knows no HTTP (§5.5.2).

NgsiLdError
├── InvalidRequest           the request cannot be read
├── BadRequestData           it can be read and breaks a rule
│   └── Unfit                the Entity is not what its data model says
├── AlreadyExists            the id is taken
├── Conflict                 another registration or state stands against it
├── ResourceNotFound         no such entity, attribute, instance, context, map …
├── NonexistentTenant        no such tenant
├── OperationNotSupported    known and not offered
├── LdContextNotAvailable    a remote @context could not be had
├── NoMultiTenantSupport     this broker has one tenant
├── TooComplexQuery          more work than the operator allows
├── TooManyResults           more results than the operator allows
├── QuotaExceeded            more than the tenant may store
├── TooManyRequests          more often than the tenant may ask
├── RequestTooLarge          more at once than the tenant may send
├── Unavailable              ours, passing: try again later
└── InternalError            ours
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from kit.errors import RenkeiError

ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
OWN_ERRORS = "urn:renkei:problem:"


class ErrorType(Enum):
    """The error types of §5.5.2; the value is the last part of the type's URI."""

    INVALID_REQUEST = "InvalidRequest"
    BAD_REQUEST_DATA = "BadRequestData"
    ALREADY_EXISTS = "AlreadyExists"
    CONFLICT = "Conflict"
    RESOURCE_NOT_FOUND = "ResourceNotFound"
    NONEXISTENT_TENANT = "NonexistentTenant"
    OPERATION_NOT_SUPPORTED = "OperationNotSupported"
    LD_CONTEXT_NOT_AVAILABLE = "LdContextNotAvailable"
    NO_MULTI_TENANT_SUPPORT = "NoMultiTenantSupport"
    TOO_COMPLEX_QUERY = "TooComplexQuery"
    TOO_MANY_RESULTS = "TooManyResults"
    UNAVAILABLE = "Unavailable"
    INTERNAL_ERROR = "InternalError"
    QUOTA_EXCEEDED = "quota-exceeded"
    TOO_MANY_REQUESTS = "too-many-requests"
    REQUEST_TOO_LARGE = "request-too-large"

    @property
    def uri(self) -> str:
        """The URI that ProblemDetails carries as its `type`; quotas are none of the standard's."""
        return (OWN_ERRORS if self in _OWN else ERRORS) + self.value


_OWN = frozenset(
    {ErrorType.QUOTA_EXCEEDED, ErrorType.TOO_MANY_REQUESTS, ErrorType.REQUEST_TOO_LARGE}
)


class NgsiLdError(RenkeiError):
    """The root of what the core refuses with."""

    error_type: ClassVar[ErrorType] = ErrorType.INTERNAL_ERROR
    title: ClassVar[str] = "Internal error"


class InvalidRequest(NgsiLdError):
    """The request cannot be read: malformed JSON, unknown parameter, wrong header."""

    error_type = ErrorType.INVALID_REQUEST
    title = "The request cannot be read"


class BadRequestData(NgsiLdError):
    """The request can be read and breaks a rule of the data model or a parameter."""

    error_type = ErrorType.BAD_REQUEST_DATA
    title = "The data break a rule"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with an Entity, in both languages.

    Args:
        where: JSON pointer into the normalized form (RFC 6901).
    """

    where: str
    ja: str
    en: str


class Unfit(BadRequestData):
    """The Entity would not be what the tenant asks of its type.

    Args:
        findings: everything that is wrong with it; at least one.
    """

    title = "The Entity does not fit its data model"
    title_ja: ClassVar[str] = "エンティティがデータモデルに合いません"

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("; ".join(one.en for one in findings), where=findings[0].where)
        self.detail_ja = "。".join(one.ja for one in findings)
        self.findings = tuple(findings)


class AlreadyExists(NgsiLdError):
    """The id is taken."""

    error_type = ErrorType.ALREADY_EXISTS
    title = "The id is taken"


class Conflict(NgsiLdError):
    """The state of something else stands against the operation."""

    error_type = ErrorType.CONFLICT
    title = "The operation conflicts with what is there"


class ResourceNotFound(NgsiLdError):
    """There is no such resource."""

    error_type = ErrorType.RESOURCE_NOT_FOUND
    title = "There is no such resource"


class NonexistentTenant(NgsiLdError):
    """There is no such tenant."""

    error_type = ErrorType.NONEXISTENT_TENANT
    title = "There is no such tenant"


class OperationNotSupported(NgsiLdError):
    """The operation is known and not offered here."""

    error_type = ErrorType.OPERATION_NOT_SUPPORTED
    title = "The operation is not supported"


class LdContextNotAvailable(NgsiLdError):
    """A remote @context could not be had."""

    error_type = ErrorType.LD_CONTEXT_NOT_AVAILABLE
    title = "A @context is not available"


class NoMultiTenantSupport(NgsiLdError):
    """This broker holds one tenant only."""

    error_type = ErrorType.NO_MULTI_TENANT_SUPPORT
    title = "There is no multi-tenant support"


class TooComplexQuery(NgsiLdError):
    """The query would cost more than the operator allows."""

    error_type = ErrorType.TOO_COMPLEX_QUERY
    title = "The query is too complex"


class TooManyResults(NgsiLdError):
    """The query would answer with more than the operator allows."""

    error_type = ErrorType.TOO_MANY_RESULTS
    title = "There are too many results"


class QuotaExceeded(NgsiLdError):
    """The tenant would store more than it may."""

    error_type = ErrorType.QUOTA_EXCEEDED
    title = "保存量の上限 / The tenant's quota is used up"


class TooManyRequests(NgsiLdError):
    """The tenant asks more often than it may. Try again after `retry_after_s`."""

    error_type = ErrorType.TOO_MANY_REQUESTS
    title = "要求が多すぎます / Too many requests"

    def __init__(self, detail: str, *, retry_after_s: int = 1) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class RequestTooLarge(NgsiLdError):
    """The tenant sends more at once than it may."""

    error_type = ErrorType.REQUEST_TOO_LARGE
    title = "要求が大きすぎます / The request is too large"


class Unavailable(NgsiLdError):
    """Ours and passing: a queue is full, the database is away. Try again after `retry_after_s`."""

    error_type = ErrorType.UNAVAILABLE
    title = "The service is not available for a moment"

    def __init__(self, detail: str, *, retry_after_s: int = 1) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class InternalError(NgsiLdError):
    """A fault of ours."""
