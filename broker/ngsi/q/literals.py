"""Reads the values of `q`: numbers, texts, dates and times, patterns (§4.9, §4.6.3)."""

import json
import math
import re
from datetime import datetime, time

from broker.ngsi.q.reader import UNSTORABLE, Reader
from broker.ngsi.q.syntax import (
    Boolean,
    Instant,
    Literal,
    Moment,
    MomentForm,
    Number,
    Text,
    moment_of,
)

_END = r"(?=\s*(?:[;|,)]|\.\.|$))"
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?" + _END)
_MOMENTS = {
    form: re.compile(form.value + _END)
    for form in (MomentForm.DATE_TIME, MomentForm.DATE, MomentForm.TIME)
}
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_WORD = re.compile(r'[^;|,()"]+')
_OPERATOR = re.compile(r"[<>]|[=!~]=")
_MAX_DIGITS = 400  # of a number; beyond it no JSON reader agrees with another


def read_literal(reader: Reader) -> Literal:
    """Read one value.

    Raises:
        BadRequestData: there is none, or it is malformed.
    """
    reader.skip_space()
    start = reader.at
    if reader.peek('"'):
        return Text(_storable(reader, _quoted(reader), start))
    number = reader.match(_NUMBER)
    if number is not None:
        return _number(reader, number, start)
    for form, pattern in _MOMENTS.items():
        text = reader.match(pattern)
        at = None if text is None else moment_of(text, form)
        if at is not None:
            if not _is_real(form, at):
                raise reader.error("begins a date or time that no calendar has", start)
            return Moment(form, at)
    return _word(reader)


def _is_real(form: MomentForm, at: Instant) -> bool:
    try:
        if form is MomentForm.TIME:
            time.fromisoformat(at.second)
        else:
            datetime.fromisoformat(at.second)
    except ValueError:
        return False
    return True


def _number(reader: Reader, text: str, start: int) -> Number:
    if len(text) > _MAX_DIGITS:
        raise reader.error(f"begins a number of more than {_MAX_DIGITS} digits", start)
    value = int(text) if text.lstrip("-").isdigit() else float(text)
    if isinstance(value, float) and not math.isfinite(value):
        raise reader.error("begins a number that is too large", start)
    return Number(value)


def _word(reader: Reader) -> Text | Boolean:
    start = reader.at
    word = (reader.match(_WORD) or "").strip()
    if not word:
        raise reader.error("stands where a value is due", start)
    if _OPERATOR.search(word) or reader.peek("(") or reader.peek('"'):
        raise reader.error("begins a text with special characters; right would be quotes", start)
    if word in ("true", "false"):
        return Boolean(word == "true")
    return Text(_storable(reader, word, start))


def _quoted(reader: Reader) -> str:
    start = reader.at
    found = reader.match(_QUOTED)
    if found is None:
        raise reader.error("opens a text that is not closed by '\"'", start)
    try:
        text: str = json.loads(found)
    except ValueError:
        raise reader.error("opens a text that is no JSON string", start) from None
    return text


def _storable(reader: Reader, text: str, start: int) -> str:
    if UNSTORABLE.search(text):
        raise reader.error("begins a text with a character that no text holds", start)
    return text


def read_pattern(reader: Reader) -> str:
    r"""Read a regular expression, quoted or up to the end of its term.

    In quotes it is a JSON string; where it is none, because `\.` or `\d` are no JSON escapes, only
    `\"` is read as an escape.

    Raises:
        BadRequestData: there is none.
    """
    reader.skip_space()
    start = reader.at
    if not reader.peek('"'):
        return _storable(reader, _bare_pattern(reader), start)
    found = reader.match(_QUOTED)
    if found is None:
        raise reader.error("opens a pattern that is not closed by '\"'", start)
    try:
        pattern: str = json.loads(found)
    except ValueError:
        pattern = found[1:-1].replace('\\"', '"')
    return _storable(reader, pattern, start)


def _bare_pattern(reader: Reader) -> str:
    depth, end = 0, reader.at
    while end < len(reader.text):
        char = reader.text[end]
        if depth == 0 and char in ";|)":
            break
        depth += (char == "(") - (char == ")")
        end += 2 if char == "\\" else 1
    pattern = reader.text[reader.at : end].strip()
    if not pattern:
        raise reader.error("stands where a regular expression is due")
    reader.at = min(end, len(reader.text))
    return pattern
