"""Who takes part in the shared platform and on what terms.

The front door: what the houses above may use of joint use.
"""

from joint_use.access_ports import Access, ConsentBook, PolicyChange, PolicyShelf
from joint_use.api.applications import (
    applicant_router,
    application_router,
    terms_router,
)
from joint_use.api.consents import consent_router
from joint_use.api.endpoints import endpoint_router
from joint_use.api.moves import move_router
from joint_use.api.operator import OperatorToken
from joint_use.api.organisations import municipality_router, organisation_router
from joint_use.api.policies import policy_router
from joint_use.api.problems import ProblemRoute
from joint_use.api.profile import profile_router
from joint_use.api.quotas import quota_router
from joint_use.api.tenants import tenant_router
from joint_use.api.usage import usage_router
from joint_use.moving_ports import Held, Moves
from joint_use.onboarding_ports import ClientIssuer, NewSecret, Onboarding, Pace
from joint_use.operations.consents import (
    give_consent,
    list_consents,
    standing_with,
    withdraw_consent,
)
from joint_use.operations.endpoints import set_endpoint, show_endpoint
from joint_use.operations.move_keeping import MoveKeeper
from joint_use.operations.moving import ask_for_move, list_moves
from joint_use.operations.organisations import (
    Members,
    list_organisations,
    register_municipality,
    register_organisation,
    resume_together,
    suspend_together,
    tenants_of,
)
from joint_use.operations.policies import policy_history, set_policy, show_policy
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
from joint_use.pages.onboarding import onboarding_pages
from joint_use.ports import (
    Entrance,
    ExternalEndpoints,
    JointUse,
    KnownEndpoint,
    Metering,
    OrganisationRegistry,
    QuotaShelf,
    TenantCounter,
    TenantDirectory,
    TenantEvent,
    TenantProvisioner,
    TenantRegistry,
)
from joint_use.profile_ports import Profiles
from joint_use.settings import Settings
from joint_use.store.applications import ApplicationStore
from joint_use.store.cache import TenantCache
from joint_use.store.consents import ConsentStore
from joint_use.store.endpoints import EndpointCache, EndpointStore
from joint_use.store.moves import CHANNEL as MOVES_CHANNEL
from joint_use.store.moves import MoveStore
from joint_use.store.organisations import OrganisationStore
from joint_use.store.policies import PolicyCache, PolicyStore
from joint_use.store.profile import ProfileStore
from joint_use.store.quotas import QuotaCache, QuotaStore
from joint_use.store.tenants import CHANNEL as TENANTS_CHANNEL
from joint_use.store.tenants import MIGRATIONS, TenantStore
from joint_use.store.terms_of_use import TermsStore
from joint_use.store.usage import UsageStore
from joint_use.store.usage_counting import UsageCounting
from joint_use.store.usage_journal import Journal
from joint_use.terms.access import (
    ANYONE,
    OPERATOR,
    UNBOUND,
    UNRESTRICTED,
    WHOLE,
    Action,
    Allow,
    Deny,
    Principal,
    Standing,
    StepUp,
    TypeScope,
    decide,
    type_scope,
)
from joint_use.terms.consent import DataConsent, NewConsent
from joint_use.terms.endpoint import (
    ApiKey,
    ClientCertificate,
    ClientCredentials,
    Credentials,
    ExternalEndpoint,
    NoCredentials,
)
from joint_use.terms.errors import (
    Forbidden,
    InvalidTerm,
    JointUseError,
    MoveFailed,
    OrganisationExists,
    OrganisationUnknown,
    TenantExists,
    TenantSuspended,
    TenantUnknown,
    Unauthorized,
    WrongStatus,
)
from joint_use.terms.levels import Levels, Requirement
from joint_use.terms.moving import Move, MovePhase, Place
from joint_use.terms.municipality import municipality_code
from joint_use.terms.organisation import (
    Contact,
    Municipality,
    Organisation,
    OrganisationKind,
)
from joint_use.terms.policy import PersonalType, Policy, Readers, read_policy
from joint_use.terms.quotas import Quota
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
from joint_use.terms.usage import (
    SERVICE,
    DailyHashes,
    Operation,
    Stored,
    TenantCount,
    WrittenOfDay,
    japanese_day,
    operation_of,
    service_of,
)

