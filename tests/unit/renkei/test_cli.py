"""The command line: every part is listed, loads, and explains itself."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from renkei.cli import PARTS, assemble


def test_help_names_every_part() -> None:
    answer = CliRunner().invoke(assemble(None), ["--help"])
    assert answer.exit_code == 0
    for part in PARTS:
        assert part.name in answer.output
        assert part.summary in answer.output


@pytest.mark.parametrize("name", [part.name for part in PARTS])
def test_every_part_loads_and_explains_itself(name: str) -> None:
    answer = CliRunner().invoke(assemble(name), [name, "--help"])
    assert answer.exit_code == 0
    assert f"renkei {name}" in answer.output or f"root {name}" in answer.output


def test_help_loads_no_part() -> None:
    loads = "import sys; from renkei.cli import assemble; assemble(None)" + (
        "; sys.exit(any(name.startswith('renkei.commands') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", loads], check=False).returncode == 0


def test_what_is_refused_is_said_in_one_line() -> None:
    command = [sys.executable, "-m", "renkei", "up", "--auth", "off", "--host", "192.0.2.1"]
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    assert ended.returncode == 1
    assert ended.stderr.startswith("renkei: 192.0.2.1 is an address that other machines reach")
    assert ended.stderr.count("\n") == 1


def test_the_command_begins_before_it_loads_what_a_start_would_wait_for() -> None:
    heavy = ("typer", "pydantic", "asyncio", "structlog", "renkei.cli")
    told = f"import sys, renkei.__main__; print(*(n for n in {heavy} if n in sys.modules))"
    done = subprocess.run([sys.executable, "-c", told], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == ""
