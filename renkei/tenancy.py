"""Where joint use and the broker meet: the tenant that a request acts in (port `Tenants`)."""

from broker import AccessDenied, NonexistentTenant, Unavailable
from joint_use import (
    DEFAULT_TENANT,
    Deny,
    InvalidTerm,
    JointUse,
    Tenant,
    TenantStatus,
    TenantSuspended,
    TenantUnknown,
    use_tenant,
)
from kit.db import DatabaseUnavailable


class RequestTenants:
    """Looks up the tenant of a request; what joint use refuses is said in the broker's words.

    Args:
        joint_use: the ports of joint use.
        auto_create: whether operations that may create a tenant do (§4.14).
    """

    def __init__(self, joint_use: JointUse, *, auto_create: bool) -> None:
        self._joint_use = joint_use
        self._auto_create = auto_create

    async def of(self, name: str | None, *, create: bool = False) -> Tenant:
        """Answer with the named tenant; without any name, with the default one.

        Raises:
            NonexistentTenant: there is none of that name.
            AccessDenied: it is suspended.
            Unavailable: the control database is away and the tenant is not known here.
        """
        name = DEFAULT_TENANT if name is None else name
        known = self._joint_use.directory.get(name)
        if known is not None and known.status is TenantStatus.ACTIVE:
            return known
        try:
            return await use_tenant(self._joint_use, name, auto_create=create and self._auto_create)
        except (TenantUnknown, InvalidTerm) as error:
            raise NonexistentTenant(error.detail, where="NGSILD-Tenant") from error
        except TenantSuspended as error:
            raise AccessDenied(Deny(reason=error.detail), where="NGSILD-Tenant") from error
        except DatabaseUnavailable as error:
            raise Unavailable(error.detail) from error
