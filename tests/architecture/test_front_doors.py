"""A house is entered by its front door; only the roof, which assembles them, walks through.

The ground is no house: `kit` is imported by module.
"""

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.checkout import GROUND, HOUSES, ROOF, ROOT, modules, shown

PURE = (
    "broker.ngsi",
    "broker.ports",
    "broker.snapshot_ports",
    "broker.archive_ports",
    "broker.source_ports",
    "broker.subscription_ports",
    "joint_use.terms",
    "joint_use.ports",
    "joint_use.access_ports",
    "joint_use.audit_ports",
    "joint_use.moving_ports",
    "joint_use.onboarding_ports",
    "joint_use.profile_ports",
    "datamodels.model",
    "datamodels.ports",
    "idp_federation.assurance",
    "idp_federation.federation",
    "idp_federation.oidc",
    "idp_federation.accounts",
    "idp_federation.account_ports",
    "idp_federation.consent_ports",
    "idp_federation.ports",
    "idp_federation.federation_ports",
    "idp_federation.peer_ports",
    "api_catalog.catalog",
    "api_catalog.ports",
    "api_catalog.portal_ports",
)


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "." * node.level + (node.module or "")


def imports_of(path: Path) -> list[tuple[int, str]]:
    return list(imported(ast.parse(path.read_text("utf-8"))))


@pytest.mark.parametrize("house", HOUSES)
def test_a_house_is_entered_by_its_front_door(house: str) -> None:
    others = [other for other in (*HOUSES, GROUND) if other != house]
    walked_in = [
        f"{shown(path)}:{line} imports {name}"
        for path in modules(*others)
        for line, name in imports_of(path)
        if name.startswith(f"{house}.")
    ]
    assert walked_in == []


def test_nobody_below_knows_the_roof() -> None:
    knowing = [
        f"{shown(path)}:{line} imports {name}"
        for path in modules(*HOUSES, GROUND)
        for line, name in imports_of(path)
        if name.split(".")[0] == ROOF
    ]
    assert knowing == []


def test_imports_name_where_they_lead() -> None:
    relative = [
        f"{shown(path)}:{line}"
        for path in modules(ROOF, *HOUSES, GROUND)
        for line, name in imports_of(path)
        if name.startswith(".")
    ]
    assert relative == []


@pytest.mark.parametrize("house", HOUSES)
def test_a_front_door_offers_only_what_is_there(house: str) -> None:
    door = ROOT / house / "__init__.py"
    assert ast.get_docstring(ast.parse(door.read_text("utf-8"))), (
        f"{shown(door)} does not say what the house is"
    )
    sign = door.with_suffix(".pyi")
    tree = ast.parse(sign.read_text("utf-8"))
    bound = {
        alias.name
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert bound == set(offered_by(tree)), f"{shown(sign)}: __all__ and the imports differ"
    offering = importlib.import_module(house)
    assert all(getattr(offering, name) is not None for name in offered_by(tree))


@pytest.mark.parametrize("house", HOUSES)
def test_who_comes_to_a_front_door_wakes_nobody(house: str) -> None:
    program = f"import sys, {house}; print([m for m in sys.modules if m.startswith('{house}.')])"
    run = [sys.executable, "-c", program]
    told = subprocess.run(run, cwd=ROOT, check=True, capture_output=True, text=True)
    assert told.stdout.strip() == "[]"


def test_pure_rooms_take_only_what_is_pure_from_a_front_door() -> None:
    taken = [
        (path, node.lineno, f"{node.module}.{alias.name}", origin(node.module, alias.name))
        for path in pure_modules()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module in HOUSES
        for alias in node.names
    ]
    assert taken, "no pure room takes anything: this test watches the wrong folders"
    impure = [
        f"{shown(path)}:{line} takes {name}"
        for path, line, name, source in taken
        if not source.startswith(PURE)
    ]
    assert impure == []


def pure_modules() -> Iterator[Path]:
    for name in PURE:
        place = ROOT / name.replace(".", "/")
        yield from sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]


def origin(house: str | None, name: str) -> str:
    """Say which module a name at a front door comes from."""
    door = ast.parse((ROOT / str(house) / "__init__.pyi").read_text("utf-8"))
    for node in door.body:
        if isinstance(node, ast.ImportFrom) and any(alias.name == name for alias in node.names):
            return f"{house}.{node.module}"
    return f"{house}.{name}"


def offered_by(tree: ast.Module) -> list[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets
        ):
            offered: list[str] = ast.literal_eval(node.value)
            return offered
    return []
