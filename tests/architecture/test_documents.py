"""The documents hold together: links lead somewhere, decisions are whole, both languages speak."""

import ast
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.architecture.checkout import GROUND, HOUSES, ROOF, ROOT, documents, modules, shown

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
REPOSITORY_PATH = re.compile(
    r"(?:renkei|broker|idp_federation|datamodels|api_catalog|joint_use|kit|tests|loadtests|docs"
    r"|requirements|deploy|\.ci)/[\w./-]*\w/?"
)
JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
PARTS = ("**Context.**", "**Decision.**", "**Consequences.**", "**Rejected.**", "**Kept by**")
GLOSSARY = ROOT / "docs" / "glossary.md"
DECISIONS = sorted((ROOT / "docs" / "adr").glob("*.md"))


@pytest.mark.parametrize("document", documents(), ids=shown)
def test_links_lead_to_files_that_exist(document: Path) -> None:
    text = document.read_text("utf-8")
    targets = [target for target in LINK.findall(text) if "://" not in target]
    dangling = [
        target
        for target in targets
        if not target.startswith("#") and not (document.parent / target.split("#")[0]).exists()
    ]
    assert dangling == []


@pytest.mark.parametrize("document", documents(), ids=shown)
def test_files_that_are_named_exist(document: Path) -> None:
    named = CODE.findall(document.read_text("utf-8"))
    paths = [code for code in named if REPOSITORY_PATH.fullmatch(code)]
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("decision", DECISIONS, ids=shown)
def test_a_decision_has_its_five_parts_in_order(decision: Path) -> None:
    text = decision.read_text("utf-8")
    number = int(decision.name.split("-")[0])
    assert text.startswith(f"# {number}. ")
    places = [text.find(f"\n{part}") for part in PARTS]
    assert -1 not in places, [part for part in PARTS if f"\n{part}" not in text]
    assert places == sorted(places)


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(decision.name.split("-")[0]) for decision in DECISIONS]
    assert numbers == list(range(1, len(numbers) + 1))


def test_decisions_refer_to_decisions_that_exist() -> None:
    numbers = {decision.name[:4] for decision in DECISIONS}
    named = {
        f"{decision.name} names {found}"
        for decision in DECISIONS
        for found in re.findall(r"\(see (\d{4})\)", decision.read_text("utf-8"))
        if found not in numbers
    }
    assert named == set()


def glossary_rows() -> list[list[str]]:
    lines = GLOSSARY.read_text("utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "|" in line]
    return [row for row in rows if row[0] != "English" and set("".join(row)) - set("-: ")]


def test_each_term_of_the_glossary_stands_in_both_languages() -> None:
    rows = glossary_rows()
    assert len(rows) > 40
    wrong = [
        row[0]
        for row in rows
        if len(row) != 4
        or not re.search("[A-Za-z]", row[0])
        or not JAPANESE.search(row[1])
        or not re.fullmatch(r"[^\u3040-\u30ff\u4e00-\u9fff]*\.", re.sub(r"\([^)]*\)", "", row[2]))
        or not (JAPANESE.search(row[3]) and row[3].endswith("。"))
    ]
    assert wrong == []


def test_no_term_stands_twice_in_the_glossary() -> None:
    terms = [row[0].casefold() for row in glossary_rows()]
    assert sorted(terms) == sorted(set(terms))


def dependencies() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return {re.split(r"[<>=\[]", one)[0].casefold() for one in project["dependencies"]}


def dependency_rows() -> dict[str, str]:
    decision = (ROOT / "docs" / "adr" / "0005-dependencies.md").read_text("utf-8")
    rows = re.findall(r"^\| ([\w-]+) \|([^|]*)\|", decision, re.MULTILINE)
    return {name.casefold(): reason for name, reason in rows if name != "package"}


def test_each_runtime_dependency_is_accounted_for() -> None:
    assert set(dependency_rows()) == dependencies()


def test_what_the_code_uses_of_its_dependencies_is_told_truly() -> None:
    waiting = {name for name, reason in dependency_rows().items() if "(not used yet)" in reason}
    used = names_used(modules(ROOF, *HOUSES, GROUND))
    imports = {
        "google-re2": "re2",
        "argon2-cffi": "argon2",
        "httptools": "httptools_impl",
        "django-js-lib-leaflet": "js_lib_leaflet",
    }
    unused = {
        name for name in dependencies() if imports.get(name, name.replace("-", "_")) not in used
    }
    assert unused == waiting


def names_used(paths: Iterable[Path]) -> set[str]:
    """Collect what is imported, and what is named in a string for others to import."""
    found: set[str] = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found.update(alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                found.update((node.module or "").split("."))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return {name.casefold() for name in found}
