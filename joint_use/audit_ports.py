"""What keeps the audit."""

from typing import Protocol

from joint_use.terms.audit import AuditEvent


class Audit(Protocol):
    """Where sign-ins, decisions on personal data and changes are written down for good."""

    async def record(self, event: AuditEvent) -> None:
        """Write an event down; answers once the record is durable.

        What the record is of is answered after this: an answered read has its record.

        Raises:
            DatabaseUnavailable: it cannot be written now; what it is of is not to be answered.
        """
        ...
