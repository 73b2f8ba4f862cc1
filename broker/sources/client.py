"""SourceClient: asks one source, again where that is safe, within its time and its limits."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus

import aiohttp
import yarl

from broker.settings import SourceSettings
from broker.source_ports import (
    SourceAnswer,
    SourceBusy,
    SourceFailure,
    SourceName,
    SourceRequest,
    SourceTooSlow,
    SourceUnreachable,
)
from broker.sources.credentials import Shown, shown_for
from broker.sources.reception import ReceivedAnswer
from broker.sources.tls import tls_of
from joint_use import ExternalEndpoint
from kit import tracing
from kit.breaker import Breaker
from kit.guard import Guard, OutboundError
from kit.sessions import new_session
from kit.tasks import CHANCE, Backoff

_TRIES = 3
_KEEP_S = 4.0  # shorter than servers keep idle connections: one that closes loses no request
_PASSING = frozenset(
    {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
)
_NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
_LOST = (aiohttp.ClientError, ssl.SSLError, OSError, ValueError)


class SourceClient:
    """Connections to one source, its credentials, its breaker.

    Args:
        endpoint: where the source is.
        guard: which addresses may be reached.
        settings: how much a source is asked at a time, and how it is spared.
    """

    def __init__(self, endpoint: ExternalEndpoint, guard: Guard, settings: SourceSettings) -> None:
        self.name = SourceName(url=endpoint.url, shown=endpoint.url)
        self._endpoint = endpoint
        self._settings = settings
        self._shown: Shown = shown_for(endpoint.credentials)
        self._session = new_session(guard, tls_of(endpoint), keep_s=_KEEP_S, is_decoding=False)
        backoff = Backoff(first_s=settings.retry_first_s, limit_s=settings.retry_limit_s)
        self._breaker = Breaker(settings.concurrency, backoff)
        self._under_way = 0
        self._clock = asyncio.get_running_loop().time

    @property
    def is_idle(self) -> bool:
        """Tell whether nothing is under way."""
        return self._under_way == 0

    @property
    def is_broken(self) -> bool:
        """Tell whether the source does not answer as far as is known."""
        return not self._breaker.is_closed

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    @asynccontextmanager
    async def exchange(self, request: SourceRequest) -> AsyncIterator[SourceAnswer]:
        """Ask the source, and lend its answer.

        Raises:
            SourceFailure: it cannot be asked, or does not answer in time.
        """
        self._require_room()
        self._under_way += 1
        try:
            ends_at_s = self._clock() + self._endpoint.timeout_s
            with tracing.span(f"source {request.method}", "client"):
                response = await self._asked(request, ends_at_s)
            try:
                yield ReceivedAnswer(response, self.name, self._endpoint.timeout_s)
            finally:
                response.close() if not response.content.at_eof() else response.release()
        finally:
            self._under_way -= 1

    def _require_room(self) -> None:
        if self._breaker.room(self._under_way, self._clock()) > 0:
            return
        wait_s = max(1, round(self._breaker.until_s - self._clock()))
        what = "is asked too much" if self._breaker.is_closed else "does not answer as it should"
        raise SourceBusy(f"Source {self.name.shown} {what}; try again soon", retry_after_s=wait_s)

    async def _asked(self, request: SourceRequest, ends_at_s: float) -> aiohttp.ClientResponse:
        """Ask, and again where it is safe and there is time."""
        for attempt in range(1, _TRIES + 1):
            wait_s = 0.1 * 2 ** (attempt - 1) * CHANCE.uniform(0.7, 1.3)
            is_last = attempt == _TRIES or self._clock() + wait_s > ends_at_s
            try:
                response = await self._attempt(request, ends_at_s)
            except SourceUnreachable as failure:
                if is_last or not _may_repeat(request, failure):
                    raise
            else:
                if is_last or not request.is_repeatable or not _is_passing(response):
                    return response
                response.release()
            await asyncio.sleep(wait_s)
        raise SourceUnreachable(f"Source {self.name.shown} cannot be reached")

    async def _attempt(self, request: SourceRequest, ends_at_s: float) -> aiohttp.ClientResponse:
        """Ask once, with another token where the source refuses the one it was shown."""
        try:
            async with asyncio.timeout_at(ends_at_s):
                response = await self._authorized(request)
        except TimeoutError as error:
            self._breaker.failed(self._clock(), is_answered=True)
            unknown = (
                "" if request.is_repeatable else "; whether it did what was asked is not known"
            )
            raise SourceTooSlow(
                f"Source {self.name.shown} does not answer within {self._endpoint.timeout_s:g} s"
                + unknown
            ) from error
        except OutboundError as error:
            raise SourceUnreachable(f"Source {self.name.shown}: {error.detail}") from error
        except _LOST as error:
            self._breaker.failed(self._clock(), is_answered=not isinstance(error, _NOT_SENT))
            raise SourceUnreachable(
                f"Source {self.name.shown} cannot be reached: {_reason(error)}"
            ) from error
        if _is_passing(response):
            self._breaker.failed(self._clock(), is_answered=True)
        else:
            self._breaker.succeeded()
        return response

    async def _authorized(self, request: SourceRequest) -> aiohttp.ClientResponse:
        shown = await self._shown.headers(self._session)
        response = await self._sent(request, shown)
        if response.status != HTTPStatus.UNAUTHORIZED or not self._shown.is_renewable:
            return response
        self._shown.refused(shown)
        if not isinstance(request.body, bytes | None):
            return response  # what was streamed is gone; the next request has another token
        response.release()
        return await self._sent(request, await self._shown.headers(self._session))

    async def _sent(
        self, request: SourceRequest, shown: Mapping[str, str]
    ) -> aiohttp.ClientResponse:
        headers = dict(request.headers)
        headers["Accept-Encoding"] = "identity"
        if self._endpoint.tenant is not None:
            headers["NGSILD-Tenant"] = self._endpoint.tenant
        if request.length is not None:
            headers["Content-Length"] = str(request.length)
        headers.update(shown)
        headers.update(tracing.outgoing())
        return await self._session.request(
            request.method,
            yarl.URL(f"{self._endpoint.url}/ngsi-ld/v1{request.target}", encoded=True),
            headers=headers,
            data=request.body,
            allow_redirects=False,
            skip_auto_headers=("Content-Type", "Accept"),
        )


def _is_passing(response: aiohttp.ClientResponse) -> bool:
    """Tell whether a source, or a proxy before it, cannot answer for now.

    A 504 in JSON is an answer: LdContextNotAvailable (§6.3.2), which any client can bring about.
    """
    is_said = response.status == HTTPStatus.GATEWAY_TIMEOUT and "json" in response.content_type
    return response.status in _PASSING and not is_said


def _may_repeat(request: SourceRequest, failure: SourceFailure) -> bool:
    """Tell whether a request may be sent again: it does no harm twice, or was not sent at all."""
    if not isinstance(request.body, bytes | None):
        return False
    return request.is_repeatable or isinstance(failure.__cause__, _NOT_SENT)


def _reason(error: Exception) -> str:
    """Say what went wrong on the way, without what was sent."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"its certificate is not trusted: {error.certificate_error}"
    if isinstance(error, aiohttp.ClientConnectorError):
        return error.os_error.strerror or type(error.os_error).__name__
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "it breaks off the connection"
    return type(error).__name__
