"""One listening connection per process: NOTIFY of a database, handed to who wants to hear."""

import asyncio
from collections.abc import Callable
from typing import TypeAlias

import structlog

from kit.db import Connection, Database, Databases, DatabaseUnavailable

log = structlog.get_logger(__name__)

Told: TypeAlias = Callable[[str], None]
Connected: TypeAlias = Callable[[], None]


class Listener:
    """Listens to channels of one database and connects again by itself.

    What was notified while it was away is lost: at each connection everybody is told to forget.

    Args:
        databases: the process's connections; the listener's own is outside the budget.
        database: where to listen.
        check_s: how often a quiet connection is asked whether it lives.
        retry_s: how long to wait before connecting again.
    """

    def __init__(
        self, databases: Databases, database: Database, *, check_s: float = 10, retry_s: float = 0.5
    ) -> None:
        self._databases = databases
        self._database = database
        self._check_s = check_s
        self._retry_s = retry_s
        self._told: dict[str, list[Told]] = {}
        self._connected: list[Connected] = []
        self._is_listening = False

    @property
    def is_listening(self) -> bool:
        """Whether it is told what happens elsewhere; else what is known here may be old."""
        return self._is_listening

    def hear(self, channel: str, told: Told, connected: Connected) -> None:
        """Hand each payload of a channel on; to be called before `run`.

        Args:
            channel: its name.
            told: gets each payload.
            connected: called at every connection, the first too: what is known may be old.
        """
        self._told.setdefault(channel, []).append(told)
        self._connected.append(connected)

    async def run(self) -> None:
        """Listen for ever; to be run under `kit.tasks`."""
        while True:
            try:
                async with self._databases.dedicated(self._database) as connection:
                    await self._listen(connection)
            except (DatabaseUnavailable, TimeoutError) as exc:
                log.warning("listener_disconnected", database=str(self._database), reason=str(exc))
            finally:
                self._is_listening = False
            await asyncio.sleep(self._retry_s)

    async def _listen(self, connection: Connection) -> None:
        """Listen on one connection until it ends."""
        ended = asyncio.Event()
        connection.add_termination_listener(lambda _: ended.set())
        for channel in self._told:
            await connection.add_listener(channel, self._tell)
        for connected in self._connected:
            connected()
        self._is_listening = True
        log.info("listener_connected", database=str(self._database))
        while not ended.is_set():
            try:
                async with asyncio.timeout(self._check_s):
                    await ended.wait()
            except TimeoutError:
                await connection.execute("SELECT 1", timeout=self._check_s)
        raise DatabaseUnavailable(f"Database {self._database} has closed the connection")

    def _tell(self, connection: object, pid: int, channel: str, payload: object) -> None:
        del connection, pid
        for told in self._told[channel]:
            told(str(payload))
