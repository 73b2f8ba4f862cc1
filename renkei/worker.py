"""A worker: one process that serves the app on the socket that all workers share."""

import gc
import sys
from collections.abc import Callable
from importlib.metadata import version
from typing import TypeAlias, cast

import uvicorn
from starlette.types import ASGIApp

from kit import metrics, tracing
from renkei.answering import OneWriteProtocol
from renkei.loading import imported
from renkei.order import BACKLOG, end_with_supervisor, listener_from, receive
from renkei.server import Server
from renkei.settings import Settings

AppFactory: TypeAlias = Callable[[Settings], ASGIApp]
MakeTracer: TypeAlias = Callable[[str, float, str], tracing.Tracer]
METRICS = "metrics"
"""Where in the data directory workers count."""

_KEEP_ALIVE_S = 75  # longer than what proxies in front wait, so that they close first


def _collect_seldom() -> None:
    """Look for garbage in cycles less often: JSON makes many objects and no cycles.

    Requests cost an eighth less so; what is there from the start is not looked at again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    gc.enable()


def _trace(settings: Settings) -> None:
    """Record spans, where somebody takes them; who loads nothing for it pays nothing for it."""
    told = settings.tracing
    if told.endpoint is not None:
        tracer_of = cast(MakeTracer, imported("kit.otel:OtelTracer"))
        tracing.record_with(tracer_of(told.endpoint, told.share, version("renkei")))


def main(task: str) -> None:
    """Serve until told to stop, or until the supervisor is gone.

    Args:
        task: the import string of what makes the app.
    """
    gc.disable()  # until the app is made, of which nearly everything lasts
    create_app = cast(AppFactory, imported(task))
    order, channel = receive()
    metrics.keep_in(order.settings.data / METRICS)
    _trace(order.settings)
    app = create_app(order.settings)
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=OneWriteProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="warning",  # that workers start and end, the supervisor says
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_S,
        ssl_certfile=order.settings.tls.certificate,
        ssl_keyfile=order.settings.tls.key,
    )
    server = Server(config, app, channel, order.settings.stopping)
    _collect_seldom()
    listener = listener_from(channel)
    end_with_supervisor(channel)
    server.run([listener])
    raise SystemExit(0 if server.started else 1)


if __name__ == "__main__":
    main(sys.argv[1])
