"""What a source answers with, read within bounds."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from functools import cached_property

import aiohttp

from broker.source_ports import (
    SourceMisanswers,
    SourceName,
    SourceTooSlow,
    SourceUnreachable,
)

_PIECE = 65_536


class ReceivedAnswer:
    """An answer whose headers are here (port `SourceAnswer`).

    Args:
        response: as it came.
        source: who answers.
        timeout_s: how long each piece of the body may take.
    """

    def __init__(
        self, response: aiohttp.ClientResponse, source: SourceName, timeout_s: float
    ) -> None:
        self._response = response
        self._source = source
        self._timeout_s = timeout_s

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self._response.status

    @cached_property
    def headers(self) -> Mapping[str, str]:
        """By lower-case name; repeated ones joined by a comma."""
        found: dict[str, str] = {}
        for name, value in self._response.headers.items():
            lower = name.lower()
            found[lower] = f"{found[lower]}, {value}" if lower in found else value
        return found

    @property
    def length(self) -> int | None:
        """How many bytes its body has, where it says so."""
        return self._response.content_length

    async def read(self, most: int) -> bytes:
        """Read the body.

        Raises:
            SourceFailure: it does not come wholly, or has more bytes.
        """
        body = bytearray()
        async for piece in self.pieces(most):
            body += piece
        return bytes(body)

    async def pieces(self, most: int) -> AsyncIterator[bytes]:
        """Read the body piece by piece.

        Raises:
            SourceFailure: it does not come wholly, or has more bytes.
        """
        self._require_plain(most)
        taken = 0
        while piece := await self._piece():
            taken += len(piece)
            if taken > most:
                raise self._too_large(most)
            yield piece

    async def _piece(self) -> bytes:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._response.content.read(_PIECE)
        except TimeoutError as error:
            raise SourceTooSlow(
                f"Source {self._source.shown} does not answer wholly in time"
            ) from error
        except (aiohttp.ClientError, OSError) as error:
            raise SourceUnreachable(f"Source {self._source.shown} breaks off its answer") from error

    def _require_plain(self, most: int) -> None:
        encoding = self.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("", "identity"):
            raise SourceMisanswers(
                f"Source {self._source.shown} answers in content encoding {encoding}, which was "
                "not asked for"
            )
        if (self.length or 0) > most:
            raise self._too_large(most)

    def _too_large(self, most: int) -> SourceMisanswers:
        return SourceMisanswers(f"Source {self._source.shown} answers with more than {most} bytes")
