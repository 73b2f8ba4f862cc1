"""Paths: from a URL's path, as it came, to the Resource it names.

A path is matched percent-encoded and segment by segment, so that an IRI fits into one segment and
an empty segment reaches the operation that refuses it. Starlette's router matches decoded paths,
one regular expression after another: it could do neither, and costs more than creating an entity.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

_Target = TypeVar("_Target")


@dataclass(slots=True)
class _Node(Generic[_Target]):
    """One place in the tree: its literal children, the variable one, and what ends here."""

    literal: "dict[str, _Node[_Target]]" = field(default_factory=dict)
    variable: "_Node[_Target] | None" = None
    name: str = ""
    target: _Target | None = None

    def child(self, segment: str) -> "_Node[_Target]":
        """Answer with the child of a pattern's segment, made where it is missing."""
        if not segment.startswith("{"):
            return self.literal.setdefault(segment, _Node())
        self.name = segment[1:-1]
        if self.variable is None:
            self.variable = _Node()
        return self.variable


class Paths(Generic[_Target]):
    """A tree of path segments: literal ones first, else the variable one."""

    def __init__(self) -> None:
        self._root: _Node[_Target] = _Node()

    def add(self, pattern: str, target: _Target) -> None:
        """Add a path, such as `/entities/{entity_id}/attrs`."""
        node = self._root
        for segment in pattern.split("/")[1:]:
            node = node.child(segment)
        node.target = target

    def find(self, path: str) -> tuple[_Target, Mapping[str, str]] | None:
        """Find what a path leads to, with its variable segments as they came.

        A trailing slash changes nothing: the standard prints collections with one.

        >>> paths: Paths[str] = Paths()
        >>> paths.add("/types/{name}", "a type")
        >>> paths.find("/types/https%3A%2F%2Fa.example%2FAED")
        ('a type', {'name': 'https%3A%2F%2Fa.example%2FAED'})
        """
        segments = path.split("/")
        if len(segments) > 2 and segments[-1] == "":
            segments.pop()
        node = self._root
        found: dict[str, str] = {}
        for segment in segments[1:]:
            child = node.literal.get(segment)
            if child is None:
                child = node.variable
                if child is None:
                    return None
                found[node.name] = segment
            node = child
        return None if node.target is None else (node.target, found)
