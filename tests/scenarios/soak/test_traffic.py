"""What the soak's clients make of connections that are closed under them."""

import asyncio
from collections import Counter

import aiohttp
import pytest

from tests.scenarios.soak.traffic import Traffic

ANSWER = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"


class Server:
    """Answers 201 and keeps connections, until it closes them or falls silent."""

    def __init__(self) -> None:
        self.requests = 0
        self.is_mute = False
        self.kept: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.kept.append(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = head.lower().partition(b"content-length: ")[2].split()
                await reader.readexactly(int(length[0]) if length else 0)
                self.requests += 1
                if self.is_mute:
                    return
                writer.write(ANSWER)
        except asyncio.IncompleteReadError:
            return
        finally:
            writer.transport.abort()

    def close_kept(self) -> None:
        for writer in self.kept:
            writer.close()
        self.kept.clear()


async def asked(
    method: str, *, is_fresh: bool = True, dies: bool = False
) -> tuple[int, int, Counter[str], int]:
    """Ask twice; connections that were kept are closed at the moment in which they are used again.

    Args:
        method: of both.
        is_fresh: whether there is a session that makes connections anew.
        dies: the server reads the second request and ends.
    """
    server, trace = Server(), aiohttp.TraceConfig()

    async def reused(*_: object) -> None:
        server.close_kept()
        await asyncio.sleep(0.1)

    trace.on_connection_reuseconn.append(reused)
    async with (
        await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening,
        aiohttp.ClientSession(trace_configs=[trace]) as kept,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as fresh,
    ):
        url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        session = fresh if is_fresh else kept
        traffic = Traffic(url=url, session=kept, fresh=session, places={"south": url})
        body = None if method == "DELETE" else {"id": "urn:a:1"}
        assert await traffic.send(method, "/entities", body) == 201
        server.is_mute = dies
        status = await traffic.send(method, "/entities", body)
        server.close_kept()
        return status, server.requests, traffic.answers, len(traffic.failures)


def test_a_post_over_a_connection_that_closes_meanwhile_has_no_answer_and_was_not_received() -> (
    None
):
    """What one request of the soak met: no server can prevent it, so the client has to."""
    status, requests, _, failures = asyncio.run(asked("POST", is_fresh=False))
    assert (status, requests, failures) == (0, 1, 1)


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_no_request_is_lost_with_a_connection_that_was_idle(method: str) -> None:
    status, requests, answers, failures = asyncio.run(asked(method))
    assert (status, requests, failures) == (201, 2, 0), answers
    assert answers == {"201": 2}


def test_a_request_that_arrived_and_is_not_answered_is_a_failure() -> None:
    status, requests, answers, failures = asyncio.run(asked("POST", dies=True))
    assert (status, requests, failures) == (0, 2, 1)
    assert answers == {"201": 1, "0": 1}
