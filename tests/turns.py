"""In which order files of tests are run, so that several processes have something to do."""

from collections.abc import Sequence

_SCENARIOS = "tests/scenarios/"
_QUICK = "tests/unit/"


def in_turns(files: Sequence[str]) -> list[str]:
    """Spread scenarios evenly among the others, and leave what is quick for the end.

    Scenarios start processes and wait for them: side by side they are in each other's way, among
    tests that keep the processor busy they wait for nothing. What is quick ends the run evenly.

    >>> in_turns(["tests/api/a.py", "tests/api/b.py", "tests/scenarios/s.py", "tests/unit/u.py"])
    ['tests/scenarios/s.py', 'tests/api/a.py', 'tests/api/b.py', 'tests/unit/u.py']
    """
    scenarios = [file for file in files if file.startswith(_SCENARIOS)]
    quick = [file for file in files if file.startswith(_QUICK)]
    others = [file for file in files if not file.startswith((_SCENARIOS, _QUICK))]
    places = [(number / len(scenarios), 0, file) for number, file in enumerate(scenarios)]
    places += [(number / len(others), 1, file) for number, file in enumerate(others)]
    return [file for _, _, file in sorted(places)] + quick
