"""The order in which files of tests are run."""

from tests.turns import in_turns

OTHERS = [f"tests/integration/test_{number:02d}.py" for number in range(12)]
SCENARIOS = [f"tests/scenarios/{name}/test_{name}.py" for name in ("a", "b", "c")]
QUICK = ["tests/unit/test_x.py", "tests/unit/test_y.py"]


def test_scenarios_stand_apart_and_quick_files_at_the_end() -> None:
    order = in_turns([*OTHERS, *SCENARIOS, *QUICK])
    assert [order.index(file) for file in SCENARIOS] == [0, 5, 10]
    assert order[-2:] == QUICK
    assert [file for file in order if file in OTHERS] == OTHERS


def test_no_file_is_lost_where_there_is_one_kind_alone() -> None:
    for files in (OTHERS, SCENARIOS, QUICK, []):
        assert in_turns(files) == files
