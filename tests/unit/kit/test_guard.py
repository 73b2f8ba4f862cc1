import asyncio
import socket
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.guard import AddressRefused, Guard, Unreachable

REFUSED = [
    "0.0.0.0",  # noqa: S104 - an address to refuse, not to listen on
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.255",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:0a00:0001::1",
    "2001:db8::1",
    "fc00::1",
    "fd12::1",
    "fe80::1",
    "ff02::1",
]


@pytest.mark.parametrize("text", REFUSED)
def test_an_address_that_is_not_public_is_refused(text: str) -> None:
    assert not Guard().allows(ip_address(text))


@pytest.mark.parametrize("text", ["1.1.1.1", "172.32.0.1", "2606:4700::1111", "64:ff9b::1.1.1.1"])
def test_a_public_address_is_allowed(text: str) -> None:
    assert Guard().allows(ip_address(text))


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_in_ipv6_clothes_is_judged_alike(address: object) -> None:
    guard = Guard()
    plain = ip_address(str(address))
    assert guard.allows(ip_address(f"::ffff:{plain}")) == guard.allows(plain)
    assert guard.allows(ip_address(f"64:ff9b::{plain}")) == guard.allows(plain)


def test_an_allowed_network_opens_itself_alone() -> None:
    guard = Guard([ip_network("10.0.0.0/8"), ip_network("fd00::/8")])
    assert guard.allows(ip_address("10.9.9.9"))
    assert guard.allows(ip_address("::ffff:10.9.9.9"))
    assert guard.allows(ip_address("fd00::9"))
    assert not guard.allows(ip_address("127.0.0.1"))


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "127.1", "2130706433", "0x7f000001", "0"])
async def test_a_host_in_any_notation_is_resolved_before_it_is_judged(host: str) -> None:
    with pytest.raises(AddressRefused, match="may not be reached"):
        await Guard().resolve(host, 80)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 64 + ".example", ""])
async def test_a_host_without_an_address_is_unreachable_or_refused(host: str) -> None:
    with pytest.raises((Unreachable, AddressRefused)):
        await Guard().resolve(host, 80)


async def test_of_several_addresses_only_the_allowed_ones_are_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def answer(host: str, port: int, **_: object) -> list[object]:
        texts = ("10.0.0.1", "1.1.1.1", "fe80::1%eth0", "1.1.1.1")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port)) for text in texts]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", answer)
    assert await Guard().resolve("mixed.example", 80) == (ip_address("1.1.1.1"),)
