import io
import subprocess
import sys
from contextlib import redirect_stderr
from pathlib import Path

import pytest

from renkei.commands.up import banner
from renkei.order import AUTH_OFF, log_as
from renkei.settings import load


def test_who_starts_it_is_told_who_may_do_what(tmp_path: Path) -> None:
    shown = {
        (auth, demo): banner(
            load({"data": str(tmp_path), "auth": auth, "demo": demo}), "http://127.0.0.1:1", None
        )
        for auth in ("on", "off")
        for demo in (True, False)
    }
    assert "--auth off" in shown["off", True]
    assert "--auth off" in shown["off", False]
    assert "renkei idp token" in shown["on", True]
    assert "renkei policy" in shown["on", False]
    assert all("--auth off" not in text for (auth, _), text in shown.items() if auth == "on")


@pytest.mark.usefixtures("logging_as_before")
@pytest.mark.parametrize(("auth", "first"), [("off", AUTH_OFF), ("on", "")])
def test_a_log_begins_by_saying_that_nobody_is_asked(tmp_path: Path, auth: str, first: str) -> None:
    stream = io.StringIO()
    with redirect_stderr(stream):
        log_as(load({"data": str(tmp_path), "auth": auth, "log": {"level": "error"}}))
    assert first in stream.getvalue()
    assert bool(stream.getvalue()) == (auth == "off")


def test_a_start_waits_for_nothing_that_it_does_not_use() -> None:
    seldom = ("httpx2", "renkei.demo", "broker.ngsi", "sqlalchemy")
    told = f"import sys, renkei.commands.up; print(*(n for n in {seldom} if n in sys.modules))"
    done = subprocess.run([sys.executable, "-c", told], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == ""
