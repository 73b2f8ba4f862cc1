"""Traces: what belongs to one request, here and at others, under one W3C trace id.

A request that brings a `traceparent` keeps it: it stands in the log, goes out with every call and
notification that the request leads to, beside its `tracestate`, and comes back in a fault's answer.
Without one there is an id of ours, for the log alone. Where an exporter is set (`kit.otel`), what
takes time is recorded as spans, too, and others' calls become their children.

Spec: W3C Trace Context §3.2, §3.3
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Literal, Protocol, TypeAlias

Kind: TypeAlias = Literal["server", "client", "internal", "producer"]
Attributes: TypeAlias = Mapping[str, str | int | float]

HEADER = "traceparent"
STATE_HEADER = "tracestate"
_RAW_HEADER, _RAW_STATE_HEADER = b"traceparent", b"tracestate"
_FORM = re.compile(r"(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_NO_TRACE, _NO_SPAN = "0" * 32, "0" * 16
_MEMBER = re.compile(  # §3.3.1.3
    r"([a-z][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})"
    r"=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]"
)
_MOST_MEMBERS = 32  # §3.3.1.1
_MOST_CHARACTERS, _LONG_MEMBER = 512, 128  # §3.3.1.5


@dataclass(frozen=True, slots=True)
class Parent:
    """Who asked: a span of ours or of somebody else's.

    Args:
        state: the tracestate beside it: what tracing systems on the way keep for themselves.
    """

    trace_id: str
    span_id: str
    flags: str = "01"
    state: str = ""

    def __str__(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"


class Trace:
    """What one request belongs to; its id is made when somebody wants to know it."""

    __slots__ = ("_id", "parent")

    def __init__(self, parent: Parent | None = None) -> None:
        self.parent = parent
        self._id = ""

    @property
    def id(self) -> str:
        """The trace id, as 32 hexadecimal digits."""
        if self.parent is not None:
            return self.parent.trace_id
        if not self._id:
            self._id = secrets.token_hex(16)
        return self._id


class Tracer(Protocol):
    """Records spans."""

    def span(
        self, name: str, kind: Kind, parent: Parent | None, attributes: Attributes
    ) -> AbstractContextManager[None]:
        """Record what happens inside; it is current meanwhile."""
        ...


_CURRENT: ContextVar[Trace | None] = ContextVar("trace", default=None)
_NOTHING = nullcontext()


class _Chosen:
    """The process's tracer; None: nothing is recorded."""

    tracer: Tracer | None = None


def record_with(tracer: Tracer | None) -> None:
    """Record spans from now on, or no more."""
    _Chosen.tracer = tracer


def is_recording() -> bool:
    """Tell whether spans are recorded."""
    return _Chosen.tracer is not None


def parse(traceparent: str) -> Parent | None:
    """Read a traceparent; None: it is none.

    >>> str(parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"))
    '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    >>> parse("00-00000000000000000000000000000000-00f067aa0ba902b7-01") is None
    True
    """
    found = _FORM.fullmatch(traceparent)
    if found is None or found[2] == _NO_TRACE or found[3] == _NO_SPAN:
        return None
    if found[1] == "00" and found[5]:
        return None
    return Parent(found[2], found[3], found[4])


def state_of(tracestate: str) -> str:
    """Read a tracestate, of several headers joined by commas; one that is malformed is dropped.

    What is longer than 512 characters loses whole members: long ones first, then the last
    (§3.3.1.5).

    >>> state_of("rojo=00f067aa0ba902b7 , congo=t61rcWkgMzE,")
    'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE'
    >>> state_of("Rojo=1,congo=2")
    ''
    """
    members = [stripped for one in tracestate.split(",") if (stripped := one.strip(" \t"))]
    found = [_MEMBER.fullmatch(one) for one in members[: _MOST_MEMBERS + 1]]
    keys = {one[1] for one in found if one is not None}
    if len(members) > _MOST_MEMBERS or len(keys) < len(members):
        return ""
    while len(shortened := ",".join(members)) > _MOST_CHARACTERS:
        long = [place for place, one in enumerate(members) if len(one) > _LONG_MEMBER]
        del members[long[-1] if long else -1]
    return shortened


def enter(headers: Sequence[tuple[bytes, bytes]]) -> Trace:
    """Begin with a request; its headers are in lower case, as ASGI has them."""
    parent = None
    for name, value in headers:
        if name == _RAW_HEADER:
            parent = parse(value.decode("latin-1"))
            break
    if parent is not None:
        said = b",".join(value for name, value in headers if name == _RAW_STATE_HEADER)
        if said:
            parent = replace(parent, state=state_of(said.decode("latin-1")))
    trace = Trace(parent)
    _CURRENT.set(trace)
    return trace


def set_current(trace: Trace | None) -> None:
    """Go on with a trace, or with none: long-lived tasks belong to no request."""
    _CURRENT.set(trace)


def current() -> Trace | None:
    """Answer with what is being worked for; None: for no request."""
    return _CURRENT.get()


def trace_id() -> str:
    """Answer with the id that this request has in the log."""
    trace = _CURRENT.get()
    if trace is None:
        trace = Trace()
        _CURRENT.set(trace)
    return trace.id


def carried() -> str | None:
    """Answer with what is kept with a write, for `span`; None: nobody asked for a trace.

    It is the traceparent, and behind a space the tracestate, where there is one.
    """
    trace = _CURRENT.get()
    if trace is None or trace.parent is None:
        return None
    parent = trace.parent
    return f"{parent} {parent.state}" if parent.state else str(parent)


def outgoing() -> dict[str, str]:
    """Answer with the headers that go out with a call."""
    trace = _CURRENT.get()
    if trace is None or trace.parent is None:
        return {}
    parent = trace.parent
    state = {STATE_HEADER: parent.state} if parent.state else {}
    return {HEADER: str(parent), **state}


def span(
    name: str,
    kind: Kind = "internal",
    *,
    parent: str | None = None,
    attributes: Attributes | None = None,
) -> AbstractContextManager[None]:
    """Record what happens inside as a part of the current trace, or of another's.

    Without a tracer it only goes on with the other's trace, where one is given.

    Args:
        name: of the span.
        kind: of the span.
        parent: the other's trace, as `carried` answered.
        attributes: of the span.
    """
    given = None if parent is None else _read(parent)
    tracer = _Chosen.tracer
    if tracer is not None:
        return tracer.span(name, kind, given, attributes or {})
    return _NOTHING if given is None else Within(Trace(given))


def _read(kept: str) -> Parent | None:
    traceparent, _, tracestate = kept.partition(" ")
    parent = parse(traceparent)
    if parent is None or not tracestate:
        return parent
    return replace(parent, state=state_of(tracestate))


class Within(AbstractContextManager[None]):
    """Makes a trace the current one for a while."""

    __slots__ = ("_before", "_trace")

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._before: Trace | None = None

    def __enter__(self) -> None:
        self._before = _CURRENT.get()
        _CURRENT.set(self._trace)

    def __exit__(self, *_: object) -> None:
        _CURRENT.set(self._before)
