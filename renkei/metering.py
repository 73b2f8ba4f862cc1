"""Metering: every answered request of the NGSI-LD API is noted before its first byte leaves."""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import cast

from starlette.types import Message, Scope, Send

from broker import PRINCIPAL, TENANT
from joint_use import (
    UNRESTRICTED,
    Answered,
    DailyHashes,
    Journal,
    Principal,
    Tenant,
    japanese_day,
    operation_of,
    service_of,
)

_LENGTH = b"content-length"
_VERSION = 3  # parts of a path up to the API's version: "", "ngsi-ld", "v1"
_DAY_S = 86_400


class Meter:
    """Notes requests in the journal of this process.

    A request without a tenant that exists is nobody's usage and is not noted.

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
        self._days: tuple[int, date] = (0, date.min)

    def counting(self, scope: Scope, send: Send) -> Send:
        """Answer with a `send` that notes what goes through it."""
        return _Counting(self, scope, send)

    def note(self, scope: Scope, status: int, bytes_out: int, *, is_more: bool = False) -> None:
        """Note an answer, or with `is_more` what was sent of it beyond what it had announced."""
        tenant: Tenant | None = scope.get(TENANT)
        if tenant is None:
            return
        principal = cast(Principal, scope.get(PRINCIPAL, UNRESTRICTED))
        at_s = int(self._clock())
        method: str = scope["method"]
        path = "/" + cast(str, scope["path"]).split("/", _VERSION)[-1]
        self._journal.add(
            Answered(
                at_s,
                tenant.number,
                service_of(principal),
                operation_of(method, path).value,
                status // 100,
                0 if is_more else _length(scope["headers"]),
                bytes_out,
                0
                if principal is UNRESTRICTED
                else self._hashes.of(principal.subject, self._day(at_s)),
                0 if is_more else 1,
            )
        )

    def _day(self, at_s: int) -> date:
        hour = at_s // 3_600
        if self._days[0] != hour:
            self._days = hour, japanese_day(datetime.fromtimestamp(at_s, UTC))
        return self._days[1]


class _Counting:
    """One answer on its way out."""

    __slots__ = ("_meter", "_scope", "_send", "_sent", "_status", "_told")

    def __init__(self, meter: Meter, scope: Scope, send: Send) -> None:
        self._meter = meter
        self._scope = scope
        self._send = send
        self._status = 0
        self._told = 0
        self._sent = 0

    async def __call__(self, message: Message) -> None:
        """Note the answer at its start, and at its end what it had not announced."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            if self._scope["method"] != "HEAD":
                self._told = _length(message["headers"])
            self._meter.note(self._scope, self._status, self._told)
        elif not self._told:
            self._sent += len(message.get("body", b""))
            if self._sent and not message.get("more_body"):
                self._meter.note(self._scope, self._status, self._sent, is_more=True)
        await self._send(message)


def _length(headers: object) -> int:
    for name, value in cast("list[tuple[bytes, bytes]]", headers):
        if name == _LENGTH:
            return int(value)
    return 0
