"""What PostgreSQL refused with, sorted by what is to be done about it."""

from enum import Enum, auto

import asyncpg

from kit.db import DatabaseUnavailable

WRONG_EPOCH = "RK001"
WRONG_PLACE = "RK002"


class Failure(Enum):
    """What a failed transaction calls for."""

    COMMITTED = auto()  # this very group was committed before: give the computed answers
    CONTENDED = auto()  # an insert race or deadlock was lost: run it again
    MOVED = auto()  # the tenant is elsewhere or at another epoch: read it again
    UNPREPARED = auto()  # tables or this month's partition are missing: make ready, run it again
    INDIGESTIBLE = auto()  # something in the data: item by item
    AWAY = auto()  # no database, no disk, no lock in time: 503
    UNKNOWN = auto()  # a fault of ours


_CONTENDED = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
_UNPREPARED = (
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedFunctionError,
)
_AWAY = (
    DatabaseUnavailable,
    TimeoutError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.PostgresSystemError,
)
_INDIGESTIBLE = (
    asyncpg.DataError,
    asyncpg.ProgramLimitExceededError,
    asyncpg.IntegrityConstraintViolationError,
)


def failure_of(error: Exception) -> Failure:
    """Sort an error of a transaction that was not committed."""
    if isinstance(error, asyncpg.UniqueViolationError):
        is_replay = error.constraint_name == "flush_pkey"
        return Failure.COMMITTED if is_replay else Failure.CONTENDED
    if isinstance(error, asyncpg.CheckViolationError) and not error.constraint_name:
        return Failure.UNPREPARED  # "no partition of relation found for row"
    if isinstance(error, asyncpg.PostgresError) and error.sqlstate in (WRONG_EPOCH, WRONG_PLACE):
        return Failure.MOVED
    if isinstance(error, asyncpg.InvalidCatalogNameError):
        return Failure.MOVED  # the database that it was moved away from is dropped
    for kinds, failure in (
        (_CONTENDED, Failure.CONTENDED),
        (_UNPREPARED, Failure.UNPREPARED),
        (_AWAY, Failure.AWAY),
        (_INDIGESTIBLE, Failure.INDIGESTIBLE),
    ):
        if isinstance(error, kinds):
            return failure
    return Failure.UNKNOWN