__all__ = [
    "ANYONE",
    "DEFAULT_TENANT",
    "MIGRATIONS",
    "MOVES_CHANNEL",
    "OPERATOR",
    "SERVICE",
    "TENANTS_CHANNEL",
    "UNBOUND",
    "UNRESTRICTED",
    "WHOLE",
    "Access",
    "Action",
    "Allow",
    "ApiKey",
    "ApplicationStore",
    "ClientCertificate",
    "ClientCredentials",
    "ClientIssuer",
    "ConsentBook",
    "ConsentStore",
    "Contact",
    "Credentials",
    "DailyHashes",
    "DataConsent",
    "Deny",
    "EndpointCache",
    "EndpointStore",
    "Entrance",
    "ExternalEndpoint",
    "ExternalEndpoints",
    "Forbidden",
    "Held",
    "InvalidTerm",
    "JointUse",
    "JointUseError",
    "Journal",
    "KnownEndpoint",
    "Levels",
    "Members",
    "Metering",
    "Move",
    "MoveFailed",
    "MoveKeeper",
    "MovePhase",
    "MoveStore",
    "Moves",
    "Municipality",
    "NewConsent",
    "NewSecret",
    "NewTenant",
    "NoCredentials",
    "Onboarding",
    "Operation",
    "OperatorToken",
    "Organisation",
    "OrganisationExists",
    "OrganisationKind",
    "OrganisationRegistry",
    "OrganisationStore",
    "OrganisationUnknown",
    "Pace",
    "PersonalType",
    "Place",
    "Placement",
    "Placing",
    "Policy",
    "PolicyCache",
    "PolicyChange",
    "PolicyShelf",
    "PolicyStore",
    "Principal",
    "ProblemRoute",
    "ProfileStore",
    "Profiles",
    "Quota",
    "QuotaCache",
    "QuotaShelf",
    "QuotaStore",
    "Readers",
    "Requirement",
    "Settings",
    "Standing",
    "StepUp",
    "Storage",
    "Stored",
    "Tenant",
    "TenantCache",
    "TenantCount",
    "TenantCounter",
    "TenantDirectory",
    "TenantEvent",
    "TenantExists",
    "TenantProvisioner",
    "TenantRegistry",
    "TenantStatus",
    "TenantStore",
    "TenantSuspended",
    "TenantUnknown",
    "TermsStore",
    "TypeScope",
    "Unauthorized",
    "UsageCounting",
    "UsageStore",
    "WrittenOfDay",
    "WrongStatus",
    "applicant_router",
    "application_router",
    "ask_for_move",
    "canonical_name",
    "consent_router",
    "create_tenant",
    "decide",
    "endpoint_router",
    "give_consent",
    "japanese_day",
    "list_consents",
    "list_moves",
    "list_organisations",
    "list_tenants",
    "move_router",
    "municipality_code",
    "municipality_router",
    "onboarding_pages",
    "operation_of",
    "organisation_router",
    "policy_history",
    "policy_router",
    "profile_router",
    "quota_router",
    "read_policy",
    "register_municipality",
    "register_organisation",
    "resume_tenant",
    "resume_together",
    "retire_tenant",
    "service_of",
    "set_endpoint",
    "set_policy",
    "show_endpoint",
    "show_policy",
    "show_tenant",
    "standing_with",
    "suspend_tenant",
    "suspend_together",
    "tenant_events",
    "tenant_router",
    "tenants_of",
    "terms_router",
    "type_scope",
    "usage_router",
    "use_tenant",
    "withdraw_consent",
]
