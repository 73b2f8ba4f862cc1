"""Sessions: HTTP out where it must be quick, over kept connections behind the one guard.

`kit.http` fetches documents; here many small requests go to the same few hosts.
"""

import errno
import socket
import ssl
from ipaddress import ip_address

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from kit.guard import Guard

_DNS_S = 10


class _GuardedResolver(AbstractResolver):
    """Resolves names to addresses that may be reached; the connection goes to these alone."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Answer with the allowed addresses of a name."""
        del family
        return [
            ResolveResult(
                hostname=host,
                host=str(address),
                port=port,
                family=socket.AF_INET if address.version == 4 else socket.AF_INET6,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in await self._guard.resolve(host, port)
        ]

    async def close(self) -> None:
        """Release nothing."""


class _GuardedSockets:
    """Makes the sockets of connections; the last look at where one leads."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    def __call__(self, found: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = found
        if not self._guard.allows(ip_address(str(address[0]).partition("%")[0])):
            raise PermissionError(errno.EACCES, f"{address[0]} may not be reached from here")
        return socket.socket(family, kind, protocol)


def new_session(
    guard: Guard, tls: ssl.SSLContext, *, keep_s: float = 15.0, is_decoding: bool = True
) -> aiohttp.ClientSession:
    """Open a session that keeps connections, no cookies, and no limits or timeouts of its own.

    Args:
        guard: which addresses may be reached.
        tls: whom to trust, and who we are.
        keep_s: how long an unused connection is kept.
        is_decoding: whether bodies are decompressed.
    """
    connector = aiohttp.TCPConnector(
        resolver=_GuardedResolver(guard),
        ttl_dns_cache=_DNS_S,
        ssl=tls,
        socket_factory=_GuardedSockets(guard),
        limit=0,  # each endpoint has its own limit
        keepalive_timeout=keep_s,
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None),
        headers={"User-Agent": "renkei"},
        trust_env=False,
        auto_decompress=is_decoding,
    )
