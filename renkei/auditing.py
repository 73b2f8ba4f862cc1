"""Auditing: introduces the audit to what it needs, in one process."""

import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from broker import Unavailable
from idp_federation import derived
from joint_use import (
    NOBODY_KNOWN,
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
from kit.db import Database, Databases, DatabaseUnavailable
from kit.jwt import derived_signing_key
from kit.tasks import Tasks
from renkei.instance import Instance
from renkei.settings import Settings

PUBLISHED = "audit/heads"
"""Where in the data directory the statements are that its processes have signed."""

_SCALAR_BYTES = 48


STRANGERS = 60
"""Events of a minute that a worker records of callers whom nobody knows."""


class Sparingly:
    """Lets so many events pass in each minute, and counts what it has not let pass.

    What nobody has to sign in for could fill the database otherwise.
    """

    def __init__(self, per_minute: int, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._clock_s = clock_s
        self._minute = -1
        self._passed = 0
        self._held_back = 0

    def passed(self, event: AuditEvent) -> AuditEvent | None:
        """Answer with an event, that says how many were held back before it; None: so is this."""
        minute = int(self._clock_s() // 60)
        if minute != self._minute:
            self._minute, self._passed = minute, 0
        if self._passed >= self._per_minute:
            self._held_back += 1
            return None
        self._passed += 1
        held_back, self._held_back = self._held_back, 0
        if not held_back:
            return event
        return replace(event, facts={**event.facts, "not recorded before": str(held_back)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Auditing:
    """The audit of one process.

    Args:
        lane: where everything is recorded.
        heads: signs where chains end.
        book: what operators read.
        is_enforced: whether tokens and policies say who may do what.
        strangers: bounds what is recorded of callers whom nobody knows.
    """

    lane: AuditLane
    heads: AuditHeads
    book: AuditBook
    is_enforced: bool
    strangers: Sparingly = field(default_factory=lambda: Sparingly(STRANGERS))

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


@dataclass(frozen=True, slots=True)
class BrokerAudit:
    """The audit as the broker asks for it: what cannot be recorded now is not answered.

    Args:
        lane: where everything is recorded.
        strangers: bounds what is recorded of callers whom nobody knows.
    """

    lane: AuditLane
    strangers: Sparingly

    async def record(self, event: AuditEvent) -> None:
        """Write an event down.

        Raises:
            Unavailable: it cannot be written now.
        """
        noted = self.strangers.passed(event) if event.by == NOBODY_KNOWN else event
        if noted is None:
            return
        try:
            await self.lane.record(noted)
        except DatabaseUnavailable as error:
            raise Unavailable(error.detail) from error


def assemble_audit(settings: Settings, databases: Databases, control: Database) -> Auditing:
    """Put the audit together; nothing is connected yet."""
    given = settings.joint_use.audit
    text = (
        Instance(settings.data, settings.secrets).audit_key()
        if given.key is None
        else given.key.get_secret_value()
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
