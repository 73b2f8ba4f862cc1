"""SQL-file migrations: numbered, forward only, each in a transaction under an advisory lock.

A package's folder holds `0001_entities.sql`, `0002_….sql`. Several packages may share a database:
each counts for itself.

A program lives with migrations that it does not know, as long as they only add: so the version
before goes on serving while the next one is brought in. A file that takes away what that version
uses says so in a line `-- breaks: what, and since when nobody uses it`; programs that do not know
it refuse the database.
"""

import hashlib
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

import asyncpg
import structlog

from kit.errors import RenkeiError

log = structlog.get_logger(__name__)

LOCK_TIMEOUT = "4s"
_ADVISORY_CLASS = 0x726E6B69
_FILE_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql", re.ASCII)
_BREAKS = re.compile(r"^-- breaks: \S", re.MULTILINE)
_CREATE_VERSIONS = """
CREATE TABLE IF NOT EXISTS schema_version (
    package text COLLATE "C" NOT NULL,
    number int NOT NULL,
    name text COLLATE "C" NOT NULL,
    checksum text COLLATE "C" NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    breaks boolean NOT NULL DEFAULT false,
    PRIMARY KEY (package, number)
)"""
_HAS_BREAKS = """
SELECT 1 FROM pg_attribute
WHERE attrelid = 'schema_version'::regclass AND attname = 'breaks' AND NOT attisdropped"""
_ADD_BREAKS = "ALTER TABLE schema_version ADD COLUMN breaks boolean NOT NULL DEFAULT false"
_READ_VERSIONS = """
SELECT number, name, checksum, coalesce((to_jsonb(v) -> 'breaks')::boolean, false) AS breaks
FROM schema_version v WHERE package = $1"""
_ADD_VERSION = """
INSERT INTO schema_version (package, number, name, checksum, breaks) VALUES ($1, $2, $3, $4, $5)"""


class MigrationError(RenkeiError):
    """A database and this program's migrations do not fit together."""


class SchemaChanged(MigrationError):
    """A migration that was applied differs from the file in this program."""


class SchemaNewer(MigrationError):
    """The database has a migration that this program does not know and cannot live with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One file: its number, its name, its SQL and the checksum of it."""

    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """The SHA-256 of the SQL, hexadecimal."""
        return hashlib.sha256(self.sql.encode()).hexdigest()

    @property
    def breaks(self) -> bool:
        """Whether programs that do not know it cannot live with it, as it says itself."""
        return _BREAKS.search(self.sql) is not None


@dataclass(frozen=True, slots=True)
class _Applied:
    """One migration as the database remembers it."""

    name: str
    checksum: str
    breaks: bool


def migrations_of(package: str) -> list[Migration]:
    """Read a package's migrations in order.

    Raises:
        MigrationError: there are none, or their numbers are not 1, 2, 3 ….
    """
    found = []
    for path in files(package).iterdir():
        if path.name.endswith(".sql"):
            named = _FILE_NAME.fullmatch(path.name)
            if named is None:
                raise MigrationError(
                    f"Migration {path.name} of {package} has no name like 0001_entities.sql"
                )
            sql = path.read_text(encoding="utf-8")
            found.append(Migration(number=int(named[1]), name=named[2], sql=sql))
    found.sort(key=lambda migration: migration.number)
    if not found or [one.number for one in found] != list(range(1, len(found) + 1)):
        raise MigrationError(f"Migrations of {package} are not numbered 1, 2, 3 … without gaps")
    return found


async def migrate(connection: asyncpg.Connection, package: str) -> list[Migration]:
    """Apply what a database lacks of a package's migrations, and answer with what was applied.

    Run again, or by two processes at once, each file is applied once. The connection is the
    owner's and in no transaction.

    Raises:
        SchemaChanged: an applied file differs from this program's.
        SchemaNewer: the database is ahead of this program, by more than additions.
    """
    known = migrations_of(package)
    applied = []
    while (migration := await _apply_next(connection, package, known)) is not None:
        log.info("migration_applied", package=package, number=migration.number, name=migration.name)
        applied.append(migration)
    return applied


async def is_current(connection: asyncpg.Connection, package: str) -> bool:
    """Tell whether a database has all of a package's migrations; one quick read.

    Raises:
        SchemaChanged: an applied file differs from this program's.
        SchemaNewer: the database is ahead of this program, by more than additions.
    """
    if await connection.fetchval("SELECT to_regclass('schema_version')") is None:
        return False
    return (
        _first_missing(package, migrations_of(package), await _versions(connection, package))
        is None
    )


async def _apply_next(
    connection: asyncpg.Connection, package: str, known: Sequence[Migration]
) -> Migration | None:
    """Apply the first missing migration in a transaction of its own."""
    async with connection.transaction():
        await connection.execute("SET LOCAL lock_timeout = 0")  # others may migrate for long
        key = zlib.crc32(package.encode()) - 2**31
        await connection.execute(
            "SELECT pg_advisory_xact_lock($1::int, $2::int)", _ADVISORY_CLASS, key
        )
        await connection.execute(_CREATE_VERSIONS)
        if not await connection.fetchval(_HAS_BREAKS):
            await connection.execute(_ADD_BREAKS)
        migration = _first_missing(package, known, await _versions(connection, package))
        if migration is not None:
            await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            await connection.execute(migration.sql)
            await connection.execute(
                _ADD_VERSION,
                package,
                migration.number,
                migration.name,
                migration.checksum,
                migration.breaks,
            )
        return migration


async def _versions(connection: asyncpg.Connection, package: str) -> Mapping[int, _Applied]:
    rows = await connection.fetch(_READ_VERSIONS, package)
    return {row["number"]: _Applied(row["name"], row["checksum"], row["breaks"]) for row in rows}


def _first_missing(
    package: str, known: Sequence[Migration], applied: Mapping[int, _Applied]
) -> Migration | None:
    """Check what was applied against the files; answer with the first that was not."""
    for number, version in applied.items():
        if number > len(known) and version.breaks:
            raise SchemaNewer(
                f"Database is newer than this program: it has migration {number} of {package}, "
                f"this program knows {len(known)} and cannot live with it; start the version that "
                "wrote it, or a later one"
            )
    for migration in known:
        found = applied.get(migration.number)
        if found is None:
            return migration
        if (found.name, found.checksum) != (migration.name, migration.checksum):
            raise SchemaChanged(
                f"Migration {migration.number} of {package} was applied as {found.name} with "
                f"checksum {found.checksum[:12]}; this program's file {migration.name} has "
                f"{migration.checksum[:12]}; applied files never change, add a new one"
            )
    return None
