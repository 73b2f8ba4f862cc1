"""What tenants have adopted and what was found, in the control database (port `Adoptions`)."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from datamodels.model.adoption import Adoption, Found, Validation
from datamodels.model.words import Words
from datamodels.ports import Noted
from kit.db import Database, Databases

MIGRATIONS = "datamodels.store.migrations"
MODELS_CHANNEL = "renkei_models"
"""Where it is notified that what tenants ask has changed."""

_LOCK = 0x6D6F64  # changes are numbered in the order in which they are committed
_COLUMNS = "tenant, type, validation, gaps, is_dropped, change, set_by, set_at"
_CHANGED = f"SELECT {_COLUMNS} FROM adopted_model WHERE change > $1 ORDER BY change"  # noqa: S608 — ours
_OF = f"""
SELECT {_COLUMNS} FROM adopted_model
WHERE tenant = $1 AND NOT is_dropped ORDER BY type"""  # noqa: S608 — likewise
_PUT = """
INSERT INTO adopted_model (tenant, type, validation, gaps, is_dropped, change, set_by, set_at)
VALUES ($1, $2, $3, $4, $5, nextval('adopted_model_change'), $6, $7)
ON CONFLICT (tenant, type) DO UPDATE
SET validation = excluded.validation, gaps = excluded.gaps, is_dropped = excluded.is_dropped,
    change = excluded.change, set_by = excluded.set_by, set_at = excluded.set_at"""
_NOTE = """
INSERT INTO model_finding AS f
    (tenant, type, place, is_refused, count, last_ja, last_en, last_at)
SELECT t, ty, p, r, c, ja, en, $8
FROM unnest($1::int[], $2::text[], $3::text[], $4::bool[], $5::bigint[], $6::text[], $7::text[])
    AS row (t, ty, p, r, c, ja, en) ORDER BY 1, 2, 3, 4
ON CONFLICT (tenant, type, place, is_refused) DO UPDATE
SET count = f.count + excluded.count, last_ja = excluded.last_ja, last_en = excluded.last_en,
    last_at = excluded.last_at"""
_FOUND = """
SELECT type, place, is_refused, count, last_ja, last_en, last_at FROM model_finding
WHERE tenant = $1 ORDER BY count DESC, type, place LIMIT 1000"""


class AdoptionStore:
    """Reads and writes what tenants ask.

    Args:
        databases: the process's connections.
        control: the control database.
    """

    def __init__(self, databases: Databases, control: Database) -> None:
        self._databases = databases
        self._control = control

    async def changed_since(self, change: int) -> Sequence[Adoption]:
        """Read what was set after a change, in order."""
        async with self._databases.connection(self._control) as connection:
            return [_adoption(row) for row in await connection.fetch(_CHANGED, change)]

    async def of(self, tenant: int) -> Sequence[Adoption]:
        """Read what a tenant has adopted, by type."""
        async with self._databases.connection(self._control) as connection:
            return [_adoption(row) for row in await connection.fetch(_OF, tenant)]

    async def put(self, adoption: Adoption) -> None:
        """Set what a tenant asks of a type; every process hears of it."""
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            await connection.execute(
                _PUT,
                adoption.tenant,
                adoption.type,
                adoption.validation.value,
                adoption.gaps,
                adoption.is_dropped,
                adoption.set_by,
                adoption.set_at,
            )
            await connection.execute("SELECT pg_notify($1, '')", MODELS_CHANNEL)

    async def note(self, noted: Sequence[Noted], at: datetime) -> None:
        """Add to the counts of what was found."""
        async with self._databases.connection(self._control) as connection:
            await connection.execute(
                _NOTE,
                [one.tenant for one in noted],
                [one.type for one in noted],
                [one.place for one in noted],
                [one.is_refused for one in noted],
                [one.count for one in noted],
                [one.last.ja for one in noted],
                [one.last.en for one in noted],
                at,
            )

    async def found(self, tenant: int) -> Sequence[Found]:
        """Read what was found in what a tenant wrote, the most frequent first."""
        async with self._databases.connection(self._control) as connection:
            rows = await connection.fetch(_FOUND, tenant)
        return [
            Found(
                type=row["type"],
                place=row["place"],
                is_refused=row["is_refused"],
                count=row["count"],
                last=Words(row["last_ja"], row["last_en"]),
                last_at=row["last_at"],
            )
            for row in rows
        ]


def _adoption(row: asyncpg.Record) -> Adoption:
    return Adoption(**{**dict(row), "validation": Validation(row["validation"])})
