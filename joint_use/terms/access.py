"""Who may do what: Principal and the pure decision (architecture: Who may do what)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from joint_use.terms.consent import DataConsent
from joint_use.terms.levels import Levels, Requirement
from joint_use.terms.policy import PersonalType, Policy


class Action(Enum):
    """What a caller wants to do with a tenant's data; the words are scopes of access tokens."""

    READ = "read"
    WRITE = "write"
    SUBSCRIBE = "subscribe"
    ADMINISTER = "administer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who calls.

    Args:
        subject: whom the caller is known as; "anyone" without sign-in.
        tenants: the tenants it may act in; None: all of them (an operator).
        actions: what it may do there.
        levels: the levels at which it signed in.
        service: the client through which it comes; None: none, or nobody signed in.
        proofs: what is proven beside levels.
        signed_in_at: when a person signed in; None: no person did, a service acts alone.
        is_unrestricted: no policy binds it.
    """

    subject: str
    tenants: frozenset[str] | None = frozenset()
    actions: frozenset[Action] = frozenset()
    levels: Levels = field(default_factory=Levels)
    service: str | None = None
    proofs: frozenset[str] = frozenset()
    signed_in_at: datetime | None = None
    is_unrestricted: bool = False


UNRESTRICTED = Principal(
    subject="anyone", tenants=None, actions=frozenset(Action), is_unrestricted=True
)
"""Every caller while the platform runs with `--auth off`."""


ANYONE = Principal(subject="anyone", actions=frozenset({Action.READ}))
"""Who shows no token while the platform runs with `--auth on`: reads what is open."""


OPERATOR = Principal(subject="operator", tenants=None, actions=frozenset(Action))
"""Whoever has the operator's token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allow:
    """The action is allowed."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deny:
    """The action is refused, for a reason that the caller is told."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUp(Deny):
    """The action is refused until the person signs in as is required."""

    requirement: Requirement


@dataclass(slots=True, eq=False)
class Decided:
    """What was decided on a standing for one principal in one tenant, on whole actions.

    A service's standing lasts as long as its policy, so that its next requests find it here.
    """

    principal: Principal | None = None
    tenant: str = ""
    decisions: dict[Action, Allow | Deny] = field(default_factory=dict)
    scopes: "dict[Action, TypeScope]" = field(default_factory=dict)

    def on(self, principal: Principal, tenant: str) -> "Decided":
        """Answer for a principal in a tenant; what was decided for another is forgotten."""
        if self.principal is not principal or self.tenant != tenant:
            self.principal, self.tenant = principal, tenant
            self.decisions, self.scopes = {}, {}
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a decision in one tenant rests on beside the Principal.

    Args:
        policy: the tenant's; None: whoever is of the tenant may act, no rule binds it.
        consents: those that the caller has given.
        at: the instant of the decision.
        decided: what was decided on it, for whoever asks the same again.
    """

    policy: Policy | None = None
    consents: tuple[DataConsent, ...] = ()
    at: datetime | None = None
    decided: Decided = field(default_factory=Decided, compare=False, repr=False)


UNBOUND = Standing()
"""No policy is looked at: a question of membership alone."""


def decide(
    principal: Principal,
    action: Action,
    tenant: str,
    standing: Standing = UNBOUND,
    type_: str | None = None,
) -> Allow | Deny:
    """Decide whether a principal may act in a tenant, or on its entities of a type.

    Args:
        principal: who wants to.
        action: what.
        tenant: in which tenant.
        standing: its policy, and the caller's consents.
        type_: the entity type; None: on anything there.

    >>> decide(OPERATOR, Action.READ, "sapporo")
    Allow(reason='operator may read in every tenant')
    """
    policy = standing.policy
    if policy is None or principal.is_unrestricted:
        return _membership(principal, action, tenant)
    opens = policy.opens_something if type_ is None else policy.is_open(type_)
    if action is Action.READ and Action.READ in principal.actions and opens:
        return Allow(reason="anyone may read this")
    member = _membership(principal, action, tenant)
    if isinstance(member, Deny):
        return member
    lacking = _service_lacks(principal, policy, standing)
    if lacking is not None:
        return lacking
    personal = None if type_ is None else policy.personal.get(type_)
    if type_ is None or personal is None or action is Action.ADMINISTER:
        return member
    return _on_personal(principal, action, standing, type_, personal)


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeScope:
    """On which types a principal may act; an entity has to pass for each of its types.

    Args:
        others: whether it may on those that are not named here.
        exceptions: the types for which it is the other way round.
        owners: the types of which it may on entities about itself, each with the attribute that
            says whom they are about.
        refusals: why it may not, by type.
    """

    others: bool = True
    exceptions: frozenset[str] = frozenset()
    owners: Mapping[str, str] = field(default_factory=dict)
    refusals: Mapping[str, Deny] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is excepted."""
        return self.others and not self.exceptions and not self.owners


