"""The checkout as these tests read it: its root, its houses, the files that git knows."""

import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOF = "renkei"
GROUND = "kit"
HOUSES = ("broker", "api_catalog", "idp_federation", "datamodels", "joint_use")


def modules(*folders: str) -> Iterator[Path]:
    """Yield the Python files below some folders of the checkout."""
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def shown(path: Path) -> str:
    """Name a file as a reader of the checkout would."""
    return path.relative_to(ROOT).as_posix()


@cache
def tracked_files() -> tuple[Path, ...]:
    """Answer with the files in git; skips the test where this is no checkout of git's."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout")
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z"], check=True, capture_output=True, text=True
    )
    names = [name for name in listed.stdout.split("\0") if name]
    return tuple(path for name in names if (path := ROOT / name).is_file())


def documents() -> tuple[Path, ...]:
    """Answer with the documents that people start from."""
    named = [
        ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")
    ]
    return (*named, *sorted((ROOT / "docs").rglob("*.md")))
