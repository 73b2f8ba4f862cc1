"""Call: who asks, for which tenant, with which @context; and the one question of access."""

from dataclasses import dataclass, replace

from broker.ngsi.contexts import Context
from broker.ports import Broker
from joint_use import UNBOUND, Action, Deny, Principal, Standing, Tenant, decide
from kit.errors import RenkeiError
from kit.json import JsonObject, JsonValue


class AccessDenied(RenkeiError):
    """The principal may not do this; the detail says why.

    Args:
        refusal: the decision.
        where: what in the request it is about.
    """

    def __init__(self, refusal: Deny, *, where: str | None = None) -> None:
        super().__init__(refusal.reason, where=where)
        self.refusal = refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One caller's request to one tenant.

    Args:
        context: the user @context that came with the request (a URL from its Link header, or
            what its body holds); None: the core context alone.
        standing: the policy that binds the principal, and the consents it has given.
    """

    tenant: Tenant
    principal: Principal
    context: JsonValue = None
    standing: Standing = UNBOUND

    def under(self, document: "Document") -> "Call":
        """Give the same call with the @context of its body."""
        return replace(self, context=document.context)


@dataclass(frozen=True, slots=True)
class Document:
    """A received JSON document, as it came, without its @context, which stands beside it."""

    body: JsonObject
    context: JsonValue = None


def require(call: Call, action: Action) -> None:
    """Let the call pass, or refuse it.

    Raises:
        AccessDenied: the principal may not act so in this tenant.
    """
    principal, standing, tenant = call.principal, call.standing, call.tenant.name
    decisions = standing.decided.on(principal, tenant).decisions
    decision = decisions.get(action)
    if decision is None:
        decision = decisions[action] = decide(principal, action, tenant, standing)
    if isinstance(decision, Deny):
        raise AccessDenied(decision)


async def standing_of(broker: Broker, tenant: Tenant, principal: Principal) -> Standing:
    """Find on what decisions about a caller rest in a tenant.

    Raises:
        Unavailable: that cannot be known now.
    """
    if broker.standings is None or principal.is_unrestricted:
        return UNBOUND
    known = broker.standings.known(tenant, principal)
    return await broker.standings.of(tenant, principal) if known is None else known


async def context_of(broker: Broker, call: Call, document: Document | None = None) -> Context:
    """Load the term table of a document's @context, or of the call's where there is none.

    Raises:
        LdContextNotAvailable, BadRequestData: it cannot be had, or is none.
    """
    reference = call.context if document is None else document.context
    return await broker.contexts.load(call.tenant, reference)
