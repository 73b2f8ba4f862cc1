"""What a request meets at the door: its tenant's quotas, and its turn (port `Admission`)."""

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from broker import RequestTooLarge, TooManyRequests
from joint_use import Quota, QuotaCache, QuotaShelf, Tenant
from kit.db import DatabaseUnavailable
from renkei.fairness import FairShare

log = structlog.get_logger(__name__)

_SAVED_S = 2.0  # what a tenant did not ask for, it may ask at once later: so many seconds' worth
_DRAWN_S = 0.1  # what a process draws at once: so many seconds' worth
_EMPTY_S = 0.05  # an empty bucket is not asked again sooner


@dataclass(slots=True)
class _Bucket:
    """What this process has drawn of a tenant's tokens and not spent."""

    tokens: float = 0.0
    empty_until_s: float = 0.0
    drawing: asyncio.Lock = field(default_factory=asyncio.Lock)


class Rates:
    """Requests per second, of all processes together.

    A bucket of tokens per tenant is in the control database; each process draws some at a time. So
    a tenant may be over its rate by what processes have drawn and not spent. While the database is
    away, nobody is refused for this.

    Args:
        shelf: where the buckets are.
        now_s: monotonic seconds; by default the loop's.
    """

    def __init__(self, shelf: QuotaShelf, now_s: Callable[[], float] | None = None) -> None:
        self._shelf = shelf
        self._now_s = now_s or (lambda: asyncio.get_running_loop().time())
        self._buckets: dict[int, _Bucket] = {}

    async def take(self, tenant: int, per_s: float) -> None:
        """Take one token.

        Raises:
            TooManyRequests: there is none.
        """
        bucket = self._buckets.get(tenant)
        if bucket is None:
            bucket = self._buckets[tenant] = _Bucket()
        while bucket.tokens < 1:
            async with bucket.drawing:  # one draws for all who wait
                if bucket.tokens < 1:
                    await self._draw(tenant, bucket, per_s)
        bucket.tokens -= 1

    async def _draw(self, tenant: int, bucket: _Bucket, per_s: float) -> None:
        if bucket.empty_until_s > self._now_s():
            raise _too_many(per_s)
        wanted, burst = max(1.0, per_s * _DRAWN_S), max(1.0, per_s * _SAVED_S)
        try:
            drawn = await self._shelf.draw(tenant, wanted, per_s, burst)
        except DatabaseUnavailable as error:
            log.warning("rates_not_checked", reason=error.detail)
            drawn = wanted
        bucket.tokens += drawn
        if drawn < 1:
            bucket.empty_until_s = self._now_s() + _EMPTY_S


class Door:
    """Lets a tenant's requests in: not more than it may make, and not at the others' cost.

    Args:
        quotas: how much tenants may use.
        rates: how often they ask.
        share: whose turn it is.
    """

    def __init__(self, quotas: QuotaCache, rates: Rates, share: FairShare) -> None:
        self._quotas = quotas
        self._rates = rates
        self._share = share

    async def enter(self, tenant: Tenant, request_bytes: int) -> None:
        """Wait for a request's turn; whoever was let in leaves.

        Raises:
            TooManyRequests: the tenant asks more often than it may, or too many wait already.
            RequestTooLarge: the tenant may not send as much at once.
        """
        quota = self._quotas.get(tenant) or await self._find(tenant)
        if quota.request_bytes is not None and request_bytes > quota.request_bytes:
            raise _too_large(request_bytes, quota.request_bytes)
        if quota.requests_per_s is not None:
            await self._rates.take(tenant.number, quota.requests_per_s)
        await self._share.enter(tenant.number)

    def leave(self, tenant: Tenant) -> None:
        """Make room for the next request."""
        self._share.leave(tenant.number)

    async def _find(self, tenant: Tenant) -> Quota:
        try:
            return await self._quotas.find(tenant)
        except DatabaseUnavailable as error:
            log.warning("quota_not_known", tenant=tenant.name, reason=error.detail)
            return self._quotas.known_or_default(tenant)


def _too_many(per_s: float) -> TooManyRequests:
    return TooManyRequests(
        f"要求は毎秒 {per_s:g} 件までです。上限の変更は基盤の運営者に相談してください。 / "
        f"The tenant may make {per_s:g} requests a second; the operator of the platform can "
        "allow more",
        retry_after_s=max(1, math.ceil(1 / per_s)),
    )


def _too_large(request_bytes: int, limit: int) -> RequestTooLarge:
    return RequestTooLarge(
        f"一要求は {limit} バイトまでです（受信 {request_bytes} バイト）。"
        "分割して送るか、基盤の運営者に相談してください。 / "
        f"The request has {request_bytes} bytes and the tenant's may have {limit}; "
        "send it in parts, or ask the operator of the platform for more",
        where="Content-Length",
    )
