"""What belongs to one request has one id."""

import io
import json
import subprocess
import sys

import pytest
import structlog

from kit import tracing
from kit.logs import configure

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        PARENT.upper(),
        PARENT.replace("00f067aa0ba902b7", "0" * 16),
        PARENT.replace("4bf92f3577b34da6a3ce929d0e0e4736", "0" * 32),
        "ff" + PARENT[2:],
        PARENT + "-more",
    ],
)
def test_what_is_no_traceparent_is_ignored(wrong: str) -> None:
    assert tracing.parse(wrong) is None


def test_a_later_version_with_more_in_it_is_understood() -> None:
    assert str(tracing.parse(f"01{PARENT[2:]}-more")) == PARENT


def test_a_request_keeps_the_trace_that_it_brings() -> None:
    tracing.enter([(b"host", b"x"), (b"traceparent", PARENT.encode())])
    assert tracing.trace_id() == PARENT[3:35]
    assert tracing.outgoing() == {"traceparent": PARENT}


def test_a_request_without_one_has_an_id_for_the_log_and_hands_none_on() -> None:
    tracing.enter([])
    assert len(tracing.trace_id()) == 32
    assert tracing.trace_id() == tracing.trace_id()
    assert tracing.outgoing() == {}


def test_another_requests_trace_is_current_for_a_while_only() -> None:
    tracing.enter([])
    before = tracing.trace_id()
    with tracing.span("notify", parent=PARENT):
        assert tracing.trace_id() == PARENT[3:35]
    assert tracing.trace_id() == before


@pytest.mark.usefixtures("logging_as_before")
def test_the_log_names_the_trace() -> None:
    stream = io.StringIO()
    configure(stream=stream)
    tracing.enter([(b"traceparent", PARENT.encode())])
    structlog.get_logger("x").info("something")
    tracing.set_current(None)
    structlog.get_logger("x").info("something else")
    with_one, without = map(json.loads, stream.getvalue().splitlines())
    assert with_one["trace_id"] == PARENT[3:35]
    assert "trace_id" not in without


def test_nothing_that_records_is_loaded_while_nobody_takes_traces() -> None:
    code = "import sys, renkei.worker, renkei.app; print('opentelemetry.sdk' in sys.modules)"
    command = [sys.executable, "-c", code]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
