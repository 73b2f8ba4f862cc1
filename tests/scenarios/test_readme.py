"""The lines of the README work as they stand, against a platform started as the README says."""

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

README = Path(__file__).resolve().parents[2] / "README.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PORT = "1026"
PATIENCE_S = 400

# curl fails where the platform refuses; the README leaves that out so as to stay readable.
PREAMBLE = """
set -euo pipefail
curl() { command curl --fail-with-body --silent --show-error --max-time 30 "$@"; }
"""


@dataclass(frozen=True, slots=True)
class Platform:
    """A running platform, the folder that its user works in, and how to run lines there."""

    port: int
    folder: Path
    environment: dict[str, str]

    def run(self, lines: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", PREAMBLE + lines.replace(PORT, str(self.port))],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )


@pytest.fixture
def platform(tmp_path: Path, free_port: int) -> Iterator[Platform]:
    if shutil.which("curl") is None or shutil.which("bash") is None:
        pytest.skip("curl and bash are needed to run the README's lines")
    if not Path(sys.prefix, "bin", "renkei").exists():
        pytest.skip("renkei is not installed in this environment: `make test` installs it")
    environment = {**os.environ, "RENKEI_DATA": str(tmp_path / "data")}
    (tmp_path / ".venv").symlink_to(sys.prefix)
    command = [".venv/bin/renkei", "up", "--demo", "--port", str(free_port), "--workers", "1"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        wait_until_ready(process, free_port, tmp_path / "log")
        yield Platform(free_port, tmp_path, environment)
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE_S)
        finally:
            process.kill()


def wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    gives_up_at = time.monotonic() + PATIENCE_S
    while time.monotonic() < gives_up_at and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.1)
    pytest.fail(f"The platform is not ready:\n{log.read_text('utf-8', 'replace')}")


def readme_blocks() -> list[str]:
    return BLOCK.findall(README.read_text("utf-8"))


@pytest.mark.timeout(600)
def test_every_line_of_the_readme_succeeds(platform: Platform) -> None:
    blocks = readme_blocks()
    assert len(blocks) >= 4
    first = platform.run(blocks[0])
    assert first.returncode == 0, first.stderr
    assert "札幌市時計台" in first.stdout
    # One shell, as a reader would have: what one block sets the next may use.
    every = platform.run("set -x\n" + "\n".join(blocks))
    assert every.returncode == 0, f"{every.stdout}\n{every.stderr}"
