"""Which ids a file has had already, with level memory however long it is."""

import sqlite3
from types import TracebackType


class SeenIds:
    """The line of each id; kept in a temporary file once it is large."""

    def __init__(self) -> None:
        self._lines = sqlite3.connect(
            "", check_same_thread=False
        )  # a temporary database, in memory while it is small; one thread after another uses it
        self._lines.execute("CREATE TABLE seen (id TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID")

    def __enter__(self) -> "SeenIds":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lines.close()

    def first_line(self, id_: str, line: int) -> int | None:
        """Note an id; answer with the line that had it before, None where none had."""
        noted = self._lines.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (id_, line))
        if noted.rowcount == 1:
            return None
        row = self._lines.execute("SELECT line FROM seen WHERE id = ?", (id_,)).fetchone()
        return int(row[0])
