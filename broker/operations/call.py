"""Call: who asks, for which tenant, with which @context; and the one question of access."""

from dataclasses import dataclass, replace

from broker.ngsi.contexts import Context
from broker.ports import Broker
from joint_use import Action, Deny, Principal, Tenant, decide
from kit.errors import RenkeiError
from kit.json import JsonObject, JsonValue


class AccessDenied(RenkeiError):
    """The principal may not do this; the detail says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One caller's request to one tenant.

    Args:
        context: the user @context that came with the request (a URL from its Link header, or
            what its body holds); None: the core context alone.
    """

    tenant: Tenant
    principal: Principal
    context: JsonValue = None

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
    decision = decide(call.principal, action, call.tenant.name)
    if isinstance(decision, Deny):
        raise AccessDenied(decision.reason)


async def context_of(broker: Broker, call: Call, document: Document | None = None) -> Context:
    """Load the term table of a document's @context, or of the call's where there is none.

    Raises:
        LdContextNotAvailable, BadRequestData: it cannot be had, or is none.
    """
    reference = call.context if document is None else document.context
    return await broker.contexts.load(call.tenant, reference)
