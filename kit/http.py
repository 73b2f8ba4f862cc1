"""Outbound HTTP behind the one guard: pinned addresses, bounded size, bounded time.

OutboundError
├── AddressRefused     where the URL leads may not be reached
├── Unreachable        no address, no connection, broken off, no HTTP
├── TooLarge           more bytes than asked for
├── TooSlow            not answered wholly in time
└── TooManyRedirects   more redirects than followed
"""

import asyncio
import functools
import ssl
import zlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx2

from kit import tracing
from kit.guard import Address, AddressRefused, Guard, OutboundError, Unreachable

__all__ = [
    "AddressRefused",
    "Fetched",
    "Guard",
    "Outbound",
    "OutboundError",
    "TooLarge",
    "TooManyRedirects",
    "TooSlow",
    "Unreachable",
    "new_tls_context",
]

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SCHEMES = frozenset({"http", "https"})
_GZIP = 16 + zlib.MAX_WBITS
_CHUNK = 65_536
_OWN = {"accept-encoding": "gzip", "user-agent": "renkei"}
_NO_REUSE = httpx2.Limits(max_keepalive_connections=0)  # a connection is checked for one host


class TooLarge(OutboundError):
    """A body has more bytes than the caller takes."""


class TooSlow(OutboundError):
    """An answer was not complete in time."""


