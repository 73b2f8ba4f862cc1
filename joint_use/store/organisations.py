"""Municipalities and organisations in the control database: all of their SQL."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from joint_use.terms.errors import OrganisationUnknown
from joint_use.terms.organisation import (
    Contact,
    Municipality,
    Organisation,
    OrganisationEvent,
    OrganisationKind,
    OrganisationStep,
)
from kit.db import Connection, Database, Databases

_PUT_MUNICIPALITY = """
INSERT INTO municipality (code, name_ja, name_en, changed_by, changed_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (code) DO UPDATE SET name_ja = excluded.name_ja, name_en = excluded.name_en,
    changed_by = excluded.changed_by, changed_at = excluded.changed_at
WHERE (municipality.name_ja, municipality.name_en) <> (excluded.name_ja, excluded.name_en)"""
_MUNICIPALITIES = "SELECT code, name_ja, name_en FROM municipality ORDER BY code"
_COLUMNS = """
SELECT name, municipality_code, kind, name_ja, name_en, contact_name, contact_email, contact_phone
FROM organisation"""
_FIND = _COLUMNS + " WHERE name = $1"
_PAGE = (
    _COLUMNS + " WHERE $1::text IS NULL OR municipality_code = $1 ORDER BY municipality_code, name"
)
_INSERT = """
INSERT INTO organisation (name, municipality_code, kind, name_ja, name_en,
    contact_name, contact_email, contact_phone, changed_by, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (name) DO NOTHING RETURNING name"""
_UPDATE = """
UPDATE organisation SET kind = $3, name_ja = $4, name_en = $5, contact_name = $6,
    contact_email = $7, contact_phone = $8, changed_by = $9, changed_at = $10
WHERE name = $1 AND municipality_code = $2 RETURNING name"""
_NOTE = """
INSERT INTO organisation_event (organisation, step, by, at)
SELECT name, $2, $3, $4 FROM unnest($1::text[]) AS name"""
_EVENTS = "SELECT step, by, at FROM organisation_event WHERE organisation = $1 ORDER BY number"


class OrganisationStore:
    """Municipalities and organisations; satisfies `OrganisationRegistry`.

    Args:
        databases: the process's connections.
        control: the control database.
    """

    def __init__(self, databases: Databases, control: Database) -> None:
        self._databases = databases
        self._control = control

    async def put_municipality(self, municipality: Municipality, *, by: str, at: datetime) -> None:
        """Register a municipality, or give it other names."""
        async with self._databases.connection(self._control) as connection:
            await connection.execute(
                _PUT_MUNICIPALITY,
                municipality.code,
                municipality.name_ja,
                municipality.name_en,
                by,
                at,
            )

    async def municipalities(self) -> Sequence[Municipality]:
        """Read the municipalities that take part, in order of code."""
        async with self._databases.connection(self._control) as connection:
            rows = await connection.fetch(_MUNICIPALITIES)
        return [
            Municipality(code=row["code"], name_ja=row["name_ja"], name_en=row["name_en"])
            for row in rows
        ]

    async def find(self, name: str) -> Organisation | None:
        """Read the organisation of a name."""
        async with self._databases.connection(self._control) as connection:
            row = await connection.fetchrow(_FIND, name)
        return None if row is None else _organisation(row)

    async def page(self, *, municipality: str | None) -> Sequence[Organisation]:
        """Read organisations by municipality and name: all, or those of one municipality."""
        async with self._databases.connection(self._control) as connection:
            return [_organisation(row) for row in await connection.fetch(_PAGE, municipality)]

    async def create(self, organisation: Organisation, *, by: str, at: datetime) -> Organisation:
        """Write an organisation down where its name is free; answers with who has the name.

        Raises:
            OrganisationUnknown: its municipality is not registered.
        """
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            try:
                created = await connection.fetchval(_INSERT, *_values(organisation), by, at)
            except asyncpg.ForeignKeyViolationError as error:
                code = organisation.municipality_code
                raise OrganisationUnknown(
                    f"Municipality {code} is not registered; register it first",
                    detail_ja=f"団体コード {code} の自治体が登録されていません。",
                    where="municipality_code",
                ) from error
            if created is not None:
                await _note(connection, [organisation.name], OrganisationStep.CREATED, by, at)
            row = await connection.fetchrow(_FIND, organisation.name)
        return organisation if row is None else _organisation(row)

    async def change(self, organisation: Organisation, *, by: str, at: datetime) -> bool:
        """Write an organisation anew; False: there is none of this name in this municipality."""
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            changed = await connection.fetchval(_UPDATE, *_values(organisation), by, at)
            if changed is not None:
                await _note(connection, [organisation.name], OrganisationStep.CHANGED, by, at)
            return changed is not None

    async def note(
        self, names: Sequence[str], step: OrganisationStep, *, by: str, at: datetime
    ) -> None:
        """Write down what was done to organisations."""
        async with self._databases.connection(self._control) as connection:
            await _note(connection, names, step, by, at)

    async def events(self, name: str) -> Sequence[OrganisationEvent]:
        """Read what was done to an organisation, the oldest first."""
        async with self._databases.connection(self._control) as connection:
            rows = await connection.fetch(_EVENTS, name)
        return [
            OrganisationEvent(step=OrganisationStep(row["step"]), by=row["by"], at=row["at"])
            for row in rows
        ]


async def _note(
    connection: Connection, names: Sequence[str], step: OrganisationStep, by: str, at: datetime
) -> None:
    await connection.execute(_NOTE, list(names), step.value, by, at)


def _values(organisation: Organisation) -> tuple[str, ...]:
    contact = organisation.contact
    return (
        organisation.name,
        organisation.municipality_code,
        organisation.kind.value,
        organisation.name_ja,
        organisation.name_en,
        contact.name,
        contact.email,
        contact.phone,
    )


def _organisation(row: asyncpg.Record) -> Organisation:
    return Organisation(
        name=row["name"],
        municipality_code=row["municipality_code"],
        kind=OrganisationKind(row["kind"]),
        name_ja=row["name_ja"],
        name_en=row["name_en"],
        contact=Contact(
            name=row["contact_name"], email=row["contact_email"], phone=row["contact_phone"]
        ),
    )
