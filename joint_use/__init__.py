"""Who takes part in the shared platform and on what terms.

The front door: what the houses above may use of joint use.
"""

from joint_use.terms.access import (
    UNRESTRICTED,
    Action,
    Allow,
    Deny,
    Levels,
    Principal,
    decide,
)
from joint_use.terms.errors import (
    Forbidden,
    InvalidTerm,
    JointUseError,
    TenantExists,
    TenantSuspended,
    TenantUnknown,
    Unauthorized,
    WrongStatus,
)
from joint_use.terms.tenant import (
    DEFAULT_TENANT,
    Placement,
    Storage,
    Tenant,
    TenantStatus,
    canonical_name,
)

__all__ = [
    "DEFAULT_TENANT",
    "UNRESTRICTED",
    "Action",
    "Allow",
    "Deny",
    "Forbidden",
    "InvalidTerm",
    "JointUseError",
    "Levels",
    "Placement",
    "Principal",
    "Storage",
    "Tenant",
    "TenantExists",
    "TenantStatus",
    "TenantSuspended",
    "TenantUnknown",
    "Unauthorized",
    "WrongStatus",
    "canonical_name",
    "decide",
]
