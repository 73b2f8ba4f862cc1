"""Who takes part in the shared platform and on what terms.

The front door: what the houses above may use of joint use.
"""

from joint_use.api.operator import OPERATOR, OperatorToken
from joint_use.api.problems import ProblemRoute
from joint_use.api.tenants import tenant_router
from joint_use.operations.tenants import (
    create_tenant,
    list_tenants,
    resume_tenant,
    retire_tenant,
    show_tenant,
    suspend_tenant,
    tenant_events,
    use_tenant,
)
from joint_use.ports import (
    JointUse,
    TenantDirectory,
    TenantEvent,
    TenantProvisioner,
    TenantRegistry,
)
from joint_use.settings import Settings
from joint_use.store.cache import TenantCache
from joint_use.store.tenants import MIGRATIONS, TenantStore
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
from joint_use.terms.municipality import municipality_code
from joint_use.terms.tenant import (
    DEFAULT_TENANT,
    NewTenant,
    Placement,
    Placing,
    Storage,
    Tenant,
    TenantStatus,
    canonical_name,
)

__all__ = [
    "DEFAULT_TENANT",
    "MIGRATIONS",
    "OPERATOR",
    "UNRESTRICTED",
    "Action",
    "Allow",
    "Deny",
    "Forbidden",
    "InvalidTerm",
    "JointUse",
    "JointUseError",
    "Levels",
    "NewTenant",
    "OperatorToken",
    "Placement",
    "Placing",
    "Principal",
    "ProblemRoute",
    "Settings",
    "Storage",
    "Tenant",
    "TenantCache",
    "TenantDirectory",
    "TenantEvent",
    "TenantExists",
    "TenantProvisioner",
    "TenantRegistry",
    "TenantStatus",
    "TenantStore",
    "TenantSuspended",
    "TenantUnknown",
    "Unauthorized",
    "WrongStatus",
    "canonical_name",
    "create_tenant",
    "decide",
    "list_tenants",
    "municipality_code",
    "resume_tenant",
    "retire_tenant",
    "show_tenant",
    "suspend_tenant",
    "tenant_events",
    "tenant_router",
    "use_tenant",
]
