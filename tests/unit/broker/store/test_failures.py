"""What follows each way in which PostgreSQL can refuse."""

import asyncpg
import pytest

from broker.store.failures import Failure, failure_of
from kit.db import DatabaseUnavailable


def unique_violation(constraint: str) -> asyncpg.PostgresError:
    error = asyncpg.UniqueViolationError("duplicate key")
    error.constraint_name = constraint
    return error


def raised_by_us(code: str) -> asyncpg.PostgresError:
    class Raised(asyncpg.PostgresError):
        sqlstate = code

    return Raised("Tenant 1 is elsewhere")


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (unique_violation("flush_pkey"), Failure.COMMITTED),
        (unique_violation("entity_pkey"), Failure.CONTENDED),
        (unique_violation("entity_kind_tenant_types_key"), Failure.CONTENDED),
        (asyncpg.DeadlockDetectedError("deadlock"), Failure.CONTENDED),
        (asyncpg.SerializationError("could not serialize"), Failure.CONTENDED),
        (raised_by_us("RK001"), Failure.MOVED),
        (raised_by_us("RK002"), Failure.MOVED),
        (asyncpg.UndefinedTableError("no entity"), Failure.UNPREPARED),
        (asyncpg.CheckViolationError("no partition of relation"), Failure.UNPREPARED),
        (asyncpg.UntranslatableCharacterError("no U+0000"), Failure.INDIGESTIBLE),
        (asyncpg.ProgramLimitExceededError("index row too large"), Failure.INDIGESTIBLE),
        (asyncpg.NumericValueOutOfRangeError("too large"), Failure.INDIGESTIBLE),
        (DatabaseUnavailable("gone"), Failure.AWAY),
        (TimeoutError(), Failure.AWAY),
        (asyncpg.LockNotAvailableError("lock timeout"), Failure.AWAY),
        (asyncpg.DiskFullError("no space left"), Failure.AWAY),
        (asyncpg.AdminShutdownError("terminating"), Failure.AWAY),
        (asyncpg.ReadOnlySQLTransactionError("standby"), Failure.AWAY),
        (asyncpg.UndefinedColumnError("a bug"), Failure.UNKNOWN),
        (KeyError("a bug"), Failure.UNKNOWN),
    ],
)
def test_a_failure_says_what_to_do(error: Exception, failure: Failure) -> None:
    assert failure_of(error) is failure
