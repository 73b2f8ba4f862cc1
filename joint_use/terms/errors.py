"""What joint use refuses.

JointUseError
├── InvalidTerm          a name, a code or a choice that cannot be right
│   └── InvalidApplication  fields of an application, each with its error
├── Unauthorized         nobody known calls
├── Forbidden            the caller may not do this
├── TenantUnknown        there is no tenant of this name, or it is retired
├── TenantSuspended      the tenant is suspended: nobody may use it now
├── TenantExists         the name is taken, for ever
├── ProfileUnknown       the platform's attributes are not entered yet
├── MoveFailed           a tenant's copy is not what was copied, or cannot be made
├── OrganisationUnknown  there is no organisation or municipality of this name or code
├── OrganisationExists   the organisation's name is taken
├── ApplicationUnknown   there is no application of this receipt and secret
├── ConsentUnknown       there is no consent of this number in force
├── AuditRecordUnknown   there is no such record
├── TooManyApplications  somebody, or everybody together, applies too often
└── WrongStatus          the tenant's status does not allow this step
"""

from collections.abc import Mapping

from kit.errors import SpokenError


class JointUseError(SpokenError):
    """The root of what joint use refuses."""


class InvalidTerm(JointUseError):
    """A name, a code or a choice cannot be right."""


class InvalidApplication(InvalidTerm):
    """Some fields of an application are not right.

    Args:
        errors: what is wrong, by field.
    """

    def __init__(self, errors: Mapping[str, InvalidTerm]) -> None:
        super().__init__(
            "; ".join(f"{field}: {error.detail}" for field, error in errors.items()),
            detail_ja="".join(error.detail_ja for error in errors.values()),
            where=next(iter(errors), None),
        )
        self.errors = errors


class Unauthorized(JointUseError):
    """Nobody known calls."""


class Forbidden(JointUseError):
    """The caller may not do this."""


class TenantUnknown(JointUseError):
    """There is no tenant of this name, or it is retired."""


class TenantSuspended(JointUseError):
    """The tenant is suspended."""


class TenantExists(JointUseError):
    """The name is taken; a retired tenant's name too."""


class OrganisationUnknown(JointUseError):
    """There is no organisation or municipality of this name or code."""


class OrganisationExists(JointUseError):
    """The organisation's name is taken."""


class ProfileUnknown(JointUseError):
    """The platform's attribute profile is not entered yet."""


class ApplicationUnknown(JointUseError):
    """There is no application of this receipt number, or the secret is another one."""


class ConsentUnknown(JointUseError):
    """There is no consent of this number in force."""


class AuditRecordUnknown(JointUseError):
    """There is no such record in the audit."""


class TooManyApplications(JointUseError):
    """Somebody, or everybody together, applies too often."""


class WrongStatus(JointUseError):
    """The tenant's status does not allow this step."""


class MoveFailed(JointUseError):
    """A tenant cannot be moved as asked for."""
