from .access_ports import Access, ConsentBook, PolicyChange, PolicyShelf
from .api.applications import (
    applicant_router,
    application_router,
    terms_router,
)
from .api.audit import audit_router, heads_router
from .api.consents import consent_router
from .api.endpoints import endpoint_router
from .api.moves import move_router
from .api.operator import OperatorToken
from .api.organisations import municipality_router, organisation_router
from .api.policies import policy_router
from .api.problems import ProblemRoute
from .api.profile import profile_router
from .api.quotas import quota_router
from .api.tenants import tenant_router
from .api.texts import Number
from .api.usage import usage_router
from .audit_ports import ACTING, Audit, AuditBook
from .moving_ports import Held, Moves
from .onboarding_ports import ClientIssuer, NewSecret, Onboarding, Pace
from .operations.consents import (
    give_consent,
    list_consents,
    standing_with,
    withdraw_consent,
)
from .operations.endpoints import set_endpoint, show_endpoint
from .operations.move_keeping import MoveKeeper
from .operations.moving import ask_for_move, list_moves
from .operations.organisations import (
    Members,
    list_organisations,
    register_municipality,
    register_organisation,
    resume_together,
    suspend_together,
    tenants_of,
)
from .operations.policies import policy_history, set_policy, show_policy
from .operations.quotas import set_quota
from .operations.tenants import (
    create_tenant,
    list_tenants,
    resume_tenant,
    retire_tenant,
    show_tenant,
    suspend_tenant,
    tenant_events,
    use_tenant,
)
from .pages.about import about_pages
from .pages.onboarding import onboarding_pages
from .ports import (
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
from .profile_ports import Profiles
from .settings import Settings
from .store.applications import ApplicationStore
from .store.audit import AuditLane
from .store.audit_heads import AuditHeads
from .store.audit_reading import AuditReader
from .store.cache import TenantCache
from .store.consents import ConsentStore
from .store.endpoints import EndpointCache, EndpointStore
from .store.moves import MOVES_CHANNEL, MoveStore
from .store.organisations import OrganisationStore
from .store.policies import PolicyCache, PolicyStore
from .store.profile import ProfileStore
from .store.quotas import QuotaCache, QuotaStore
from .store.tenants import MIGRATIONS, TENANTS_CHANNEL, TenantStore
from .store.terms_of_use import TermsStore
from .store.usage import UsageStore
from .store.usage_counting import UsageCounting
from .store.usage_journal import CountedBy, Journal
from .terms.access import (
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
from .terms.audit import (
    NOBODY_KNOWN,
    THE_OPERATOR,
    THE_PLATFORM,
    AuditEvent,
    AuditKind,
    AuditOutcome,
    Party,
    PersonHashes,
    party_of,
)
from .terms.consent import DataConsent, NewConsent
from .terms.endpoint import (
    ApiKey,
    ClientCertificate,
    ClientCredentials,
    Credentials,
    ExternalEndpoint,
    NoCredentials,
)
from .terms.errors import (
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
from .terms.levels import Levels, Requirement
from .terms.moving import Move, MovePhase, Place
from .terms.municipality import municipality_code
from .terms.organisation import (
    Contact,
    Municipality,
    Organisation,
    OrganisationKind,
)
from .terms.policy import PersonalType, Policy, Readers, read_policy
from .terms.quotas import Quota
from .terms.service_class import REQUIRED, ServiceClass
from .terms.tenant import (
    DEFAULT_TENANT,
    NewTenant,
    Placement,
    Placing,
    Storage,
    Tenant,
    TenantStatus,
    canonical_name,
)
from .terms.usage import (
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
    "ACTING",
    "ANYONE",
    "DEFAULT_TENANT",
    "MIGRATIONS",
    "MOVES_CHANNEL",
    "NOBODY_KNOWN",
    "OPERATOR",
    "REQUIRED",
    "SERVICE",
    "TENANTS_CHANNEL",
    "THE_OPERATOR",
    "THE_PLATFORM",
    "UNBOUND",
    "UNRESTRICTED",
    "WHOLE",
    "Access",
    "Action",
    "Allow",
    "ApiKey",
    "ApplicationStore",
    "Audit",
    "AuditBook",
    "AuditEvent",
    "AuditHeads",
    "AuditKind",
    "AuditLane",
    "AuditOutcome",
    "AuditReader",
    "ClientCertificate",
    "ClientCredentials",
    "ClientIssuer",
    "ConsentBook",
    "ConsentStore",
    "Contact",
    "CountedBy",
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
    "Number",
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
    "Party",
    "PersonHashes",
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
    "ServiceClass",
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
    "about_pages",
    "applicant_router",
    "application_router",
    "ask_for_move",
    "audit_router",
    "canonical_name",
    "consent_router",
    "create_tenant",
    "decide",
    "endpoint_router",
    "give_consent",
    "heads_router",
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
    "party_of",
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
    "set_quota",
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
