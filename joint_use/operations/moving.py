"""Moving tenants: asked for by an operator, shown to operators."""

from collections.abc import Sequence

from joint_use.moving_ports import Moves
from joint_use.operations.tenants import show_tenant
from joint_use.ports import JointUse
from joint_use.terms.access import Action, Principal
from joint_use.terms.errors import Forbidden
from joint_use.terms.moving import Move, MovePhase, destination, place_of

MOST_SHOWN = 1000


async def ask_for_move(
    joint_use: JointUse, moves: Moves, principal: Principal, name: str, wanted: str
) -> Move:
    """Let a tenant be moved in the background while it is used.

    Args:
        joint_use: the ports of tenants.
        moves: the ports of moving.
        principal: who asks.
        name: the tenant's.
        wanted: `separated`, `shared`, `SERVER` or `SERVER/separated`.

    Raises:
        Forbidden: the caller may not administer the tenant.
        TenantUnknown: there is none of this name.
        InvalidTerm: there is no such place, or the tenant is there.
        WrongStatus: it is being moved, or neither active nor suspended.
    """
    tenant = await show_tenant(joint_use, principal, name)
    now = joint_use.clock()
    return await moves.registry.register(
        Move(
            number=0,
            tenant=tenant.name,
            origin=place_of(tenant),
            target=destination(tenant, wanted, joint_use.placing),
            phase=MovePhase.REGISTERED,
            by=principal.subject,
            asked_at=now,
            changed_at=now,
        )
    )


async def list_moves(
    joint_use: JointUse, moves: Moves, principal: Principal, name: str | None, *, limit: int = 100
) -> Sequence[Move]:
    """Show the latest moves, of one tenant or of all, the newest first.

    Raises:
        Forbidden: the caller may not administer the tenant, or not all of them.
        TenantUnknown: there is none of this name.
    """
    if name is not None:
        await show_tenant(joint_use, principal, name)
    elif Action.ADMINISTER not in principal.actions or principal.tenants is not None:
        raise Forbidden(
            f"{principal.subject} may not administer all tenants",
            detail_ja=f"{principal.subject} にはすべてのテナントを管理する権限がありません。",
        )
    return await moves.registry.of(name, min(limit, MOST_SHOWN))
