"""One connection to PostgreSQL: where it leads, how it is opened, when it counts as lost."""

import asyncio
from dataclasses import dataclass, field

import asyncpg

from kit.errors import RenkeiError

_JSONB_VERSION = b"\x01"
# Statements are written so that one plan serves all their arguments: planning each anew costs more
# than it gains.
_SETTINGS = {"application_name": "renkei", "jit": "off", "plan_cache_mode": "force_generic_plan"}
_LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.InternalClientError,  # the server's farewell came while the connection was idle
)

FAULTS = (
    OSError,  # TimeoutError is one
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
"""Everything that the use of a connection raises, whoever is at fault."""

_NOT_LET_IN = (
    asyncpg.TooManyConnectionsError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.ObjectNotInPrerequisiteStateError,  # an operator lets nobody in for a while
)


class DatabaseUnavailable(RenkeiError):
    """A database cannot be reached now: away, starting, recovering, shutting down or full up."""

    retry_after_s = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One PostgreSQL server and its two roles, as DSNs whose database name does not matter.

    Args:
        name: what placements call it.
        admin_dsn: the owner's: creates databases, migrates.
        application_dsn: of a role that is neither owner nor superuser: everything else.
    """

    name: str
    admin_dsn: str = field(repr=False)
    application_dsn: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Database:
    """A database by its server's name and its own."""

    server: str
    name: str

    def __str__(self) -> str:
        return f"{self.server}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How connections are opened.

    Args:
        timeout_s: how long connecting may take.
        command_timeout_s: how long one statement may take.
        statement_cache: how many prepared statements each connection keeps.
    """

    timeout_s: float = 5.0
    command_timeout_s: float = 60.0
    statement_cache: int = 256


class Connection(asyncpg.Connection):
    """A connection without session state: only SET LOCAL and locks of transactions are used."""

    def get_reset_query(self) -> str:
        """Answer with nothing: there is no state to reset, and asking costs a round trip."""
        return ""


async def open_connection(
    dsn: str, database: Database, opening: Opening, *, command_timeout_s: float | None = None
) -> Connection:
    """Open one connection; jsonb comes and goes as bytes of JSON.

    Raises:
        DatabaseUnavailable: the server cannot be reached or takes nobody now.
    """
    try:
        connection = await asyncpg.connect(
            dsn,
            database=database.name,
            timeout=opening.timeout_s,
            command_timeout=command_timeout_s or opening.command_timeout_s,
            statement_cache_size=opening.statement_cache,
            max_cached_statement_lifetime=0,  # a hot statement is never prepared twice
            connection_class=Connection,
            server_settings=_SETTINGS,
        )
        async with asyncio.timeout(opening.timeout_s):
            await _take_jsonb_as_bytes(connection)
    except (OSError, *_NOT_LET_IN, *_LOST) as exc:
        raise unavailable(database, exc) from exc
    return connection


async def _take_jsonb_as_bytes(connection: Connection) -> None:
    try:
        await connection.set_type_codec(
            "jsonb",
            schema="pg_catalog",
            encoder=_encode_jsonb,
            decoder=_decode_jsonb,
            format="binary",
        )
    except BaseException:
        connection.terminate()
        raise


def _encode_jsonb(document: bytes) -> bytes:
    return _JSONB_VERSION + document


def _decode_jsonb(sent: bytes) -> bytes:
    return sent[1:]


def unavailable(database: Database, cause: BaseException) -> DatabaseUnavailable:
    """Say of a database that it cannot be reached, and why."""
    reason = str(cause) or type(cause).__name__
    return DatabaseUnavailable(f"Database {database} cannot be reached now: {reason}")


def is_lost(connection: Connection, error: BaseException | None) -> bool:
    """Tell whether an error raised while using a connection means that it is gone."""
    if isinstance(error, _LOST):
        return True
    broken = isinstance(error, OSError | asyncpg.InterfaceError)
    return broken and not isinstance(error, TimeoutError) and connection.is_closed()


async def close_connection(connection: Connection, *, timeout_s: float = 2.0) -> None:
    """Take leave of the server politely, or hang up where it does not answer."""
    try:
        async with asyncio.timeout(timeout_s):
            await connection.close()
    except FAULTS:
        connection.terminate()
    except BaseException:
        connection.terminate()
        raise
