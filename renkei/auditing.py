"""Auditing: introduces the audit to what it needs, in one process."""

import os
import socket
from dataclasses import dataclass

from idp_federation import derived
from joint_use import (
    THE_PLATFORM,
    AuditBook,
    AuditEvent,
    AuditHeads,
    AuditKind,
    AuditLane,
    AuditOutcome,
    AuditReader,
    PersonHashes,
)
from kit.clock import utc_now
from kit.db import Database, Databases
from kit.jwt import derived_signing_key
from kit.tasks import Tasks
from renkei.instance import Instance
from renkei.settings import Settings

PUBLISHED = "audit/heads"
"""Where in the data directory the statements are that its processes have signed."""

_SCALAR_BYTES = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Auditing:
    """The audit of one process.

    Args:
        lane: where everything is recorded.
        heads: signs where chains end.
        book: what operators read.
        is_enforced: whether tokens and policies say who may do what.
    """

    lane: AuditLane
    heads: AuditHeads
    book: AuditBook
    is_enforced: bool

    async def start(self, tasks: Tasks) -> None:
        """Write down that this process begins to serve, and sign heads as long as it does."""
        await self.lane.record(
            AuditEvent(
                kind=AuditKind.PROCESS_STARTED,
                outcome=AuditOutcome.DONE,
                by=THE_PLATFORM,
                facts={"process": self.lane.process, "auth": "on" if self.is_enforced else "off"},
            )
        )
        tasks.start("audit heads", self.heads.run)


def assemble_audit(settings: Settings, databases: Databases, control: Database) -> Auditing:
    """Put the audit together; nothing is connected yet."""
    given = settings.joint_use.audit
    text = (
        Instance(settings.data).audit_key() if given.key is None else given.key.get_secret_value()
    )
    key = text.encode()
    hashes = PersonHashes(derived(key, "people in the audit"))
    heads = AuditHeads(
        databases,
        control,
        derived_signing_key(derived(key, "heads of the audit", _SCALAR_BYTES)),
        utc_now,
        settings.data / PUBLISHED,
        given.sign_s,
    )
    process = f"{socket.gethostname()}:{os.getpid()}"
    return Auditing(
        lane=AuditLane(databases, control, hashes, utc_now, process),
        heads=heads,
        book=AuditBook(
            shelf=AuditReader(databases, control),
            kept=heads,
            key=heads.key.public,
            hashes=hashes,
        ),
        is_enforced=settings.auth == "on",
    )
