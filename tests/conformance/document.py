"""Writes docs/conformance.md from the tests of clauses. `make docs` runs it."""

import ast
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
DOCS = HERE.parent.parent / "docs"
DOCUMENT = DOCS / "conformance.md"
SUITE = DOCS / "conformance-suite.json"
DEVIATIONS = HERE / "deviations.md"
CLIENTS = HERE / "clients.md"

_FILE = re.compile(r"test_(\d+(?:_\d+)*)_(\w+)\.py")
_OPENING = """# Conformance with NGSI-LD

Written by `make docs` from the tests in [tests/conformance](../tests/conformance), one file a
clause of ETSI GS CIM 009 V1.9.1; do not edit it. Each test is a client of a running platform over
HTTP, and `make test` passes only if all of them hold. Where the table says *both*, every test of
the file runs in a tenant of the shared database and in one with a database of its own.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One file of tests: which clause it is of, and its sentences."""

    number: tuple[int, ...]
    title: str
    file: str
    both_storages: bool
    sentences: tuple[str, ...]
    failing: tuple[str, ...]

    @property
    def name(self) -> str:
        return "§" + ".".join(map(str, self.number))


def clauses(folder: Path = HERE) -> list[Clause]:
    """Read the files of tests, in the order of their clauses."""
    return sorted(_clauses(folder), key=lambda clause: (clause.number, clause.file))


def _clauses(folder: Path) -> Iterator[Clause]:
    for path in folder.glob("test_*.py"):
        named = _FILE.fullmatch(path.name)
        if named is None:
            continue
        source = path.read_text("utf-8")
        tree = ast.parse(source)
        tests = [
            node
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and node.name.startswith("test_")
        ]
        yield Clause(
            number=tuple(map(int, named[1].split("_"))),
            title=(ast.get_docstring(tree) or named[2]).split("\n\n")[0].replace("\n", " "),
            file=path.name,
            both_storages="mark.both_storages" in source,
            sentences=tuple(_sentence(test.name) for test in tests),
            failing=tuple(_failing(tests)),
        )


def _sentence(name: str) -> str:
    words = name.removeprefix("test_").replace("_", " ")
    return words[0].upper() + words[1:]


def _failing(tests: list[ast.FunctionDef | ast.AsyncFunctionDef]) -> Iterator[str]:
    """Name the tests that are marked as failing, with the reason given there."""
    for test in tests:
        for mark in test.decorator_list:
            if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.xfail":
                reasons = [ast.literal_eval(k.value) for k in mark.keywords if k.arg == "reason"]
                yield f"{_sentence(test.name)} ({', '.join(reasons) or 'no reason is given'})"


def written() -> str:
    """Write the document."""
    found = clauses()
    count = sum(len(clause.sentences) for clause in found)
    lines = [
        _OPENING,
        f"{len(found)} files, {count} sentences.\n",
        "## Clauses\n",
        "| clause | what | tests | tenants | status |",
        "|---|---|---|---|---|",
        *map(_row, found),
        "\n## Deviations, and choices where the text leaves one\n",
        DEVIATIONS.read_text("utf-8").strip(),
        "\n## The public conformance suite\n",
        *_suite(),
        "\n## Clients that are not ours\n",
        CLIENTS.read_text("utf-8").strip(),
        "\n## What is tested, sentence by sentence",
    ]
    for clause in found:
        lines += [f"\n### {clause.title}\n", *(f"- {one}." for one in clause.sentences)]
    return "\n".join(lines) + "\n"


def _row(clause: Clause) -> str:
    title = clause.title.partition(":")[0]
    link = f"[{len(clause.sentences)}](../tests/conformance/{clause.file})"
    tenants = "both" if clause.both_storages else "shared"
    status = "fails: " + "; ".join(clause.failing) if clause.failing else "held"
    return f"| {clause.name} | {title} | {link} | {tenants} | {status} |"


def _suite() -> Iterator[str]:
    """Tell of the last run of the ETSI suite, where its results are there.

    The file is {"suite": text, "groups": [{"name", "passed", "total"}],
    "failing": [{"test", "reason"}]}.
    """
    if not SUITE.exists():
        yield "No run is recorded yet."
        return
    run = json.loads(SUITE.read_text("utf-8"))
    yield f"{run['suite']}\n"
    yield "| group | passed | of |"
    yield "|---|---|---|"
    for group in run["groups"]:
        yield f"| {group['name']} | {group['passed']} | {group['total']} |"
    if run["failing"]:
        yield "\nWhat does not pass, and why:\n"
        yield "| test | reason |"
        yield "|---|---|"
        for failing in run["failing"]:
            yield f"| {failing['test']} | {failing['reason']} |"


def main() -> int:
    DOCUMENT.write_text(written(), "utf-8")
    sys.stdout.write(f"{DOCUMENT.relative_to(DOCS.parent)} is written\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
