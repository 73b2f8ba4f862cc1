"""On which types a caller may act, remembered where the next request will ask the same."""

from functools import lru_cache
from typing import Generic, TypeVar

from broker.operations.call import Call
from joint_use import WHOLE, Action, Policy, Principal, Standing, TypeScope, type_scope

_Thing = TypeVar("_Thing")


def scope_of(call: Call, action: Action) -> TypeScope:
    """Say on which types a caller may act.

    Of a service alone neither the instant nor consents count, so that what was found for it under
    a policy holds for its next requests too.
    """
    principal, standing = call.principal, call.standing
    if standing.policy is None or principal.is_unrestricted:
        return WHOLE
    if principal.signed_in_at is None:
        return _of_service(_Very(principal), action, call.tenant.name, _Very(standing.policy))
    return type_scope(principal, action, call.tenant.name, standing)


class _Very(Generic[_Thing]):
    """The very same object and no equal one, as a key that is found without looking into it."""

    __slots__ = ("thing",)

    def __init__(self, thing: _Thing) -> None:
        self.thing = thing

    def __hash__(self) -> int:
        return id(self.thing)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Very) and self.thing is other.thing


@lru_cache(maxsize=4096)
def _of_service(
    principal: _Very[Principal], action: Action, tenant: str, policy: _Very[Policy]
) -> TypeScope:
    return type_scope(principal.thing, action, tenant, Standing(policy=policy.thing))
