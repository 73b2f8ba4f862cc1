"""Names in a Subscription document: what they meant when given, and how another @context says it.

Beside a document are kept the names in it that core alone would expand otherwise: more than needed,
words in values too, but enough to read the document again without its @context.
"""

import re
from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import unquote

from broker.ngsi.contexts import Context, core
from kit.json import JsonValue

_NAMED = frozenset(
    {"entities", "watchedAttributes", "q", "csf", "geoQ", "expandValues", "jsonKeys"}
    | {"notification"}
)
_WORD = re.compile(r"[^\s\"=<>!~;|(),{}\[\].:]+")
_IN_GROUPS = re.compile(r"[^;,|(){}\s]+")  # names in selections of types, projections and lists
_WHOLE = re.compile(r".+", re.DOTALL)
_PLAIN = r"[^\W\d_]\w*"
_NAME = rf"{_PLAIN}(?::{_PLAIN})?"
# A path stands at the start, behind a logical operator, or in braces behind a hint of types.
_PATH = re.compile(
    rf"(?:^|[;|(!]|(\{{\s*)((?:{_PLAIN}\s*,\s*)*{_PLAIN}\s*:)?)\s*{_NAME}(?:\s*\.\s*{_NAME})*"
)
_PART = re.compile(_NAME)
_PLAIN_PART = re.compile(_PLAIN)
_QUOTED = re.compile(r'("(?:[^"\\]|\\.)*")')


def names_of(member: str, value: JsonValue, context: Context) -> dict[str, str]:
    """Find the names in a member that a @context expands otherwise than core does."""
    if member not in _NAMED:
        return {}
    if member == "notification" and isinstance(value, dict):
        value = [value.get(part) for part in ("attributes", "pick", "omit")]
    words: set[str] = set()
    _gather(value, words)
    ground = core()
    meant = {word: context.expand(word) for word in words}
    return {word: iri for word, iri in meant.items() if ground.expand(word) != iri}


def _gather(value: JsonValue, words: set[str]) -> None:
    if isinstance(value, str):
        text = unquote(value)
        words.update(_WORD.findall(text), _IN_GROUPS.findall(text), _PART.findall(text))
    elif isinstance(value, list):
        for item in value:
            _gather(item, words)
    elif isinstance(value, dict):
        for item in value.values():
            _gather(item, words)


def remembered(names: Mapping[str, str]) -> Context:
    """Make a @context of kept names over core, for reading what was read once before."""
    ground = core()
    if not names:
        return ground
    terms = ChainMap(dict(names), dict(ground.tables.terms))
    return Context(None, replace(ground.tables, terms=terms))


def renamed(member: str, value: JsonValue, given: Context, wanted: Context) -> JsonValue:
    """Write the names in a member as another @context has them.

    Args:
        member: of the document.
        value: as given.
        given: expands its names.
        wanted: compacts them.
    """
    renaming = _Renaming(given, wanted)
    match member:
        case "watchedAttributes":
            return renaming.texts(value, _WHOLE)
        case "expandValues" | "jsonKeys":
            return renaming.texts(value, _IN_GROUPS)
        case "q" | "csf":
            return renaming.query(value)
        case "entities" if isinstance(value, list):
            return [renaming.member(one, "type", _IN_GROUPS) for one in value]
        case "geoQ":
            return renaming.member(value, "geoproperty", _WHOLE)
        case "notification":
            for part in ("attributes", "pick", "omit"):
                value = renaming.member(value, part, _IN_GROUPS)
            return value
        case _:
            return value


@dataclass(frozen=True, slots=True)
class _Renaming:
    """From the names of one @context to those of another."""

    given: Context
    wanted: Context

    def name(self, term: str) -> str:
        iri = self.given.expand(term)
        keeps = term != iri and self.wanted.expand(term) == iri
        return term if keeps else self.wanted.compact(iri)

    def text(self, text: str, names: re.Pattern[str]) -> str:
        return names.sub(lambda found: self.name(found[0]), text)

    def texts(self, value: JsonValue, names: re.Pattern[str]) -> JsonValue:
        if isinstance(value, str):
            return self.text(value, names)
        return [self.texts(one, names) for one in value] if isinstance(value, list) else value

    def member(self, holder: JsonValue, member: str, names: re.Pattern[str]) -> JsonValue:
        if not isinstance(holder, dict) or member not in holder:
            return holder
        return {**holder, member: self.texts(holder[member], names)}

    def query(self, value: JsonValue) -> JsonValue:
        """Rename the paths of a query; as given where nothing changes."""
        if not isinstance(value, str):
            return value
        decoded = unquote(value)
        parts = [
            part if part.startswith('"') else _PATH.sub(self._path, part)
            for part in _QUOTED.split(decoded)
        ]
        written = "".join(parts)
        return value if written == decoded else written

    def _path(self, found: re.Match[str]) -> str:
        hint = found[2] or ""
        head = (found[1] or "") + self.text(hint, _PLAIN_PART)
        rest = found[0][len(found[1] or "") + len(hint) :]
        return head + self.text(rest, _PART)
