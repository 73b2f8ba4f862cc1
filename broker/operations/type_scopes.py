"""On which types a caller may act, remembered where the next request will ask the same."""

from broker.operations.call import Call
from joint_use import WHOLE, Action, TypeScope, type_scope


def scope_of(call: Call, action: Action) -> TypeScope:
    """Say on which types a caller may act."""
    principal, standing, tenant = call.principal, call.standing, call.tenant.name
    if standing.policy is None or principal.is_unrestricted:
        return WHOLE
    scopes = standing.decided.on(principal, tenant).scopes
    found = scopes.get(action)
    if found is None:
        found = scopes[action] = type_scope(principal, action, tenant, standing)
    return found
