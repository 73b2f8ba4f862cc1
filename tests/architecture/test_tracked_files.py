"""What is in git speaks of the product alone."""

import re

from tests.architecture.checkout import ROOT, shown, tracked_files

# Written in pieces, so that this file does not find itself.
MACHINE_PATH = re.compile(
    r"(?<![\w.:/}$-])/(?:" + "|".join(["wor" + "k", "hom" + "e", "roo" + "t"]) + r")/\w"
)
SCRATCH_PATH = re.compile("/tm" + r"p/(?:brief|antares|etsi)\b")
BESIDE = ".." + "/shared"


def texts() -> list[tuple[str, str]]:
    found = []
    for path in tracked_files():
        content = path.read_bytes()
        if b"\0" not in content:
            found.append((shown(path), content.decode("utf-8", "replace")))
    return found


def test_no_tracked_file_names_a_path_of_some_machine() -> None:
    named = [
        f"{name}:{number}"
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if MACHINE_PATH.search(line) or SCRATCH_PATH.search(line)
    ]
    assert named == []


def test_only_tests_look_beside_the_checkout() -> None:
    named = [name for name, text in texts() if BESIDE in text and not name.startswith("tests/")]
    assert named == []


def test_what_the_build_and_the_tools_leave_behind_is_not_tracked() -> None:
    left = [
        shown(path)
        for path in tracked_files()
        if {"__pycache__", ".venv", "dist", "node_modules"} & set(path.relative_to(ROOT).parts)
    ]
    assert left == []
