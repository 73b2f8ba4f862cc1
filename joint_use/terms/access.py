"""Who may do what: Principal, Levels and the pure decision (architecture: Who may do what)."""

from dataclasses import dataclass, field
from enum import Enum


@dataclass(frozen=True, slots=True, order=False)
class Levels:
    """身元確認 (identity proofing) and 当人認証 (authentication), 1 to 3 each.

    The two are independent: Levels are ordered by component, so (2, 3) and (3, 2) do not compare.
    """

    proofing: int = 1
    authentication: int = 1

    def satisfies(self, required: "Levels") -> bool:
        """Tell whether both components reach what is required.

        >>> Levels(3, 2).satisfies(Levels(2, 3))
        False
        """
        return self.proofing >= required.proofing and self.authentication >= required.authentication


class Action(Enum):
    """What a caller wants to do with a tenant's data."""

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
    """

    subject: str
    tenants: frozenset[str] | None = frozenset()
    actions: frozenset[Action] = frozenset()
    levels: Levels = field(default_factory=Levels)


UNRESTRICTED = Principal(subject="anyone", tenants=None, actions=frozenset(Action))
"""Every caller while the platform runs with `--auth off`."""


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


def decide(principal: Principal, action: Action, tenant: str) -> Allow | Deny:
    """Decide whether a principal may act in a tenant.

    >>> decide(UNRESTRICTED, Action.READ, "sapporo")
    Allow(reason='anyone may read in every tenant')
    """
    verb = action.value
    if action not in principal.actions:
        return Deny(reason=f"{principal.subject} may not {verb}")
    if principal.tenants is None:
        return Allow(reason=f"{principal.subject} may {verb} in every tenant")
    if tenant in principal.tenants:
        return Allow(reason=f"{principal.subject} may {verb} in tenant {tenant}")
    return Deny(reason=f"{principal.subject} may not act in tenant {tenant}")
