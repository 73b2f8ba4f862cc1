"""One trace from a request through its commit to the notification, as a collector is told of it."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from kit import tracing
from kit.json import JsonObject
from kit.otel import OtelTracer
from tests.platforms import Client
from tests.scenarios.processes.conftest import eventually

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PARENT = f"00-{TRACE}-{SPAN}-01"
STATE = "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"


class Collector(ThreadingHTTPServer):
    """Takes OTLP over HTTP, and notifications."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.spans: list[Span] = []
        self.notified: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def of_trace(self) -> dict[str, Span]:
        """The spans of the test's trace, by name."""
        return {span.name: span for span in self.spans if span.trace_id.hex() == TRACE}


class _Taking(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/v1/traces":
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for scope in resource.scope_spans:
                    self.server.spans += scope.spans
        else:
            self.server.notified.append(dict(self.headers))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()


def an_entity(number: int) -> JsonObject:
    """An entity that is notified of."""
    value: JsonObject = {"type": "Property", "value": number}
    return {"id": f"urn:ngsi-ld:Traced:{number}", "type": "Traced", "level": value}


def write(client: Client, collector: Collector) -> None:
    """Subscribe, and create an entity under the trace."""
    subscription: JsonObject = {
        "type": "Subscription",
        "entities": [{"type": "Traced"}],
        "notification": {"endpoint": {"uri": f"{collector.url}/", "accept": "application/json"}},
    }
    answer = client.send("POST", "/subscriptions", subscription)
    assert answer.status_code == 201, answer.text
    trace = {"traceparent": PARENT, "tracestate": STATE}
    created = client.send("POST", "/entities", an_entity(1), headers=trace)
    assert created.status_code == 201, created.text
    assert eventually(lambda: len(collector.notified) == 1)


def test_a_notification_bears_the_trace_of_its_request(
    client: Client, collector: Collector
) -> None:
    write(client, collector)
    assert collector.notified[0]["traceparent"] == PARENT
    assert collector.notified[0]["tracestate"] == STATE


def test_a_request_without_a_trace_makes_notifications_without_one(
    client: Client, collector: Collector
) -> None:
    write(client, collector)
    client.create(an_entity(2))
    assert eventually(lambda: len(collector.notified) == 2)
    assert not {"traceparent", "tracestate"} & collector.notified[1].keys()


def test_spans_of_request_commit_and_notification_hang_together(
    client: Client, collector: Collector
) -> None:
    tracing.record_with(OtelTracer(f"{collector.url}/v1/traces", 1.0, "test"))
    try:
        write(client, collector)
        client.get("/entities", type="Traced")
        assert eventually(lambda: {"commit", "notify"} <= collector.of_trace().keys())
    finally:
        tracing.record_with(None)
    assert eventually(lambda: "POST /ngsi-ld/v1/entities" in collector.of_trace())
    found = collector.of_trace()
    request, commit, notify = (
        found[name] for name in ("POST /ngsi-ld/v1/entities", "commit", "notify")
    )
    assert request.parent_span_id.hex() == SPAN
    assert commit.parent_span_id == notify.parent_span_id == request.span_id
    assert collector.notified[0]["traceparent"] == f"00-{TRACE}-{notify.span_id.hex()}-01"
    assert eventually(lambda: "query" in {span.name for span in collector.spans})
