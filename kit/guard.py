"""The guard before every outbound connection: which addresses may be reached (SSRF).

A host is resolved once, its addresses are checked, and the caller connects to the checked address:
a second answer of the name server (rebinding) changes nothing.
"""

import asyncio
import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from kit.errors import RenkeiError

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

_REFUSED: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, where clouds keep their metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relay
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
        "::/96",  # unspecified, loopback, IPv4-compatible
        "64:ff9b:1::/48",  # NAT64 of a local network
        "100::/64",  # discard
        "2001:2::/48",  # benchmarks
        "2001:10::/28",  # ORCHID
        "2001:20::/28",  # ORCHIDv2
        "2001:db8::/32",  # documentation
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
        "fc00::/7",  # unique local
        "fe80::/10",  # link-local
        "fec0::/10",  # site-local
        "ff00::/8",  # multicast
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")


class OutboundError(RenkeiError):
    """The root of what goes wrong on the way out (kit.http names the others)."""


class AddressRefused(OutboundError):
    """Where a URL leads may not be reached from here."""


class Unreachable(OutboundError):
    """A host has no address, takes no connection, or breaks it off."""


def unwrap(address: Address) -> Address:
    """Answer with the IPv4 address that an IPv6 address stands for, otherwise with itself.

    >>> unwrap(ip_address("::ffff:10.0.0.1"))
    IPv4Address('10.0.0.1')
    >>> unwrap(ip_address("64:ff9b::7f00:1"))
    IPv4Address('127.0.0.1')
    """
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


class Guard:
    """Decides which addresses may be reached; knows nothing of HTTP.

    Args:
        allow: networks that may be reached although they are not public.
    """

    def __init__(self, allow: Iterable[Network] = ()) -> None:
        self._allow = tuple(allow)

    def allows(self, address: Address) -> bool:
        """Tell whether an address may be reached.

        >>> Guard().allows(ip_address("127.0.0.1"))
        False
        >>> Guard([ip_network("127.0.0.0/8")]).allows(ip_address("::ffff:127.0.0.1"))
        True
        """
        meant = unwrap(address)
        if any(meant in network or address in network for network in self._allow):
            return True
        if any(meant in network for network in _REFUSED):
            return False
        return meant.is_global and not meant.is_multicast

    async def resolve(self, host: str, port: int) -> tuple[Address, ...]:
        """Answer with the addresses of a host that may be reached; connect to these alone.

        Args:
            host: a name, or an address in any notation; IPv6 with or without brackets.
            port: where the connection will go.

        Raises:
            AddressRefused: it has addresses and none may be reached.
            Unreachable: it has none.
        """
        found = await _addresses(host, port)
        allowed = tuple(address for address in found if self.allows(address))
        if not allowed:
            raise AddressRefused(
                f"Host {host} leads to {', '.join(map(str, found))}, which may not be reached from "
                "here; an operator may allow it with --egress-allow"
            )
        return allowed


async def _addresses(host: str, port: int) -> list[Address]:
    bare = host.removeprefix("[").removesuffix("]")
    try:
        answers = await asyncio.get_running_loop().getaddrinfo(
            bare, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
        )
    except (OSError, UnicodeError) as exc:
        raise Unreachable(f"Host {host} has no address: {exc}") from exc
    found = [_parse(str(answer[4][0])) for answer in answers]
    return list(dict.fromkeys(found))


def _parse(text: str) -> Address:
    """Read an address; the zone of a link-local one says nothing here."""
    return ip_address(text.partition("%")[0])
