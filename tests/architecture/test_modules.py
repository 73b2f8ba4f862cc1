"""Modules stay small enough to be read at a sitting."""

from tests.architecture.checkout import GROUND, HOUSES, ROOF, modules, shown

MOST_LINES = 400


def test_no_module_is_longer_than_four_hundred_lines() -> None:
    every = modules(ROOF, *HOUSES, GROUND, "loadtests", "tests")
    lengths = {shown(path): len(path.read_text("utf-8").splitlines()) for path in every}
    assert "tests/architecture/test_modules.py" in lengths
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}
