"""Metering: every answered request of a tenant is noted before its answer leaves (port `Meter`)."""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime

from joint_use import (
    CountedBy,
    DailyHashes,
    Journal,
    Operation,
    Principal,
    Tenant,
    japanese_day,
    service_of,
)


class JournalMeter:
    """Notes requests in the journal of this process.

    Args:
        journal: where they are noted.
        hashes: names users by numbers.
        clock: seconds since 1970.
    """

    def __init__(
        self, journal: Journal, hashes: DailyHashes, clock: Callable[[], float] = time.time
    ) -> None:
        self._journal = journal
        self._hashes = hashes
        self._clock = clock
        self._day: tuple[int, date] = (0, date.min)  # the hour that it was looked up for

    def note(
        self,
        tenant: Tenant,
        principal: Principal,
        operation: Operation,
        *,
        status: int,
        bytes_in: int,
        bytes_out: int,
    ) -> None:
        """Note one answered request; a user is a person who signed in, and no service alone."""
        user = None if principal.signed_in_at is None else principal.subject
        key = (tenant.number, principal.service, user, operation, status // 100)
        if not self._journal.count(key, bytes_in, bytes_out):
            self._journal.open(key, self._by(tenant, principal, operation, status))
            self._journal.count(key, bytes_in, bytes_out)

    def _by(
        self, tenant: Tenant, principal: Principal, operation: Operation, status: int
    ) -> CountedBy:
        at_s = int(self._clock())
        user = 0 if principal.signed_in_at is None else self._user(principal, at_s)
        return CountedBy(
            at_s, tenant.number, service_of(principal), operation.value, status // 100, user
        )

    def _user(self, principal: Principal, at_s: int) -> int:
        hour = at_s // 3_600
        if self._day[0] != hour:
            self._day = hour, japanese_day(datetime.fromtimestamp(at_s, UTC))
        return self._hashes.of(principal.subject, self._day[1])
