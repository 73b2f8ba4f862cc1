"""What is asked in a peak: one workload per scenario, each handing out request after request."""

import random
from collections.abc import Callable
from typing import Protocol

from loadtests import shelters
from loadtests.shelters import Shelters
from loadtests.wire import Target, query

PAGE = 20
"""Entities on a page that is queried for."""

PAGES = 10
"""How many first pages are asked for, in random order."""


class Workload(Protocol):
    """Requests of one kind without end."""

    @property
    def wanted(self) -> int:
        """The status of the answer that is wanted."""
        ...

    def take(self) -> tuple[int, bytes]:
        """Hand out the next request: the number of the entity it is about, and its bytes."""
        ...

    def answer(self, number: int) -> None:
        """Hear that the request about this number had the wanted answer."""
        ...


class Create:
    """Creates the shelters of a run, one after the other (§5.6.1).

    Args:
        first: the number to begin with.
        acknowledged: told of each number whose creation was answered with 201.
    """

    wanted = 201

    def __init__(
        self,
        target: Target,
        entities: Shelters,
        *,
        first: int = 0,
        acknowledged: Callable[[int], None] | None = None,
    ) -> None:
        self.next = first
        self._body = entities.body
        self._head = target.request("POST", "/entities", len(entities.body(0)))
        self._acknowledged = acknowledged

    def take(self) -> tuple[int, bytes]:
        """Hand out the creation of the next shelter."""
        number = self.next
        self.next = number + 1
        return number, self._head + self._body(number)

    def answer(self, number: int) -> None:
        """Pass the acknowledgement on."""
        if self._acknowledged is not None:
            self._acknowledged(number)


class _Existing:
    """Asks about shelters that are there, in random order."""

    wanted = 200

    def __init__(self, target: Target, entities: Shelters, count: int) -> None:
        self._count = count
        self._template = self.template(target, entities)

    def template(self, target: Target, entities: Shelters) -> bytes:
        """Write the request with `%08d` where the number goes."""
        path = f"/entities/{entities.entity_id(0)}"
        return _numbered(target.request("GET", path), entities)

    def take(self) -> tuple[int, bytes]:
        """Hand out the request about a random shelter."""
        number = int(random.random() * self._count)
        return number, self._template % number

    def answer(self, number: int) -> None:
        """Nothing is kept of an answer."""


class Get(_Existing):
    """Retrieves shelters by id (§5.7.1)."""


class Patch(_Existing):
    """Updates one attribute of a shelter, its temperature (§5.6.4)."""

    wanted = 204

    def template(self, target: Target, entities: Shelters) -> bytes:
        """Write the request with `%08d` where the number goes; the body is appended apart."""
        path = f"/entities/{entities.entity_id(0)}/attrs/temperature"
        head = target.request("PATCH", path, len(shelters.temperature(0)))
        return _numbered(head, entities)

    def take(self) -> tuple[int, bytes]:
        """Hand out the update of a random shelter."""
        number, head = super().take()
        return number, head + shelters.temperature(int(random.random() * 10_000))


class Delete(_Existing):
    """Deletes the shelters of a run, from the last to the first (§5.6.6)."""

    wanted = 204

    def template(self, target: Target, entities: Shelters) -> bytes:
        """Write the request with `%08d` where the number goes."""
        path = f"/entities/{entities.entity_id(0)}"
        return _numbered(target.request("DELETE", path), entities)

    def take(self) -> tuple[int, bytes]:
        """Hand out the deletion of the next shelter."""
        self._count -= 1
        return self._count, self._template % self._count


class Query:
    """Queries pages of shelters by type (§5.7.2)."""

    wanted = 200

    def __init__(self, target: Target) -> None:
        self._pages = [
            target.request("GET", query(type=shelters.TYPE, limit=PAGE, offset=page * PAGE))
            for page in range(PAGES)
        ]

    def take(self) -> tuple[int, bytes]:
        """Hand out the query of one of the first pages."""
        page = int(random.random() * PAGES)
        return page, self._pages[page]

    def answer(self, number: int) -> None:
        """Nothing is kept of an answer."""


def _numbered(request: bytes, entities: Shelters) -> bytes:
    """Make a request about shelter 0 a template for any number."""
    zero = entities.entity_id(0).encode()
    return request.replace(b"%", b"%%").replace(zero, zero[:-8] + b"%08d")
