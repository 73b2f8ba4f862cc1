"""What joint use refuses.

JointUseError
├── InvalidTerm          a name, a code or a choice that cannot be right
├── Unauthorized         nobody known calls
├── Forbidden            the caller may not do this
├── TenantUnknown        there is no tenant of this name, or it is retired
├── TenantSuspended      the tenant is suspended: nobody may use it now
├── TenantExists         the name is taken, for ever
├── MoveFailed           a tenant's copy is not what was copied, or cannot be made
├── OrganisationUnknown  there is no organisation or municipality of this name or code
├── OrganisationExists   the organisation's name is taken
└── WrongStatus          the tenant's status does not allow this step
"""

from kit.errors import RenkeiError


class JointUseError(RenkeiError):
    """The root of what joint use refuses.

    Args:
        detail: one English sentence for logs and developers.
        detail_ja: the same for officers, in Japanese.
        where: the field that is wrong.
    """

    def __init__(self, detail: str, *, detail_ja: str, where: str | None = None) -> None:
        super().__init__(detail, where=where)
        self.detail_ja = detail_ja


class InvalidTerm(JointUseError):
    """A name, a code or a choice cannot be right."""


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


class WrongStatus(JointUseError):
    """The tenant's status does not allow this step."""


class MoveFailed(JointUseError):
    """A tenant cannot be moved as asked for."""
