r"""Regular expressions (`~=`, idPattern): the part on which two engines agree.

A pattern is searched for anywhere in a text. It may hold literal characters, `.`, sets (`[a-z]`,
`[^0-9]`, `[[:digit:]]`), `\d \w \s` and their opposites outside sets (ASCII), `* + ? {m} {m,}
{m,n}`, `( )`, `|`, `^` and `$`, and a backslash before punctuation, `n`, `r` or `t`. `.` stands
for every character. That is POSIX ERE without its collating elements and back references, and is
written anew (*canonical*) so that RE2 in Python and PostgreSQL's engine read the same.

Spec: CIM 009 §4.9 (RegExp, IEEE 1003.2)
"""

import string
from collections.abc import Callable
from typing import Generic, TypeVar

import re2

from broker.ngsi.errors import BadRequestData

MAX_LENGTH = 500
MAX_REPEAT = 255  # PostgreSQL's bound; RE2 allows 1000
MAX_SIZE = 1000  # characters to match after unrolling counted repeats
_MAX_DEPTH = 16
_REMEMBERED = 1024

_META = frozenset("\\^$.|?*+()[]{}")
_SETS = {"d": "0-9", "w": "A-Za-z0-9_", "s": " \t\n\r\f\v"}
_CONTROL = {"n": "\n", "r": "\r", "t": "\t"}
_CLASSES = {
    "alpha": "A-Za-z", "digit": "0-9", "alnum": "A-Za-z0-9", "upper": "A-Z", "lower": "a-z",
    "space": " \t\n\r\f\v", "blank": " \t", "xdigit": "0-9A-Fa-f",
    "punct": "!-/:-@\\[-`{-~",
}  # fmt: skip


_Kept = TypeVar("_Kept")


class Memory(Generic[_Kept]):
    """Remembers what was made of texts, up to a bound.

    Where it is full, the text's own sum says whose place it takes. So whoever asks for a few more
    than there is room for, in turn, has those few made again; did the oldest give way, it would be
    all of them.
    """

    def __init__(self, make: Callable[[str], _Kept], *, most: int) -> None:
        self._make = make
        self._most = most
        self._kept: dict[str, _Kept] = {}
        self._places: list[str] = []

    def __call__(self, text: str) -> _Kept:
        """Answer with what was made of a text, making it where it is not remembered."""
        found = self._kept.get(text)
        if found is None:
            found = self._make(text)
            if len(self._places) < self._most:
                self._places.append(text)
            else:
                place = hash(text) % self._most
                del self._kept[self._places[place]]
                self._places[place] = text
            self._kept[text] = found
        return found


def canonical(pattern: str, *, where: str | None = None) -> str:
    r"""Write a pattern so that both engines read it alike.

    Raises:
        BadRequestData: it is malformed or asks for more than the common part.

    >>> canonical(r"^a\d+$")
    '^a[0-9]+$'
    """
    try:
        return _written(pattern)
    except BadRequestData as refusal:
        raise BadRequestData(refusal.detail, where=where) from None


def _write(pattern: str) -> str:
    if len(pattern) > MAX_LENGTH:
        raise BadRequestData(
            f"The pattern has {len(pattern)} characters; right are at most {MAX_LENGTH}"
        )
    writer = _Writer(pattern)
    text, _ = writer.alternatives(0)
    if writer.at < len(pattern):
        raise writer.error("stands without an opening parenthesis")
    return text


def _compile(pattern: str) -> Callable[[str], object]:
    options = re2.Options()
    options.dot_nl = True
    options.log_errors = False
    search: Callable[[str], object] = re2.compile(pattern, options).search
    return search


_written = Memory(_write, most=_REMEMBERED)
_searcher = Memory(_compile, most=_REMEMBERED)


def found_in(pattern: str, text: str) -> bool:
    """Tell whether a canonical pattern is found in a text.

    >>> found_in("^Eiffel", "Eiffel Tower")
    True
    """
    return _searcher(pattern)(text) is not None


