"""Reads what the selection of types and the query of scopes have in common: `(A;B)|C,D`.

`;` binds tighter than `|` and `,`. Beyond the grammars of §4.17 and §4.19, parentheses may nest and
`;` may stand without them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from broker.ngsi.errors import BadRequestData

MAX_ELEMENTS = 200
_MAX_DEPTH = 8
_PARTS = re.compile(r"\s*([;,|()]|[^;,|()]+)")

Node = TypeVar("Node")


@dataclass(frozen=True, slots=True)
class Grammar(Generic[Node]):
    """What differs: an element (None: not one), the two groups, and how errors speak.

    Args:
        example: what would be right.
    """

    element: Callable[[str], Node | None]
    all_of: Callable[[tuple[Node, ...]], Node]
    any_of: Callable[[tuple[Node, ...]], Node]
    where: str
    example: str


def parse_groups(text: str, grammar: Grammar[Node]) -> Node:
    """Read a whole text.

    Raises:
        BadRequestData: it is malformed or has too many elements.
    """
    parts = [part.strip() for part in _PARTS.findall(text)]
    if len(parts) > 2 * MAX_ELEMENTS:
        raise BadRequestData(
            f"{grammar.where} has more than {MAX_ELEMENTS} elements", where=grammar.where
        )
    reader = _Reader(parts, text, grammar)
    node = reader.alternatives(0)
    if reader.parts:
        raise reader.error(reader.parts[0])
    return node


@dataclass(slots=True)
class _Reader(Generic[Node]):
    parts: list[str]
    text: str
    grammar: Grammar[Node]

    def error(self, found: str) -> BadRequestData:
        where = self.grammar.where
        return BadRequestData(
            f"{where} {self.text!r} has {found or 'its end'!r} where it does not belong; right "
            f"would be {self.grammar.example}",
            where=where,
        )

    def next_is(self, *symbols: str) -> bool:
        return bool(self.parts) and self.parts[0] in symbols

    def take(self) -> str:
        return self.parts.pop(0) if self.parts else ""

    def alternatives(self, depth: int) -> Node:
        nodes = [self.conjunction(depth)]
        while self.next_is(",", "|"):
            self.take()
            nodes.append(self.conjunction(depth))
        return nodes[0] if len(nodes) == 1 else self.grammar.any_of(tuple(nodes))

    def conjunction(self, depth: int) -> Node:
        nodes = [self.element(depth)]
        while self.next_is(";"):
            self.take()
            nodes.append(self.element(depth))
        return nodes[0] if len(nodes) == 1 else self.grammar.all_of(tuple(nodes))

    def element(self, depth: int) -> Node:
        part = self.take()
        if part == "(" and depth < _MAX_DEPTH:
            inner = self.alternatives(depth + 1)
            closing = self.take()
            if closing != ")":
                raise self.error(closing)
            return inner
        node = self.grammar.element(part)
        if node is None:
            raise self.error(part)
        return node
