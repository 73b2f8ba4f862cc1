"""What a tenant may still store, decided in the transaction that stores it."""

import asyncpg

from broker.ngsi.changes import Change
from broker.ngsi.errors import QuotaExceeded
from broker.ports import StorageLimit
from broker.store.amounts import Amount, amount_of


class Room:
    """The room that a tenant has left, less with each change of the group.

    What groups of other processes write at the same moment is not known yet: a tenant may be over
    its limit by one group of each of them.
    """

    def __init__(self, limit: StorageLimit, stored: Amount) -> None:
        self._limit = limit
        self._stored = stored

    def take(self, change: Change) -> None:
        """Let a change have its room; what makes an entity smaller always has it.

        Raises:
            QuotaExceeded: there is not enough.
        """
        more = amount_of(change.after) - amount_of(change.before)
        after = self._stored + more
        _require("entities", more.entities, after.entities, self._limit.entities)
        _require("bytes", more.bytes, after.bytes, self._limit.bytes)
        self._stored = after


def room_of(row: asyncpg.Record, limit: StorageLimit) -> Room:
    """Read how much room a tenant has left from its state in the running transaction."""
    return Room(limit, Amount(entities=row["stored_entities"], bytes=row["stored_bytes"]))


_IN_JAPANESE = {"entities": "エンティティ数", "bytes": "データ量（バイト）"}


def _require(what: str, more: int, after: int, limit: int | None) -> None:
    if limit is None or more <= 0 or after <= limit:
        return
    raise QuotaExceeded(
        f"{_IN_JAPANESE[what]}の上限は {limit}、使用中は {after - more} です。"
        "基盤の運営者に相談してください。 / "
        f"The quota of {what} is {limit}, of which {after - more} are used; "
        "ask the operator of the platform for more, or delete what is not needed",
        where=f"quota/{what}",
    )
