"""The attribute profile in the control database; satisfies the port `ProfileShelf`."""

from datetime import datetime
from typing import cast

import asyncpg
import orjson

from joint_use.profile_ports import ProfileVersion
from joint_use.terms.profile import Profile
from joint_use.terms.profile_document import document_of, profile_of
from kit.db import Database, Databases
from kit.json import JsonValue

_LATEST = """
SELECT version, document::text, set_by, set_at FROM profile ORDER BY version DESC LIMIT 1"""
# Who enters the profile at the same time waits: versions have no gaps and no twins.
_ALONE = "SELECT pg_advisory_xact_lock(hashtext('renkei.profile'))"
_ADD = """
INSERT INTO profile (version, document, set_by, set_at)
SELECT coalesce(max(version), 0) + 1, $1::text::jsonb, $2, $3 FROM profile
RETURNING version, document::text, set_by, set_at"""


class ProfileStore:
    """Each version of the platform's profile.

    Args:
        databases: the process's connections.
        control: the control database.
    """

    def __init__(self, databases: Databases, control: Database) -> None:
        self._databases = databases
        self._control = control

    async def latest(self) -> ProfileVersion | None:
        """Answer with the profile that holds; None: none was entered yet."""
        async with self._databases.connection(self._control) as connection:
            row = await connection.fetchrow(_LATEST)
        return None if row is None else _version_of(row)

    async def add(self, profile: Profile, *, by: str, at: datetime) -> ProfileVersion:
        """Enter a profile as the next version."""
        document = orjson.dumps(document_of(profile)).decode()
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            await connection.execute(_ALONE)
            row = await connection.fetchrow(_ADD, document, by, at)
        return _version_of(cast(asyncpg.Record, row))


def _version_of(row: asyncpg.Record) -> ProfileVersion:
    document = cast(JsonValue, orjson.loads(row["document"]))
    return ProfileVersion(
        version=row["version"], profile=profile_of(document), by=row["set_by"], at=row["set_at"]
    )
