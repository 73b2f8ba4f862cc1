"""What people sign in with, and how often somebody tried, in the control database."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
import orjson

from idp_federation.account_ports import Pace
from idp_federation.accounts.factor import Factor, FactorKind
from kit.db import Database, Databases

_COLUMNS = "id, account, kind, lookup, secret, counter, facts, added_at, used_at"
_OF = f"""
SELECT {_COLUMNS} FROM account_factor WHERE account = $1
ORDER BY added_at, id"""  # noqa: S608 - fixed text
_FOUND = f"SELECT {_COLUMNS} FROM account_factor WHERE lookup = $1"  # noqa: S608 - fixed text
_DROP_PASSWORD = "DELETE FROM account_factor WHERE account = $1 AND kind = 'password'"  # noqa: S105
_ADD = f"""
INSERT INTO account_factor ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING RETURNING id"""  # noqa: S608 - fixed text
# Two who come with the same code: the counter grows for one alone. Some passkeys never count.
_USE = """
UPDATE account_factor SET counter = $2, used_at = $3
WHERE id = $1 AND (counter < $2 OR ($2 = 0 AND counter = 0 AND kind = 'passkey')) RETURNING id"""
_REWRITE = "UPDATE account_factor SET secret = $3 WHERE id = $1 AND secret = $2"
_REMOVE = "DELETE FROM account_factor WHERE account = $1 AND id = ANY($2) RETURNING id"
# The allowance comes back with time; who has none left waits, and does not wait longer for asking.
_TRY = """
INSERT INTO sign_in_pace AS known (bucket, spent_until) VALUES ($1, $2::timestamptz + $3)
ON CONFLICT (bucket) DO UPDATE SET spent_until = greatest(known.spent_until, $2) + $3
WHERE greatest(known.spent_until, $2) + $3 <= $2 + $4
RETURNING bucket"""
_GIVE_BACK = "UPDATE sign_in_pace SET spent_until = spent_until - $2::interval WHERE bucket = $1"
_FORGIVE = "DELETE FROM sign_in_pace WHERE bucket = $1"


class StoredFactors:
    """What people sign in with; satisfies `FactorBook`.

    Args:
        databases: the process's connections.
        control: the control database.
    """

    def __init__(self, databases: Databases, control: Database) -> None:
        self._databases = databases
        self._control = control

    async def of(self, account: str) -> Sequence[Factor]:
        """List an account's factors, the oldest first."""
        async with self._databases.connection(self._control) as connection:
            return [_factor(row) for row in await connection.fetch(_OF, account)]

    async def found(self, lookup: bytes) -> Factor | None:
        """Answer with the factor that is found by something of its own."""
        async with self._databases.connection(self._control) as connection:
            row = await connection.fetchrow(_FOUND, lookup)
        return None if row is None else _factor(row)

    async def add(self, factors: Sequence[Factor]) -> bool:
        """Keep factors; a password takes the place of the one before."""
        are_new = True
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            for one in factors:
                if one.kind is FactorKind.PASSWORD:
                    await connection.execute(_DROP_PASSWORD, one.account)
                added = await connection.fetchval(
                    _ADD,
                    one.id,
                    one.account,
                    one.kind.value,
                    one.lookup,
                    one.secret,
                    one.counter,
                    orjson.dumps(dict(one.facts)),
                    one.added_at,
                    one.used_at,
                )
                are_new = are_new and added is not None
        return are_new

    async def use(self, factor: Factor, *, to: int, now: datetime) -> bool:
        """Let a factor's counter grow; answers whether it did."""
        async with self._databases.connection(self._control) as connection:
            return await connection.fetchval(_USE, factor.id, to, now) is not None

    async def replace_secret(self, factor: Factor, secret: bytes) -> None:
        """Write a factor's secret anew, as long as it is the same factor."""
        async with self._databases.connection(self._control) as connection:
            await connection.execute(_REWRITE, factor.id, factor.secret, secret)

    async def remove(self, account: str, ids: Sequence[str]) -> int:
        """Take factors away from an account; answers with how many there were."""
        async with self._databases.connection(self._control) as connection:
            return len(await connection.fetch(_REMOVE, account, [*ids]))


class StoredAttempts:
    """How often somebody has tried; satisfies `Attempts`.

    Args:
        databases: the process's connections.
        control: the control database.
    """

    def __init__(self, databases: Databases, control: Database) -> None:
        self._databases = databases
        self._control = control

    async def may(self, bucket: bytes, pace: Pace, now: datetime) -> bool:
        """Count an attempt before it is made; answers whether it may be."""
        async with self._databases.connection(self._control) as connection:
            counted = await connection.fetchval(
                _TRY, bucket, now, pace.every, pace.at_once * pace.every
            )
        return counted is not None

    async def give_back(self, bucket: bytes, pace: Pace) -> None:
        """Give one attempt back, where others share the bucket with who succeeded."""
        async with self._databases.connection(self._control) as connection:
            await connection.execute(_GIVE_BACK, bucket, pace.every)

    async def forgive(self, bucket: bytes) -> None:
        """Forget the attempts that led to a success."""
        async with self._databases.connection(self._control) as connection:
            await connection.execute(_FORGIVE, bucket)


def _factor(row: asyncpg.Record) -> Factor:
    return Factor(
        id=row["id"],
        account=row["account"],
        kind=FactorKind(row["kind"]),
        secret=row["secret"],
        lookup=row["lookup"],
        counter=row["counter"],
        facts=orjson.loads(row["facts"]),
        added_at=row["added_at"],
        used_at=row["used_at"],
    )
