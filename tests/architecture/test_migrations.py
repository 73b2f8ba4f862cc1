"""Migrations only add, so that the version before serves on while the next one is brought in.

A file that does more says which of two it is, in a line of its own: `-- compatible: why` where the
version before can live with it all the same, `-- breaks: what, since when unused` where it cannot.
"""

import re
from pathlib import Path

import pytest

from tests.architecture.checkout import ROOT, shown

# What could take something away from a program that runs already.
TAKES_AWAY = re.compile(
    r"""\b(
        DROP | TRUNCATE | RENAME | REVOKE | DELETE\s+FROM | UPDATE\s+\w+\s+SET
        | ALTER\s+COLUMN | ADD\s+CONSTRAINT | CREATE\s+OR\s+REPLACE | CREATE\s+UNIQUE\s+INDEX
        | ADD\s+COLUMN\s+[^,;]*NOT\s+NULL(?![^,;]*\bDEFAULT\b)
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
COMMENT = re.compile(r"--[^\n]*")
MARK = re.compile(r"^-- (?:compatible|breaks): \S+ \S+", re.MULTILINE)

# There is no version before the first: what was written until then needs no mark.
FIRST_VERSION = {
    "api_catalog": 2,
    "broker": 9,
    "broker/control": 2,
    "datamodels": 1,
    "idp_federation": 7,
    "joint_use": 10,
}


def house_of(file: Path) -> str:
    parts = file.relative_to(ROOT).parts
    return f"{parts[0]}/control" if "control" in parts else parts[0]


def later_files() -> list[Path]:
    files = sorted(ROOT.glob("*/store/**/[0-9]*.sql"))
    assert len(files) > 15
    return [file for file in files if int(file.name[:4]) > FIRST_VERSION.get(house_of(file), 0)]


def doubtful(sql: str) -> list[str]:
    """List what a file does that the version before might not live with."""
    return [found[0] for found in TAKES_AWAY.finditer(COMMENT.sub("", sql))]


def test_a_migration_adds_only_or_says_what_else_it_does() -> None:
    unmarked = {
        shown(file): doubtful(sql)
        for file in later_files()
        if doubtful(sql := file.read_text("utf-8")) and not MARK.search(sql)
    }
    assert unmarked == {}


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE town DROP COLUMN code;",
        "ALTER TABLE town ALTER COLUMN code SET NOT NULL;",
        "ALTER TABLE town ADD COLUMN code text NOT NULL;",
        "CREATE OR REPLACE FUNCTION enter_tenant() RETURNS void;",
        "drop table town;",
        "ALTER TABLE town RENAME TO village;",
    ],
)
def test_what_an_older_program_may_miss_is_noticed(sql: str) -> None:
    assert doubtful(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE town (code text NOT NULL PRIMARY KEY); -- nothing is dropped",
        "ALTER TABLE town ADD COLUMN code text;",
        "ALTER TABLE town ADD COLUMN code text NOT NULL DEFAULT '';",
        "CREATE INDEX town_code ON town (code);",
    ],
)
def test_what_only_adds_needs_no_mark(sql: str) -> None:
    assert not doubtful(sql)
