"""Scope queries: `/A/B`, `/A/+/C`, `/A/#`, `(/A;/B)|/C` (§4.19); the form of a Scope (§4.18)."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from broker.ngsi.grouping import Grammar, parse_groups

ANY_LEVEL = "+"


@dataclass(frozen=True, slots=True)
class ScopePattern:
    """One scope to be matched.

    Args:
        levels: names of levels, or "+" for any one.
        below: all scopes below are meant too (`/#`); without levels: any scope at all.
    """

    levels: tuple[str, ...]
    below: bool = False


@dataclass(frozen=True, slots=True)
class AllScopes:
    """Every part matches some scope of the Entity (`;`)."""

    parts: tuple["ScopeQuery", ...]


@dataclass(frozen=True, slots=True)
class AnyScope:
    """Some part matches some scope of the Entity (`,` or `|`)."""

    parts: tuple["ScopeQuery", ...]


ScopeQuery: TypeAlias = ScopePattern | AllScopes | AnyScope

_LEVEL = r"[^\W\d_]\w*"
_SCOPE = re.compile(rf"/?{_LEVEL}(?:/{_LEVEL})*")
_PATTERN = re.compile(rf"(?:/(?:{_LEVEL}|\+))+(?:/\#)?|/\#")


def is_scope(text: str) -> bool:
    """Tell whether a text is a Scope.

    Spec: CIM 009 §4.18

    >>> is_scope("/Hokkaido/Sapporo"), is_scope("Hokkaido"), is_scope("/a//b")
    (True, True, False)
    """
    return _SCOPE.fullmatch(text) is not None


def matches_scopes(query: ScopeQuery, scopes: Collection[str]) -> bool:
    """Tell whether an Entity with these scopes matches; one without any never does.

    >>> matches_scopes(parse_scope_query("/Hokkaido/#"), ["Hokkaido/Sapporo"])
    True
    """
    match query:
        case ScopePattern():
            return any(_matches(query, scope) for scope in scopes)
        case AllScopes(parts):
            return all(matches_scopes(part, scopes) for part in parts)
        case AnyScope(parts):
            return any(matches_scopes(part, scopes) for part in parts)
        case _:
            assert_never(query)


def _matches(pattern: ScopePattern, scope: str) -> bool:
    levels = scope.removeprefix("/").split("/")
    wanted = pattern.levels
    if len(levels) < len(wanted) or (len(levels) > len(wanted) and not pattern.below):
        return False
    return all(
        want in (ANY_LEVEL, level)
        for want, level in zip(wanted, levels[: len(wanted)], strict=True)
    )


def parse_scope_query(text: str, *, where: str = "scopeQ") -> ScopeQuery:
    """Read a scope query.

    Spec: CIM 009 §4.19
    Raises:
        BadRequestData: it is malformed.
    """
    example = "/A/B, /A/+/C, /A/# or (/A;/B)|/C"
    grammar: Grammar[ScopeQuery] = Grammar(_pattern, AllScopes, AnyScope, where, example)
    return parse_groups(text, grammar)


def _pattern(text: str) -> ScopeQuery | None:
    if _PATTERN.fullmatch(text) is None:
        return None
    levels = tuple(text[1:].split("/"))
    below = levels[-1] == "#"
    return ScopePattern(levels[:-1] if below else levels, below)
