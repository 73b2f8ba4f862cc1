"""The entries in the control database: all of their SQL; satisfies the port `EntryShelf`."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast

import orjson

from api_catalog.catalog.entry import Entry, Reader
from api_catalog.catalog.entry_document import document_of
from api_catalog.catalog.errors import EntryChanged, EntryExists
from api_catalog.catalog.listed import Facts, Publisher
from api_catalog.catalog.search import EVERY_VALUE, Facet, Search
from api_catalog.ports import Kept, KeptPage, Part, Version
from api_catalog.store import entries_sql as sql
from api_catalog.store.finding import Finding, Question
from api_catalog.store.rows import entry_in, facts_text, kept_of, values_of
from kit.db import Database, Databases

MIGRATIONS = "api_catalog.store.migrations"

_ADD = """
INSERT INTO catalog_entry (key, kind, owner, tenant, lifecycle, visibility, version, document,
                           searched, grams, facets, created_at, modified_at, package, made_here,
                           facts)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text::jsonb, $9, $10, $11::text::jsonb, $12, $12, $13, $14,
        $15::text::jsonb)
ON CONFLICT (key) DO NOTHING RETURNING key"""
_REPLACE = """
UPDATE catalog_entry
SET kind = $2, owner = $3, tenant = $4, lifecycle = $5, visibility = $6, version = $7,
    document = $8::text::jsonb, searched = $9, grams = $10, facets = $11::text::jsonb,
    modified_at = $12, typed = $14
WHERE key = $1 AND package = $13 AND version = $7 - 1 RETURNING key"""
_NOTE = """
INSERT INTO catalog_version (key, version, document, by, at)
VALUES ($1, $2, $3::text::jsonb, $4, $5)"""
_FACTS = """
UPDATE catalog_entry
SET facts = $2::text::jsonb, modified_at = greatest(modified_at, $3) WHERE key = $1"""
_VERSIONS = """
SELECT document::text, version, by, at FROM catalog_version WHERE key = $1 ORDER BY version DESC"""


class EntryStore:
    """The entries and each version of them.

    Args:
        databases: the process's connections.
        control: the control database.
    """

    def __init__(self, databases: Databases, control: Database) -> None:
        self._databases = databases
        self._control = control
        self._finding = Finding()

    async def find(self, key: str) -> Kept | None:
        """Read one."""
        async with self._databases.connection(self._control) as connection:
            row = await connection.fetchrow(sql.FIND, key)
        return None if row is None else kept_of(row)

    async def key_of(self, package: str) -> str | None:
        """Answer with the key that CKAN's id of a package stands for."""
        async with self._databases.connection(self._control) as connection:
            key: str | None = await connection.fetchval(sql.KEY_OF, package)
        return key

    async def search(
        self,
        reader: Reader,
        search: Search,
        part: Part,
        facets: Collection[Facet] = (),
        *,
        most_values: int = EVERY_VALUE,
    ) -> KeptPage:
        """Read those that a reader may see and that match, in the order of the part."""
        question = Question(reader, search, part, facets, most_values)
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            counts, keys = await self._finding.find(connection, question)
            rows = {row["key"]: row for row in await connection.fetch(sql.LISTED, keys)}
        kept = [kept_of(rows[key]) for key in keys if key in rows]
        return KeptPage(kept=kept, total=counts.total, facets=counts.by_facet)

    async def made_of(self, tenant: str | None) -> Sequence[Kept]:
        """Read what is made from what a tenant holds; None: of the platform itself."""
        async with self._databases.connection(self._control) as connection:
            if tenant is None:
                rows = await connection.fetch(sql.MADE_OF_PLATFORM)
            else:
                rows = await connection.fetch(sql.MADE_OF, tenant)
        return [kept_of(row) for row in rows]

    async def mark_of(self, tenant: str) -> str:
        """Tell of what is made of a tenant: another text once anything of it was written."""
        async with self._databases.connection(self._control) as connection:
            mark: str = await connection.fetchval(sql.MARK_OF, tenant)
        return mark

    async def add(
        self,
        entry: Entry,
        publisher: Publisher,
        *,
        by: str,
        at: datetime,
        is_made_here: bool = False,
        facts: Facts | None = None,
    ) -> Kept:
        """Keep a new one, as version 1.

        Raises:
            EntryExists: its key is taken.
        """
        first = replace(entry, version=1, modified_at=at)
        more = (is_made_here, facts_text(facts))
        if not await self._write(_ADD, first, publisher, by, at, *more):
            raise EntryExists(
                f"Entry {entry.key} exists already",
                detail_ja=f"{entry.key} は既に登録されています。",
                where="key",
            )
        return Kept(
            entry=first, created_at=at, modified_at=at, facts=facts, is_made_here=is_made_here
        )

    async def replace(
        self,
        entry: Entry,
        publisher: Publisher,
        *,
        by: str,
        at: datetime,
        typed: Collection[str] = (),
    ) -> Kept:
        """Keep one as the next version; its own version says over which.

        Raises:
            EntryChanged: that is not the latest.
        """
        following = replace(entry, version=entry.version + 1, modified_at=at)
        if not await self._write(_REPLACE, following, publisher, by, at, sorted(typed)):
            raise EntryChanged(
                f"Entry {entry.key} is not at version {entry.version} any more; read it again",
                detail_ja=f"{entry.key} は他の利用者が更新しました。読み直してください。",
                where="version",
            )
        kept = await self.find(entry.key)
        return cast(Kept, kept)

    async def note(self, key: str, facts: Facts) -> None:
        """Keep what is known of a dataset by looking at the data."""
        async with self._databases.connection(self._control) as connection:
            await connection.execute(_FACTS, key, facts_text(facts), facts.changed_at)

    async def versions(self, key: str) -> Sequence[Version]:
        """Read every version of one, the latest first."""
        async with self._databases.connection(self._control) as connection:
            rows = await connection.fetch(_VERSIONS, key)
        return [Version(entry=entry_in(row), by=row["by"], at=row["at"]) for row in rows]

    async def _write(
        self,
        statement: str,
        entry: Entry,
        publisher: Publisher,
        by: str,
        at: datetime,
        *more: object,
    ) -> bool:
        values = values_of(entry, publisher, at)
        document = orjson.dumps(document_of(entry)).decode()
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            written = await connection.fetchval(statement, *values, *more)
            if written is not None:
                await connection.execute(_NOTE, entry.key, entry.version, document, by, at)
        return written is not None
