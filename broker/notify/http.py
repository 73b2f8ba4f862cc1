"""Notifications over HTTP: one POST each, to addresses that the guard has checked (§6.3.8)."""

import asyncio
import ssl
from collections.abc import Mapping

import aiohttp

from broker.ngsi.notification import NotificationMessage
from broker.ngsi.subscription import Endpoint
from broker.notify.ports import Undelivered
from kit import tracing
from kit.guard import Guard, OutboundError
from kit.sessions import new_session

_ANSWER_BYTES = 65_536  # of an answer's body: enough to keep the connection, no more is read


class HttpSender:
    """Posts notifications; connections are kept and reused, redirects are not followed.

    Args:
        guard: which addresses may be reached.
        tls: whom to trust.
    """

    def __init__(self, guard: Guard, tls: ssl.SSLContext) -> None:
        self._guard = guard
        self._tls = tls
        self._session: aiohttp.ClientSession | None = None

    async def send(
        self, endpoint: Endpoint, message: NotificationMessage, timeout_s: float
    ) -> None:
        """POST one notification; any 2xx says that it arrived.

        Raises:
            Undelivered: no answer in time, or another one.
        """
        try:
            async with asyncio.timeout(timeout_s):
                status = await self._posted(endpoint.uri, message.headers, message.body)
        except TimeoutError as error:
            raise Undelivered(f"Receiver does not answer within {timeout_s:g} s") from error
        except OutboundError as error:
            raise Undelivered(error.detail) from error
        except (aiohttp.ClientError, ssl.SSLError, OSError, ValueError) as error:
            raise Undelivered(_reason(error)) from error
        if not 200 <= status < 300:
            raise Undelivered(f"Receiver answers {status}", is_answered=True)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _posted(self, uri: str, headers: Mapping[str, str], body: bytes) -> int:
        """POST, once more where a kept connection turns out to have been closed meanwhile."""
        try:
            return await self._post(uri, headers, body)
        except (aiohttp.ServerDisconnectedError, ConnectionResetError):
            return await self._post(uri, headers, body)

    async def _post(self, uri: str, headers: Mapping[str, str], body: bytes) -> int:
        if self._session is None:
            self._session = new_session(self._guard, self._tls)
        session, sent = self._session, {**headers, **tracing.outgoing()}
        async with session.post(uri, data=body, headers=sent, allow_redirects=False) as answer:
            await answer.content.read(_ANSWER_BYTES)
            if not answer.content.at_eof():
                answer.close()
            return answer.status


def _reason(error: Exception) -> str:
    """Say what went wrong on the way, without what was sent."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"Receiver's certificate is not trusted: {error.certificate_error}"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"Receiver cannot be reached: {error.os_error.strerror or error.os_error}"
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "Receiver breaks off the connection"
    return f"Receiver cannot be reached: {type(error).__name__}"
