"""docs/attacks.md is current, and every test that it names is there."""

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.attacks.catalogue import ATTACKS, GROUPS, Attack, document

ROOT = Path(__file__).resolve().parents[2]


@cache
def named_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def test_the_document_is_current() -> None:
    assert (ROOT / "docs" / "attacks.md").read_text("utf-8") == document(), "run `make docs`"


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: f"{attack.group} {attack.en}")
def test_each_attack_is_tried_by_tests_that_there_are(attack: Attack) -> None:
    assert attack.tests
    for test in attack.tests:
        path, _, name = test.partition("::")
        assert name in named_in(path), test


def test_every_group_is_tried_and_every_test_that_names_one_is_listed() -> None:
    assert {attack.group for attack in ATTACKS} == set(GROUPS)
    listed = {test.partition("::")[2] for attack in ATTACKS for test in attack.tests}
    own = {
        name for name in named_in("tests/attacks/test_tokens_at_every_api.py") if "attack" in name
    }
    assert own <= listed
