"""What queries are measured on: many shelters of one type, whose values are spread over ids."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from loadtests.shelters import TYPE, Shelters
from loadtests.wire import Target

PAGE = 20
INDEXED = ("capacity", "municipalityCode", "managedBy")
"""Paths that are declared before queries are measured; geometries are indexed always."""

MUNICIPALITIES = 400
_PRIME = 7_368_787
_CODE = b'"372013"'
_VARIANTS = 500
"""Different queries of a scenario, so that none is answered from habit."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Shelters as in peaks, each in one of 400 municipalities, with values in no order of ids."""

    shelters: Shelters

    def body(self, number: int) -> bytes:
        """Write the shelter of this number as JSON."""
        spread = number * _PRIME
        code = b'"%06d"' % (370_000 + spread // 7 % MUNICIPALITIES)
        sequential = b'"capacity":{"type":"Property","value":%d' % (100 + number % 900)
        capacity = b'"capacity":{"type":"Property","value":%d' % (100 + spread // 11 % 900)
        body = self.shelters.body(number).replace(_CODE, code, 1)
        return body.replace(sequential, capacity, 1)

    def batch(self, first: int, count: int) -> bytes:
        """Write an array of shelters."""
        return b"[%s]" % b",".join(self.body(number) for number in range(first, first + count))


def _range() -> dict[str, str]:
    low = random.randrange(100, 998)
    return {"q": f"capacity=={low}..{low + 2}"}


def _wide() -> dict[str, str]:
    return {"q": f"capacity>{random.randrange(500, 900)}"}


def _text() -> dict[str, str]:
    return {"q": f'municipalityCode=="{370_000 + random.randrange(MUNICIPALITIES)}"'}


def _relationship() -> dict[str, str]:
    organisation = f"urn:ngsi-ld:Organization:372013-{random.randrange(1000):03d}"
    return {"q": f'managedBy=="{organisation}"'}


def _near() -> dict[str, str]:
    east, north = 134.1 + random.random() * 0.9, 34.1 + random.random() * 0.9
    return {
        "georel": "near;maxDistance==2000",
        "geometry": "Point",
        "coordinates": f"[{east:.6f},{north:.6f}]",
    }


SCENARIOS: Mapping[str, Callable[[], dict[str, str]]] = {
    "range": _range,  # some 300 of 100,000 match
    "wide": _wide,  # thousands match
    "text": _text,  # 250 match
    "relationship": _relationship,  # 100 match
    "near": _near,  # some 150 match
}
"""The parameters of a random query, by scenario."""


def questions(scenario: str) -> list[dict[str, str]]:
    """Draw the queries of a scenario: a type, a condition, a page of twenty."""
    draw = SCENARIOS[scenario]
    return [{"type": TYPE, **draw(), "limit": str(PAGE)} for _ in range(_VARIANTS)]


class Ask:
    """Asks queries in random order (§5.7.2)."""

    wanted = 200

    def __init__(self, target: Target, asked: list[dict[str, str]]) -> None:
        self._requests = [target.request("GET", f"/entities?{urlencode(one)}") for one in asked]

    def take(self) -> tuple[int, bytes]:
        """Hand out one of the queries."""
        number = int(random.random() * len(self._requests))
        return number, self._requests[number]

    def answer(self, number: int) -> None:
        """Nothing is kept of an answer."""
