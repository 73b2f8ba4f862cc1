"""Auditing: introduces the audit to what it needs, in one process."""

import os
import socket
from dataclasses import dataclass

from idp_federation import derived
from joint_use import (
    THE_PLATFORM,
    AuditEvent,
    AuditKind,
    AuditLane,
    AuditOutcome,
    PersonHashes,
)
from kit.clock import utc_now
from kit.db import Database, Databases
from renkei.instance import Instance
from renkei.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Auditing:
    """The audit of one process.

    Args:
        lane: where everything is recorded.
    """

    lane: AuditLane

    async def started(self) -> None:
        """Write down that this process begins to serve, and what it lets whom do."""
        await self.lane.record(
            AuditEvent(kind=AuditKind.PROCESS_STARTED, outcome=AuditOutcome.DONE, by=THE_PLATFORM)
        )


def assemble_audit(settings: Settings, databases: Databases, control: Database) -> Auditing:
    """Put the audit together; nothing is connected yet."""
    key = Instance(settings.data).audit_key().encode()
    hashes = PersonHashes(derived(key, "people in the audit"))
    process = f"{socket.gethostname()}:{os.getpid()}"
    return Auditing(lane=AuditLane(databases, control, hashes, utc_now, process))
