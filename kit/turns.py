"""A queue in which parties take turns, however many each of them has brought."""

from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

_Item = TypeVar("_Item")


class Turns(Generic[_Item]):
    """First come first served within a party, in turn between parties.

    >>> turns: Turns[str] = Turns()
    >>> for party, item in ((1, "a"), (1, "b"), (1, "c"), (2, "d")):
    ...     turns.append(party, item)
    >>> [turns.popleft() for _ in range(len(turns))]
    ['a', 'd', 'b', 'c']
    """

    __slots__ = ("_items", "_size")

    def __init__(self) -> None:
        self._items: dict[int, deque[_Item]] = {}  # whose turn is next comes first
        self._size = 0

    def append(self, party: int, item: _Item) -> None:
        """Put an item behind the others of its party."""
        self._items.setdefault(party, deque()).append(item)
        self._size += 1

    def first(self) -> _Item:
        """Answer with the item that `popleft` would take."""
        return next(iter(self._items.values()))[0]

    def popleft(self) -> _Item:
        """Take the next item of the party whose turn it is."""
        party = next(iter(self._items))
        items = self._items.pop(party)
        item = items.popleft()
        if items:
            self._items[party] = items  # behind the others
        self._size -= 1
        return item

    def clear(self) -> None:
        """Take everything out."""
        self._items.clear()
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[_Item]:
        return (item for items in self._items.values() for item in items)
