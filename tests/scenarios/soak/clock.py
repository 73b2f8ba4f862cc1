"""A clock that can be set, for the processes of one instance.

The clock of the day is stepped; what measures durations goes on, as when an operator or NTP sets
the time. libfaketime would do, but for its time.sleep, which fails under Python 3.11 when durations
are left alone; so a page of C stands beside this, and needs a compiler.
"""

import shutil
import struct
import subprocess
from collections.abc import Mapping
from pathlib import Path

_SOURCE = Path(__file__).with_name("stepped_clock.c")


class NoClock(Exception):
    """There is no compiler, or it does not make the library."""


class SteppedClock:
    """A clock whose distance from the real one stands in a file.

    Raises:
        NoClock: the library cannot be made here.
    """

    def __init__(self, directory: Path) -> None:
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            raise NoClock("there is no C compiler (Debian: apt-get install gcc libc6-dev)")
        library = directory / "stepped_clock.so"
        command = [compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(_SOURCE), "-ldl"]
        made = subprocess.run(command, check=False, capture_output=True, text=True)
        if made.returncode:
            raise NoClock(f"the library of the clock is not made: {made.stderr.strip()}")
        self._file = directory / "clock"
        self._file.write_bytes(bytes(8))
        self.environment: Mapping[str, str] = {
            "LD_PRELOAD": str(library),
            "STEPPED_CLOCK": str(self._file),
        }

    def step(self, seconds: float) -> None:
        """Let the clock be so far from the real one, at once."""
        with self._file.open("r+b") as file:
            file.write(struct.pack("=q", int(seconds * 1e9)))
