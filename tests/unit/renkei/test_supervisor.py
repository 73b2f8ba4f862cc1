"""The listening address: taken ones are refused, and shown as a browser reaches them."""

import socket

import pytest

from renkei.supervisor import CannotListen, bound, listening, url_of


def test_a_taken_port_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=f"127.0.0.1:{port} cannot be listened on"):
            bound("127.0.0.1", port)


def test_of_two_that_bound_one_address_the_second_to_listen_is_refused() -> None:
    with bound("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with bound("127.0.0.1", port) as second:
            listening(first)
            with pytest.raises(CannotListen, match="give another --port"):
                listening(second)


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
