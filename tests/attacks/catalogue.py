"""Which attacks are tried, and by which tests: catalogue.toml, the table of docs/attacks.md.

A test is named by its file and function; `test_attacks_are_tried` holds that each is there.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

_FILE = Path(__file__).with_name("catalogue.toml")


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack: its group, what is tried, and the tests that try it."""

    group: int
    ja: str
    en: str
    tests: tuple[str, ...]


_TOLD = tomllib.loads(_FILE.read_text("utf-8"))["group"]
GROUPS: dict[int, tuple[str, str]] = {one["number"]: (one["ja"], one["en"]) for one in _TOLD}
ATTACKS = tuple(
    Attack(one["number"], attack["ja"], attack["en"], tuple(attack["tests"]))
    for one in _TOLD
    for attack in one["attack"]
)


def document() -> str:
    """Write docs/attacks.md."""
    lines = [
        "# Attacks that fail 失敗する攻撃",
        "",
        "Written by `make docs`; a test holds that each test named here is there. What is tried",
        "over HTTP is tried at running platforms, replays at two workers of one.",
        "この文書は `make docs` が作ります。ここに挙げたテストがあることをテストで確かめています。",
        "",
    ]
    for number, (ja, en) in GROUPS.items():
        lines += [f"## {number}. {en} {ja}", "", "| attack | 攻撃 | tried by |", "|---|---|---|"]
        for attack in ATTACKS:
            if attack.group == number:
                tests = "<br>".join(_linked(test) for test in attack.tests)
                lines.append(f"| {attack.en} | {attack.ja} | {tests} |")
        lines.append("")
    return "\n".join(lines)


def _linked(test: str) -> str:
    path, _, name = test.partition("::")
    return f"[{name}](../{path})"
