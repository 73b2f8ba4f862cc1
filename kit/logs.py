"""Logs: text for people at a terminal, JSON otherwise, ours and the libraries' through one door."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, TextIO, TypeAlias

import orjson
import structlog
from structlog.types import EventDict, Processor

from kit import tracing
from kit.clock import utc_now

Level: TypeAlias = Literal["debug", "info", "warning", "error"]
Form: TypeAlias = Literal["auto", "text", "json"]

_QUIET = ("httpx2", "httpcore2", "asyncio", "aiohttp.access")
"""Libraries whose informational lines are noise here: from them warnings and worse."""

_UVICORN = ("uvicorn", "uvicorn.error", "uvicorn.access")


def configure(
    level: Level = "info",
    form: Form = "auto",
    stream: TextIO | None = None,
    *,
    warning: str | None = None,
) -> None:
    """Set up structlog and the standard library's logging; called once by each process.

    Args:
        level: the least severity that is logged.
        form: text, json, or auto: text where the stream is a terminal.
        stream: where to; standard error by default.
        warning: what the first line says, whatever the level.
    """
    out = stream or sys.stderr
    is_text = form == "text" or (form == "auto" and out.isatty())
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_shared(),
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_ends(is_text),
            ],
        )
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,  # loggers of imported modules follow a later configure
    )
    _route(handler, level)
    if warning is not None:
        first = logging.LogRecord("renkei", logging.WARNING, "", 0, warning, None, None)
        handler.handle(first)


@contextmanager
def bound(**context: str | int | None) -> Iterator[None]:
    """Add tenant, trace, client … to every line that is logged inside.

    Values that are None are left out.
    """
    given = {name: value for name, value in context.items() if value is not None}
    with structlog.contextvars.bound_contextvars(**given):
        yield


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        _trace,
        _stamp,
    ]


def _ends(is_text: bool) -> list[Processor]:
    """Render tracebacks without local variables: those hold payloads and tokens."""
    if is_text:
        plain = structlog.dev.plain_traceback
        return [structlog.dev.ConsoleRenderer(pad_event_to=0, exception_formatter=plain)]
    tracebacks = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    return [
        structlog.processors.ExceptionRenderer(tracebacks),
        structlog.processors.JSONRenderer(_json),
    ]


def _stamp(logger: object, method: str, event: EventDict) -> EventDict:
    del logger, method
    event["timestamp"] = utc_now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return event


def _trace(logger: object, method: str, event: EventDict) -> EventDict:
    """Say for which request it is logged: the id that its client knows, where it gave one."""
    del logger, method
    trace = tracing.current()
    if trace is not None:
        event.setdefault("trace_id", trace.id)
    return event


def _json(event: EventDict, **_: object) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def _route(handler: logging.Handler, level: Level) -> None:
    """Send every logger of the process to one handler."""
    root = logging.getLogger()
    for old in tuple(root.handlers):
        if isinstance(old.formatter, structlog.stdlib.ProcessorFormatter):
            root.removeHandler(old)  # of an earlier configure
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name in _UVICORN:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    logging.captureWarnings(True)
