"""A text read from left to right, with errors that say where and what would be right."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from broker.ngsi.errors import BadRequestData

_NAME = re.compile(r"[^\W\d_]\w*(?::[^\W\d_]\w*)?")
_HINT = re.compile(r"[^\W\d_]\w*(?:\s*,\s*[^\W\d_]\w*)*\s*:")
_KEYS = re.compile(r"\*|[^\s.\[\]{}()\"=<>!~;|,]+(?:\.[^\s.\[\]{}()\"=<>!~;|,]+)*")
_SPACE = re.compile(r"\s*")
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(slots=True)
class Reader:
    """A position in a text; space between the parts is skipped."""

    text: str
    where: str
    at: int = 0

    @classmethod
    def of(cls, text: str, where: str) -> "Reader":
        """Start reading.

        Raises:
            BadRequestData: the text holds a character that no database stores.
        """
        reader = cls(text, where)
        unstorable = UNSTORABLE.search(text)
        if unstorable:
            raise reader.error("is a character that no text holds", unstorable.start())
        return reader

    def error(self, what: str, at: int | None = None) -> BadRequestData:
        """Say what is wrong at a position."""
        place = self.at if at is None else at
        found = repr(self.text[place]) if place < len(self.text) else "the end"
        return BadRequestData(f"{self.where}: {found} at position {place} {what}", where=self.where)

    def skip_space(self) -> None:
        """Go to the next character that is not space."""
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def at_end(self) -> bool:
        """Tell whether nothing but space follows."""
        self.skip_space()
        return self.at == len(self.text)

    def peek(self, symbol: str) -> bool:
        """Tell whether a symbol comes next."""
        self.skip_space()
        return self.text.startswith(symbol, self.at)

    def take(self, symbol: str) -> bool:
        """Go past a symbol where it comes next."""
        if self.peek(symbol):
            self.at += len(symbol)
            return True
        return False

    def take_any(self, symbols: Iterable[str]) -> str | None:
        """Go past the first of these symbols that comes next."""
        return next((symbol for symbol in symbols if self.take(symbol)), None)

    def match(self, pattern: re.Pattern[str]) -> str | None:
        """Go past what a regular expression finds here."""
        found = pattern.match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        return found.group()

    def name(self) -> str:
        """Read a name: a letter, then letters, digits and `_`; a prefix may stand before it."""
        self.skip_space()
        name = self.match(_NAME)
        if name is None:
            raise self.error("stands where a name is due; right would be a letter first")
        return name

    def type_hint(self) -> tuple[str, ...]:
        """Read `Type,Type:` inside the braces of a linked path, if it is there."""
        self.skip_space()
        hint = self.match(_HINT)
        return tuple(name.strip() for name in hint[:-1].split(",")) if hint else ()

    def keys(self) -> tuple[str, ...]:
        """Read `x.y]` or `*]`, after the bracket that opens it."""
        self.skip_space()
        keys = self.match(_KEYS)
        if keys is None:
            raise self.error("stands where the name of a member of the value is due")
        if not self.take("]"):
            raise self.error("stands where ']' is due")
        return tuple(keys.split("."))
