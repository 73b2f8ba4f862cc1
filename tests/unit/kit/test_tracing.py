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


STATE = "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"


def entered(*states: str) -> dict[str, str]:
    """What goes out with calls of a request that brings these tracestate headers."""
    headers = [(b"tracestate", state.encode()) for state in states]
    tracing.enter([*headers[:1], (b"traceparent", PARENT.encode()), *headers[1:]])
    return tracing.outgoing()


def test_a_request_keeps_the_state_beside_its_trace() -> None:
    assert entered(STATE) == {"traceparent": PARENT, "tracestate": STATE}
    rojo, congo = STATE.split(",")
    assert entered(f" {rojo}\t,", "", congo)["tracestate"] == STATE
    assert entered("0tenant@vendor=a b!")["tracestate"] == "0tenant@vendor=a b!"


@pytest.mark.parametrize(
    "malformed",
    [
        "rojo",
        "=1",
        "rojo=",
        "Rojo=1",
        "rojo=1,rojo=2",
        "rojo=1,congo=a=b",
        "rojo=\x07",
        "rojo=é",
        f"{'k' * 257}=1",
        f"rojo={'v' * 257}",
        "tenant@0vendor=1",
        "rojo=1;congo=2\r\nx: y",
        ",".join(f"k{n}=v" for n in range(33)),
    ],
)
def test_a_malformed_state_is_dropped_and_the_trace_kept(malformed: str) -> None:
    assert entered(malformed) == {"traceparent": PARENT}


def test_a_state_without_a_trace_is_nobodys() -> None:
    tracing.enter([(b"tracestate", STATE.encode())])
    assert tracing.outgoing() == {}


def test_a_long_state_loses_long_members_first_and_then_the_last() -> None:
    long, short = f"long={'v' * 200}", [f"k{n:02}={'v' * 20}" for n in range(24)]
    kept = entered(",".join([short[0], long, *short[1:]]))["tracestate"]
    assert len(kept) <= 512
    assert kept == ",".join(short[: len(kept.split(","))])
    assert len(kept) + 25 > 512
    assert entered(f"{long},{short[0]}")["tracestate"] == f"{long},{short[0]}"


def test_what_is_kept_with_a_write_brings_the_state_to_its_notifications() -> None:
    entered(STATE)
    kept = tracing.carried()
    assert kept == f"{PARENT} {STATE}"
    tracing.enter([])
    with tracing.span("notify", parent=kept):
        assert tracing.outgoing() == {"traceparent": PARENT, "tracestate": STATE}
    with tracing.span("notify", parent=PARENT):
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
