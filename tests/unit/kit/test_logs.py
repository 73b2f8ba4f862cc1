import io
import json
import logging

import pytest
import structlog

from kit.logs import Form, bound, configure

pytestmark = pytest.mark.usefixtures("logging_as_before")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_where_nobody_reads_along() -> None:
    stream = io.StringIO()
    configure(stream=stream)
    structlog.get_logger("broker.lanes").info("flushed", commands=3, tenant="江別")
    (line,) = lines(stream)
    assert line.pop("timestamp")
    assert line == {
        "event": "flushed",
        "commands": 3,
        "tenant": "江別",
        "level": "info",
        "logger": "broker.lanes",
    }


def test_a_line_is_text_at_a_terminal() -> None:
    stream = Terminal()
    configure(stream=stream)
    structlog.get_logger("x").warning("slow", seconds=2)
    assert "slow" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_the_form_can_be_chosen() -> None:
    stream = Terminal()
    configure(form="json", stream=stream)
    structlog.get_logger("x").info("chosen")
    assert lines(stream)[0]["event"] == "chosen"


def test_lines_below_the_level_are_left_out() -> None:
    stream = io.StringIO()
    configure("warning", stream=stream)
    structlog.get_logger("x").info("quiet")
    logging.getLogger("library").info("quiet too")
    structlog.get_logger("x").error("loud")
    assert [line["event"] for line in lines(stream)] == ["loud"]


@pytest.mark.parametrize("name", ["uvicorn.error", "some.library"])
def test_lines_of_libraries_take_the_same_door(name: str) -> None:
    stream = io.StringIO()
    configure(stream=stream)
    logging.getLogger(name).info("started on port %d", 1026)
    (line,) = lines(stream)
    assert (line["event"], line["logger"]) == ("started on port 1026", name)


def test_context_is_on_every_line_inside_and_on_none_outside() -> None:
    stream = io.StringIO()
    configure(stream=stream)
    with bound(tenant="sapporo", trace="t1", client=None):
        structlog.get_logger("x").info("inside")
        logging.getLogger("library").info("inside too")
    structlog.get_logger("x").info("outside")
    inside, inside_too, outside = lines(stream)
    assert inside["tenant"] == inside_too["tenant"] == "sapporo"
    assert "client" not in inside
    assert "tenant" not in outside


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_traceback_shows_no_local_variables(form: str) -> None:
    stream = io.StringIO()
    configure(form="json" if form == "json" else "text", stream=stream)

    def fail() -> None:
        token = "".join(["s3", "cret"])
        raise ValueError(len(token))

    try:
        fail()
    except ValueError:
        structlog.get_logger("x").exception("failed")
    assert "ValueError" in stream.getvalue()
    assert "s3cret" not in stream.getvalue()


def test_configuring_twice_logs_once() -> None:
    stream = io.StringIO()
    configure(stream=stream)
    configure(stream=stream)
    structlog.get_logger("x").info("once")
    assert len(lines(stream)) == 1


@pytest.mark.parametrize("form", ["json", "text"])
def test_what_everybody_has_to_know_is_in_the_first_line_at_any_level(form: Form) -> None:
    stream = io.StringIO()
    configure("error", form, stream, warning="Running without authentication")
    structlog.get_logger("renkei").error("then")
    first, then = stream.getvalue().splitlines()
    assert "Running without authentication" in first
    assert "then" in then
