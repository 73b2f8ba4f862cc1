"""SQL-file migrations: numbered, forward only, each in a transaction under an advisory lock.

A package's folder holds `0001_entities.sql`, `0002_….sql`. Several packages may share a database:
each counts for itself.
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
_CREATE_VERSIONS = """
CREATE TABLE IF NOT EXISTS schema_version (
    package text COLLATE "C" NOT NULL,
    number int NOT NULL,
    name text COLLATE "C" NOT NULL,
    checksum text COLLATE "C" NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (package, number)
)"""
_READ_VERSIONS = "SELECT number, name, checksum FROM schema_version WHERE package = $1"
_ADD_VERSION = """
INSERT INTO schema_version (package, number, name, checksum) VALUES ($1, $2, $3, $4)"""


class MigrationError(RenkeiError):
    """A database and this program's migrations do not fit together."""


class SchemaChanged(MigrationError):
    """A migration that was applied differs from the file in this program."""


class SchemaNewer(MigrationError):
    """The database has migrations that this program does not know."""


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
        SchemaNewer: the database is ahead of this program.
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
        SchemaNewer: the database is ahead of this program.
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
        migration = _first_missing(package, known, await _versions(connection, package))
        if migration is not None:
            await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            await connection.execute(migration.sql)
            await connection.execute(
                _ADD_VERSION, package, migration.number, migration.name, migration.checksum
            )
        return migration


async def _versions(connection: asyncpg.Connection, package: str) -> Mapping[int, tuple[str, str]]:
    rows = await connection.fetch(_READ_VERSIONS, package)
    return {row["number"]: (row["name"], row["checksum"]) for row in rows}


def _first_missing(
    package: str, known: Sequence[Migration], applied: Mapping[int, tuple[str, str]]
) -> Migration | None:
    """Check what was applied against the files; answer with the first that was not."""
    for number in applied:
        if number > len(known):
            raise SchemaNewer(
                f"Database is newer than this program: it has migration {number} of {package}, "
                f"this program knows {len(known)}; start the version that wrote it, or a later one"
            )
    for migration in known:
        version = applied.get(migration.number)
        if version is None:
            return migration
        if version != (migration.name, migration.checksum):
            raise SchemaChanged(
                f"Migration {migration.number} of {package} was applied as {version[0]} with "
                f"checksum {version[1][:12]}; this program's file {migration.name} has "
                f"{migration.checksum[:12]}; applied files never change, add a new one"
            )
    return None