class _Writer:
    """Reads a pattern from left to right and answers with the canonical text and its size."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0

    def error(self, what: str) -> BadRequestData:
        """Say what is wrong at the present position."""
        found = self.pattern[self.at : self.at + 1] or "the end"
        return BadRequestData(f"Pattern {self.pattern!r}: {found!r} at position {self.at} {what}")

    def peek(self) -> str:
        """Answer with the next character, or an empty text at the end."""
        return self.pattern[self.at : self.at + 1]

    def alternatives(self, depth: int) -> tuple[str, int]:
        """Read `a|b`."""
        if depth > _MAX_DEPTH:
            raise self.error(f"nests parentheses deeper than {_MAX_DEPTH}")
        branches = [self.branch(depth)]
        while self.peek() == "|":
            self.at += 1
            branches.append(self.branch(depth))
        return "|".join(text for text, _ in branches), sum(size for _, size in branches)

    def branch(self, depth: int) -> tuple[str, int]:
        """Read a sequence of repeated pieces; an empty one is refused."""
        pieces: list[str] = []
        size = 0
        while self.peek() not in ("", "|", ")"):
            text, more = self.piece(depth)
            pieces.append(text)
            size += more
            if size > MAX_SIZE:
                raise self.error(f"makes it longer than {MAX_SIZE} after unrolling its repeats")
        if not pieces:
            raise self.error("ends an empty alternative; right would be a character or a group")
        return "".join(pieces), size

    def piece(self, depth: int) -> tuple[str, int]:
        """Read an anchor, or an atom with its repeat."""
        char = self.peek()
        if char in ("^", "$"):
            self.at += 1
            if self.peek() and self.peek() in "*+?{":
                raise self.error("repeats an anchor")
            return char, 0
        text, size = self.atom(depth)
        repeat, times = self.repeat()
        return text + repeat, size * times

    def atom(self, depth: int) -> tuple[str, int]:
        """Read a group, a set, an escape or a literal character."""
        char = self.peek()
        if char == "(":
            return self.group(depth)
        if char == "[":
            return self.set(), 1
        if char == "\\":
            return self.escape(), 1
        if char in "*+?{":
            raise self.error("repeats nothing; right would be a backslash before it")
        if char == "\x00":
            raise self.error("is a character that no text holds")
        self.at += 1
        return (char if char == "." else _literal(char)), 1

    def group(self, depth: int) -> tuple[str, int]:
        """Read `( … )`; groups with a question mark belong to one engine only."""
        self.at += 1
        if self.peek() == "?":
            raise self.error("begins a kind of group that is not offered")
        text, size = self.alternatives(depth + 1)
        if self.peek() != ")":
            raise self.error("stands where a closing parenthesis is due")
        self.at += 1
        return f"({text})", size

    def escape(self) -> str:
        """Read a backslash and what follows."""
        self.at += 1
        char = self.peek()
        if char.lower() in _SETS:
            self.at += 1
            return f"[{'^' if char.isupper() else ''}{_SETS[char.lower()]}]"
        return _literal(self.escaped())

    def escaped(self) -> str:
        """Read the character after a backslash."""
        char = self.peek()
        if char in _CONTROL:
            self.at += 1
            return _CONTROL[char]
        if char and char in string.punctuation:
            self.at += 1
            return char
        raise self.error("after a backslash is not offered; right are punctuation, n r t d w s")

    def repeat(self) -> tuple[str, int]:
        """Read a repeat, if there is one, and how often it unrolls."""
        char = self.peek()
        if not char or char not in "*+?{":
            return "", 1
        text, times = self.counted() if char == "{" else (char, 1)
        if char != "{":
            self.at += 1
        if self.peek() and self.peek() in "*+?{":
            raise self.error("repeats a repeat; right would be parentheses")
        return text, times

    def counted(self) -> tuple[str, int]:
        """Read `{m}`, `{m,}` or `{m,n}`."""
        end = self.pattern.find("}", self.at)
        low, comma, high = self.pattern[self.at + 1 : max(end, 0)].partition(",")
        numbers = [low] + ([high] if high else [])
        if end < 0 or not all(part.isascii() and part.isdigit() for part in numbers):
            raise self.error("begins no repeat; right would be {m}, {m,} or {m,n}")
        bounds = [int(part[:6]) for part in numbers]
        if bounds != sorted(bounds) or bounds[-1] > MAX_REPEAT:
            raise self.error(f"repeats more than {MAX_REPEAT} times or from more to less")
        self.at = end + 1
        return "{" + ",".join(map(str, bounds)) + ("," if comma and not high else "") + "}", max(
            bounds[-1], 1
        )

    def set(self) -> str:
        """Read `[ … ]`."""
        self.at += 1
        opening = "["
        if self.peek() == "^":
            self.at += 1
            opening = "[^"
        members: list[str] = []
        while self.peek() != "]" or not members:
            members.append(self.member())
        self.at += 1
        return opening + "".join(members) + "]"

    def member(self) -> str:
        """Read one character, range or class of a set."""
        if self.pattern.startswith("[:", self.at):
            return self.named_class()
        low = self.single()
        if self.peek() != "-" or self.pattern[self.at + 1 : self.at + 2] in ("]", ""):
            return _member(low)
        self.at += 1
        high = self.single()
        if high < low:
            raise self.error(f"follows a range that runs backwards, from {low!r} to {high!r}")
        return f"{_member(low)}-{_member(high)}"

    def single(self) -> str:
        """Read one character of a set."""
        char = self.peek()
        if not char:
            raise self.error("stands where a set should be closed by ]")
        if char in ("\x00", "[") and self.pattern[self.at + 1 : self.at + 2] in (".", "=", ":"):
            raise self.error("begins a collating element, which is not offered")
        self.at += 1
        if char == "\x00":
            raise self.error("follows a character that no text holds")
        return self.escaped() if char == "\\" else char

    def named_class(self) -> str:
        """Read `[:digit:]`, which means ASCII."""
        end = self.pattern.find(":]", self.at)
        name = self.pattern[self.at + 2 : max(end, 0)]
        if name not in _CLASSES:
            raise self.error(f"names no character class; right are {', '.join(_CLASSES)}")
        self.at = end + 2
        return _CLASSES[name]


def _literal(char: str) -> str:
    return "\\" + char if char in _META else char


def _member(char: str) -> str:
    return "\\" + char if char in "\\]^-[" else char
