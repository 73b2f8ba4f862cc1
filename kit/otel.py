"""Traces to an OpenTelemetry collector; nobody imports this module unless one is set.

Needs the extra `renkei[tracing]`.
"""

from opentelemetry import trace as otel
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

from kit.tracing import Attributes, Kind, Parent, Trace, Within, current

_EVERY_MS = 1_000

_KINDS = {
    "server": otel.SpanKind.SERVER,
    "client": otel.SpanKind.CLIENT,
    "internal": otel.SpanKind.INTERNAL,
    "producer": otel.SpanKind.PRODUCER,
}


class OtelTracer:
    """Records spans and sends them in batches, from a thread of its own.

    Args:
        endpoint: where the collector takes OTLP over HTTP, as in `http://127.0.0.1:4318/v1/traces`.
        share: of the traces that begin here; who comes with one has decided already.
        version: of the program.
    """

    def __init__(self, endpoint: str, share: float, version: str) -> None:
        resource = Resource.create({"service.name": "renkei", "service.version": version})
        provider = TracerProvider(sampler=ParentBased(TraceIdRatioBased(share)), resource=resource)
        exporter = OTLPSpanExporter(endpoint=endpoint)
        provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=_EVERY_MS))
        self._tracer = provider.get_tracer("renkei", version)

    def span(
        self, name: str, kind: Kind, parent: Parent | None, attributes: Attributes
    ) -> "_Recorded":
        """Record what happens inside."""
        known = current()
        above = parent or (None if known is None else known.parent)
        context = None if above is None else _context(above)
        span = self._tracer.start_span(
            name, context=context, kind=_KINDS[kind], attributes=dict(attributes)
        )
        return _Recorded(span)


class _Recorded(Within):
    """A span that is current while it lasts."""

    def __init__(self, span: otel.Span) -> None:
        told = span.get_span_context()
        parent = Parent(
            f"{told.trace_id:032x}",
            f"{told.span_id:016x}",
            f"{int(told.trace_flags):02x}",
            told.trace_state.to_header(),
        )
        super().__init__(Trace(parent))
        self._span = span

    def __exit__(self, *raised: object) -> None:
        """End it, with what went wrong."""
        if isinstance(raised[1], BaseException):
            self._span.set_status(otel.StatusCode.ERROR, type(raised[1]).__name__)
        self._span.end()
        super().__exit__(*raised)


def _context(parent: Parent) -> Context:
    remote = otel.SpanContext(
        trace_id=int(parent.trace_id, 16),
        span_id=int(parent.span_id, 16),
        is_remote=True,
        trace_flags=otel.TraceFlags(int(parent.flags, 16)),
        trace_state=otel.TraceState.from_header([parent.state] if parent.state else []),
    )
    return otel.set_span_in_context(otel.NonRecordingSpan(remote))