class TooManyRedirects(OutboundError):
    """A URL redirects more often than the caller follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """An answer, whatever its status.

    Args:
        url: where it came from, after redirects.
        content_type: the media type without parameters, lower-case; "" if none was named.
        headers: names in lower case.
        body: decompressed.
    """

    url: str
    status: int
    content_type: str
    headers: Mapping[str, str]
    body: bytes


class _PinnedTransport(httpx2.AsyncBaseTransport):
    """Connects to addresses that the guard checked; Host and SNI keep the URL's name."""

    def __init__(self, guard: Guard, tls: ssl.SSLContext) -> None:
        self._guard = guard
        self._inner = httpx2.AsyncHTTPTransport(verify=tls, trust_env=False, limits=_NO_REUSE)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request to the first checked address that takes a connection."""
        host = request.url.host
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        failure: httpx2.TransportError | None = None
        for address in await self._guard.resolve(host, port):
            try:
                return await self._inner.handle_async_request(_pinned(request, address, host))
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as exc:
                failure = exc
        raise failure or httpx2.ConnectError(f"{host} has no address")

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


class Outbound:
    """Fetches documents of other hosts.

    Args:
        guard: which addresses may be reached.
        tls: whom to trust; by default the authorities that the system or certifi names.
    """

    def __init__(self, guard: Guard, *, tls: ssl.SSLContext | None = None) -> None:
        self._guard = guard
        self._tls = tls

    async def fetch(
        self,
        url: str,
        *,
        accept: str,
        max_bytes: int = 1_048_576,
        timeout_s: float = 10.0,
        max_redirects: int = 3,
        headers: Mapping[str, str] | None = None,
    ) -> Fetched:
        """GET a document; each redirect is checked like the first URL.

        Args:
            url: where it is.
            accept: which media types are taken.
            max_bytes: how much is taken, decompressed.
            timeout_s: for all of it.
            max_redirects: how many are followed.
            headers: further ones, as the conditions of RFC 9110 §13.

        Raises:
            AddressRefused: it leads where nobody may go, or is no http(s) URL.
            Unreachable, TooLarge, TooSlow, TooManyRedirects: as they say.
        """
        try:
            with tracing.span("fetch", "client"):
                async with asyncio.timeout(timeout_s):
                    return await self._follow(
                        url, {**(headers or {}), "accept": accept}, max_bytes, max_redirects
                    )
        except TimeoutError as exc:
            raise TooSlow(f"URL {url} does not answer wholly within {timeout_s:g} s") from exc
        except (httpx2.HTTPError, httpx2.InvalidURL, ssl.SSLError) as exc:
            reason = str(exc) or type(exc).__name__
            raise Unreachable(f"URL {url} cannot be fetched: {reason}") from exc

    async def post_form(
        self,
        url: str,
        form: Mapping[str, str],
        *,
        headers: Mapping[str, str] | None = None,
        max_bytes: int = 65_536,
        timeout_s: float = 10.0,
    ) -> Fetched:
        """POST a form; a redirect is an answer like others, nobody follows it.

        Args:
            url: where to.
            form: its fields.
            headers: further ones.
            max_bytes: how much is taken, decompressed.
            timeout_s: for all of it.

        Raises:
            AddressRefused: it leads where nobody may go, or is no http(s) URL.
            Unreachable, TooLarge, TooSlow: as they say.
        """
        try:
            with tracing.span("post", "client"):
                async with asyncio.timeout(timeout_s):
                    return await self._post(url, form, headers or {}, max_bytes)
        except TimeoutError as exc:
            raise TooSlow(f"URL {url} does not answer wholly within {timeout_s:g} s") from exc
        except (httpx2.HTTPError, httpx2.InvalidURL, ssl.SSLError) as exc:
            reason = str(exc) or type(exc).__name__
            raise Unreachable(f"URL {url} cannot be posted to: {reason}") from exc

    async def _post(
        self, url: str, form: Mapping[str, str], more: Mapping[str, str], max_bytes: int
    ) -> Fetched:
        transport = _PinnedTransport(self._guard, self._tls or _public_authorities())
        headers = {**more, **_OWN, **tracing.outgoing()}
        target = _checked(httpx2.URL(url))
        async with (
            httpx2.AsyncClient(transport=transport, trust_env=False, timeout=None) as client,
            client.stream("POST", target, headers=headers, data=dict(form)) as response,
        ):
            return await _received(target, response, max_bytes)

    async def _follow(
        self, url: str, asked: Mapping[str, str], max_bytes: int, max_redirects: int
    ) -> Fetched:
        transport = _PinnedTransport(self._guard, self._tls or _public_authorities())
        headers = {**asked, **_OWN, **tracing.outgoing()}
        # the whole fetch is under one timeout, and a proxy would step around the guard
        async with httpx2.AsyncClient(transport=transport, trust_env=False, timeout=None) as client:
            target = _checked(httpx2.URL(url))
            for _ in range(max_redirects + 1):
                async with client.stream("GET", target, headers=headers) as response:
                    location = response.headers.get("location")
                    if response.status_code not in _REDIRECTS or location is None:
                        return await _received(target, response, max_bytes)
                target = _checked(target.join(location))
        raise TooManyRedirects(f"URL {url} redirects more than {max_redirects} times")


@functools.cache
def _public_authorities() -> ssl.SSLContext:
    return new_tls_context()


def new_tls_context(ca_file: Path | None = None) -> ssl.SSLContext:
    """Trust the authorities that the system or certifi names, and those in a file beside them."""
    context = httpx2.create_ssl_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


def _checked(url: httpx2.URL) -> httpx2.URL:
    if url.scheme not in _SCHEMES or not url.host:
        raise AddressRefused(f"URL {url} is not fetched; right are http and https URLs with a host")
    if url.userinfo:
        raise AddressRefused(f"URL at {url.host} carries credentials; right is a URL without them")
    return url.copy_with(fragment=None)


def _pinned(request: httpx2.Request, address: Address, host: str) -> httpx2.Request:
    """Aim a request at an address; the Host header was set from the name already."""
    return httpx2.Request(
        request.method,
        request.url.copy_with(host=str(address)),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": host},
    )


async def _received(url: httpx2.URL, response: httpx2.Response, max_bytes: int) -> Fetched:
    """Read a body up to its limit and no further."""
    body = bytearray()
    async for chunk in _decoded(url, response, max_bytes):
        body += chunk
        if len(body) > max_bytes:
            raise TooLarge(f"URL {url} answers with more than {max_bytes} bytes")
    return Fetched(
        url=str(url),
        status=response.status_code,
        content_type=response.headers.get("content-type", "").partition(";")[0].strip().lower(),
        headers=dict(response.headers.items()),
        body=bytes(body),
    )


async def _decoded(
    url: httpx2.URL, response: httpx2.Response, max_bytes: int
) -> AsyncIterator[bytes]:
    """Undo gzip piece by piece: a small body must not blow up in memory."""
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("", "identity"):
        async for chunk in response.aiter_raw(_CHUNK):
            yield chunk
    elif encoding in ("gzip", "x-gzip"):
        inflating = zlib.decompressobj(_GZIP)
        async for chunk in response.aiter_raw(_CHUNK):
            try:
                yield inflating.decompress(chunk, max_bytes + 1)
            except zlib.error as exc:
                raise Unreachable(f"URL {url} answers with broken gzip: {exc}") from exc
            if inflating.unconsumed_tail:
                raise TooLarge(f"URL {url} answers with more than {max_bytes} bytes")
        if not inflating.eof:
            raise Unreachable(f"URL {url} breaks off inside its gzip body")
    else:
        raise Unreachable(f"URL {url} answers in content encoding {encoding}; asked was gzip")
