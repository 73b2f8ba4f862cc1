import sys
from pathlib import Path

import pytest

from kit.migrate import MigrationError, migrations_of


def package_with(folder: Path, monkeypatch: pytest.MonkeyPatch, *names: str) -> str:
    """Make a package of empty SQL files, named after its folder."""
    package = folder / f"migrations_{folder.name}"
    package.mkdir()
    for name in names:
        (package / name).write_text("SELECT 1;")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, package.name, raising=False)
    return package.name


def test_migrations_are_read_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = package_with(tmp_path, monkeypatch, "0002_more.sql", "0001_first.sql", "README.md")
    assert [(one.number, one.name) for one in migrations_of(package)] == [(1, "first"), (2, "more")]


@pytest.mark.parametrize(
    "names",
    [
        (),
        ("0002_second.sql",),
        ("0001_first.sql", "0003_third.sql"),
        ("0001_first.sql", "0001_again.sql"),
        ("first.sql",),
    ],
)
def test_wrongly_numbered_migrations_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...]
) -> None:
    package = package_with(tmp_path, monkeypatch, *names)
    with pytest.raises(MigrationError, match=package):
        migrations_of(package)
