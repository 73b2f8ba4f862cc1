"""The listening address: taken ones are refused, and shown as a browser reaches them."""

import contextlib
import socket
import sys
from collections.abc import Iterable

import pytest

from renkei.listening import CannotListen, bound, listeners, url_of


def close(sockets: Iterable[socket.socket]) -> None:
    for one in sockets:
        one.close()


def test_a_taken_port_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=f"127.0.0.1:{port} cannot be listened on"):
            bound("127.0.0.1", port)


@pytest.mark.parametrize("count", [1, 3])
def test_of_two_that_bound_one_address_the_second_to_listen_is_refused(count: int) -> None:
    first = bound("127.0.0.1", 0)
    with bound("127.0.0.1", first.getsockname()[1]) as second:
        opened = listeners(first, count)
        with pytest.raises(CannotListen, match="give another --port"):
            listeners(second, count)
        close(opened)


def test_every_worker_listens_on_the_one_port() -> None:
    first = bound("127.0.0.1", 0)
    port = first.getsockname()[1]
    opened = listeners(first, 3)
    assert [one.getsockname() for one in opened] == [("127.0.0.1", port)] * 3
    close(opened)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux deals connections out")
def test_connections_that_come_at_once_are_dealt_out() -> None:
    first = bound("127.0.0.1", 0)
    place = first.getsockname()
    opened = listeners(first, 2)
    callers = [socket.create_connection(place) for _ in range(64)]
    taken = []
    for one in opened:
        one.setblocking(False)
        taken.append(0)
        with contextlib.suppress(BlockingIOError):
            while True:
                one.accept()[0].close()
                taken[-1] += 1
    close([*opened, *callers])
    assert sum(taken) == 64
    assert min(taken) > 8


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(CannotListen):
        bound("192.0.2.1", 1026)
    with pytest.raises(CannotListen, match="no address of this machine"):
        bound("no such host", 1026)


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),  # noqa: S104 - only named
        ("::1", "[::1]"),
    ],
)
def test_the_url_is_one_that_this_machine_reaches(host: str, shown: str) -> None:
    with bound("127.0.0.1", 0) as made:
        assert url_of(host, made) == f"http://{shown}:{made.getsockname()[1]}"