WHOLE = TypeScope()


def type_scope(principal: Principal, action: Action, tenant: str, standing: Standing) -> TypeScope:
    """Say on which types a principal may act, by the decision on each that has a rule."""
    policy = standing.policy
    if policy is None or principal.is_unrestricted:
        return WHOLE
    unnamed = ""  # has no rule: no type is called so
    others = not isinstance(decide(principal, action, tenant, standing, unnamed), Deny)
    exceptions, owners, refusals = set[str](), dict[str, str](), dict[str, Deny]()
    for type_ in policy.named:
        decision = decide(principal, action, tenant, standing, type_)
        personal = policy.personal.get(type_)
        if isinstance(decision, Deny):
            refusals[type_] = decision
            if others:
                exceptions.add(type_)
        elif personal is not None and action is Action.READ:
            owners[type_] = personal.owner
        elif not others:
            exceptions.add(type_)
    return TypeScope(
        others=others, exceptions=frozenset(exceptions), owners=owners, refusals=refusals
    )


def _membership(principal: Principal, action: Action, tenant: str) -> Allow | Deny:
    verb = action.value
    if action not in principal.actions:
        return Deny(reason=f"{principal.subject} may not {verb}")
    if principal.tenants is None:
        return Allow(reason=f"{principal.subject} may {verb} in every tenant")
    if tenant in principal.tenants:
        return Allow(reason=f"{principal.subject} may {verb} in tenant {tenant}")
    return Deny(reason=f"{principal.subject} may not act in tenant {tenant}")


def _service_lacks(principal: Principal, policy: Policy, standing: Standing) -> StepUp | None:
    """Look whether the service requires more of the person who uses it."""
    required = policy.services.get(principal.service or "")
    if required is None or principal.signed_in_at is None:
        return None
    return _step_up(principal, required, standing, f"Service {principal.service}")


def _on_personal(
    principal: Principal, action: Action, standing: Standing, type_: str, rule: PersonalType
) -> Allow | Deny:
    if action is Action.SUBSCRIBE:
        return Deny(reason=f"Nobody is notified of {type_}: it is personal data")
    if action is Action.WRITE:
        if principal.signed_in_at is None:
            return Allow(reason=f"{principal.subject} writes {type_} in its own name")
        return Deny(reason=f"Services alone write {type_}, in their own names")
    if principal.signed_in_at is None:
        return Deny(reason=f"Only whom it is about reads {type_}: it is personal data")
    lacking = _step_up(principal, rule.requirement, standing, type_)
    if lacking is not None:
        return lacking
    return _by_consent(principal, standing, type_, rule)


def _step_up(
    principal: Principal, required: Requirement, standing: Standing, what: str
) -> StepUp | None:
    if principal.signed_in_at is None or standing.at is None:
        return StepUp(reason=f"{what} requires a sign-in", requirement=required)
    lacking = required.lacking(
        principal.levels, principal.proofs, principal.signed_in_at, standing.at
    )
    if lacking is None:
        return None
    return StepUp(reason=f"{what} requires {lacking}", requirement=required)


def _by_consent(
    principal: Principal, standing: Standing, type_: str, rule: PersonalType
) -> Allow | Deny:
    service, at = principal.service, standing.at
    if service is None or at is None:
        return Deny(reason=f"No service asks for {type_}, to which consent could be given")
    for consent in standing.consents:
        if consent.terms.subject == principal.subject and consent.covers(
            recipient=service, purpose=rule.purpose, item=type_, at=at
        ):
            return Allow(reason=f"Consent {consent.number} allows {service} to read {type_}")
    lacking = f"No consent in force allows {service} to read {type_} for: {rule.purpose}"
    return Deny(
        reason=f"{lacking}; right is that she signs in and consents on this platform's pages"
    )
