"""The port that all workers listen on."""

import socket
import sys

from kit.errors import RenkeiError
from renkei.order import BACKLOG


class CannotListen(RenkeiError):
    """The address cannot be listened on."""


def bound(host: str, port: int) -> socket.socket:
    """Make a socket of this address, not listening yet.

    Raises:
        CannotListen: it is taken, or not ours to have.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        made = socket.socket(family, kind, protocol)
    except OSError as error:
        raise CannotListen(f"{host} is no address of this machine: {error.strerror}") from error
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
    except OSError as error:
        made.close()
        raise _cannot_listen(host, port, error) from error
    return made


def listeners(address: socket.socket, count: int) -> list[socket.socket]:
    """Let workers take connections: one listening socket for each, in place of the bound one.

    On Linux the sockets are apart and share the port, and the kernel deals connections out evenly.
    Where workers take them from one socket, whoever wakes first takes what there is: of 32
    connections that come at once, 30 and 2 were seen. Elsewhere (macOS gives a shared port's
    connections to one socket) all get the same.

    The sockets stay open here too, so that a connection which waits for a worker that is killed
    is served by the next one.

    Raises:
        CannotListen: somebody else was faster.
    """
    host, port, *_ = place = address.getsockname()
    try:
        address.listen(BACKLOG)  # fails where anybody listens: a shared port alone would not
        if sys.platform != "linux" or count == 1:
            return [address] * count
        address.close()
        return [_sharing(address.family, place) for _ in range(count)]
    except OSError as error:
        raise _cannot_listen(host, port, error) from error


def _sharing(family: int, place: tuple[str, int]) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind(place)
    made.listen(BACKLOG)
    return made


def url_of(host: str, bound_socket: socket.socket, *, is_secure: bool = False) -> str:
    """Name the address as a browser on this machine reaches it."""
    wildcards = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - compared
    host = wildcards.get(host, host)
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if is_secure else 'http'}://{shown}:{bound_socket.getsockname()[1]}"


def _cannot_listen(host: str, port: int, error: OSError) -> CannotListen:
    return CannotListen(
        f"{host}:{port} cannot be listened on ({error.strerror}): "
        "stop what listens there, or give another --port"
    )
