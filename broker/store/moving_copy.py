"""Rows from one connection to another, as PostgreSQL's binary COPY, in bounded memory."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from kit.db import Connection

_CHUNKS = 16


async def pipe(
    source: Connection, query: str, target: Connection, table: str, columns: Sequence[str]
) -> int:
    """Copy what a query gives into a table; answers with the number of rows."""
    waiting: asyncio.Queue[bytes | None] = asyncio.Queue(_CHUNKS)

    async def read() -> None:
        await source.copy_from_query(query, output=waiting.put, format="binary")
        await waiting.put(None)

    async def chunks() -> AsyncIterator[bytes]:
        while (chunk := await waiting.get()) is not None:
            yield chunk

    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(read())
            status = await target.copy_to_table(
                table, source=chunks(), columns=columns, format="binary"
            )
    except ExceptionGroup as group:
        raise group.exceptions[0] from group
    return int(status.rpartition(" ")[2])
