"""Head and body of an answer leave in one write, and a head is never kept from who waits for it."""

import asyncio
from typing import Any

from renkei.answering import HeadHolding

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"


class Written(asyncio.Transport):
    """Notes what is written."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1)})
        self.pieces: list[bytes] = []
        self.is_closed = False

    def write(self, data: Any) -> None:
        self.pieces.append(bytes(data))

    def close(self) -> None:
        self.is_closed = True


def held() -> tuple[Written, HeadHolding]:
    written = Written()
    return written, HeadHolding(written, asyncio.get_running_loop())


async def test_a_body_that_follows_at_once_leaves_with_its_head() -> None:
    written, transport = held()
    transport.write(HEAD)
    transport.write(b"{}")
    assert written.pieces == [HEAD + b"{}"]
    await asyncio.sleep(0)
    assert written.pieces == [HEAD + b"{}"]


async def test_a_head_whose_body_comes_later_leaves_alone() -> None:
    written, transport = held()
    transport.write(HEAD)
    await asyncio.sleep(0)
    transport.write(b"data: 1\n\n")
    assert written.pieces == [HEAD, b"data: 1\n\n"]


async def test_an_answer_without_a_body_leaves_at_once() -> None:
    written, transport = held()
    transport.write(HEAD)
    transport.write(b"")
    assert written.pieces == [HEAD]


async def test_what_is_to_come_before_a_body_is_not_kept() -> None:
    written, transport = held()
    transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert written.pieces == [b"HTTP/1.1 100 Continue\r\n\r\n"]


async def test_a_connection_that_closes_has_written_its_last_answer() -> None:
    written, transport = held()
    transport.write(HEAD)
    transport.close()
    assert written.pieces == [HEAD]
    assert written.is_closed
    await asyncio.sleep(0)
    assert written.pieces == [HEAD]


async def test_two_answers_of_one_step_stay_in_order() -> None:
    written, transport = held()
    for _ in range(2):
        transport.write(HEAD)
        transport.write(b"{}")
    assert b"".join(written.pieces) == (HEAD + b"{}") * 2
    assert transport.get_extra_info("peername") == ("127.0.0.1", 1)
