"""Who this broker is to others (§5.15)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from broker.operations.call import Call, require
from broker.ports import Broker
from joint_use import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceIdentity:
    """One tenant of this broker as a context source (§5.2.40).

    Args:
        alias: the pseudonym for the header Via; one per tenant.
    """

    id: str
    alias: str
    uptime: timedelta
    at: datetime


def source_identity(broker: Broker, call: Call) -> SourceIdentity:
    """Tell who this is, since when it is up, and what time it has.

    Spec: CIM 009 §5.15.1
    """
    require(call, Action.READ)
    now = broker.clock()
    return SourceIdentity(
        id=f"urn:ngsi-ld:ContextSourceIdentity:{broker.alias}:{call.tenant.name}",
        alias=f"{broker.alias}-{call.tenant.name}",
        uptime=now - broker.started_at,
        at=now,
    )
