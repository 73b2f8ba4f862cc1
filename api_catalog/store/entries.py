"""The entries in the control database: all of their SQL; satisfies the port `EntryShelf`."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast

import asyncpg
import orjson

from api_catalog.catalog.ckan import identifier
from api_catalog.catalog.entry import Entry, Reader
from api_catalog.catalog.entry_document import document_of, entry_of
from api_catalog.catalog.errors import EntryChanged, EntryExists
from api_catalog.catalog.listed import Facts, Publisher
from api_catalog.catalog.search import Facet, Search, grams, needed_grams, searched_text
from api_catalog.ports import Kept, KeptPage, Part, Version
from api_catalog.store import entries_sql as sql
from api_catalog.store.facets import facets_of
from kit.db import Database, Databases
from kit.json import JsonObject, JsonValue

MIGRATIONS = "api_catalog.store.migrations"

_ADD = """
INSERT INTO catalog_entry (key, kind, owner, tenant, lifecycle, visibility, version, document,
                           searched, grams, facets, created_at, modified_at, package)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text::jsonb, $9, $10, $11::text::jsonb, $12, $12, $13)
ON CONFLICT (key) DO NOTHING RETURNING key"""
_REPLACE = """
UPDATE catalog_entry
SET kind = $2, owner = $3, tenant = $4, lifecycle = $5, visibility = $6, version = $7,
    document = $8::text::jsonb, searched = $9, grams = $10, facets = $11::text::jsonb,
    modified_at = $12
WHERE key = $1 AND package = $13 AND version = $7 - 1 RETURNING key"""
_NOTE = """
INSERT INTO catalog_version (key, version, document, by, at)
VALUES ($1, $2, $3::text::jsonb, $4, $5)"""
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

    async def find(self, key: str) -> Kept | None:
        """Read one."""
        async with self._databases.connection(self._control) as connection:
            row = await connection.fetchrow(sql.FIND, key)
        return None if row is None else _kept(row)

    async def key_of(self, package: str) -> str | None:
        """Answer with the key that CKAN's id of a package stands for."""
        async with self._databases.connection(self._control) as connection:
            key: str | None = await connection.fetchval(sql.KEY_OF, package)
        return key

    async def search(
        self, reader: Reader, search: Search, part: Part, facets: Collection[Facet] = ()
    ) -> KeptPage:
        """Read those that a reader may see and that match, in the order of the part."""
        matching = _matching(reader, search)
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            page = sql.NEWEST if part.newest_first else sql.PAGE
            rows = await connection.fetch(page, *matching, part.after, part.limit, part.offset)
            total: int = await connection.fetchval(sql.TOTAL, *matching)
            counted = []
            if facets:
                names = [one.value for one in facets]
                counted = await connection.fetch(sql.FACETS, *matching, names)
        counts: dict[Facet, dict[str, int]] = {one: {} for one in facets}
        for row in counted:
            counts[Facet(row["key"])][row["value"]] = row["entries"]
        return KeptPage(kept=[_kept(row) for row in rows], total=total, facets=counts)

    async def add(self, entry: Entry, publisher: Publisher, *, by: str, at: datetime) -> Kept:
        """Keep a new one, as version 1.

        Raises:
            EntryExists: its key is taken.
        """
        first = replace(entry, version=1, modified_at=at)
        if not await self._write(_ADD, first, publisher, by, at):
            raise EntryExists(
                f"Entry {entry.key} exists already",
                detail_ja=f"{entry.key} は既に登録されています。",
                where="key",
            )
        return Kept(entry=first, created_at=at, modified_at=at)

    async def replace(self, entry: Entry, publisher: Publisher, *, by: str, at: datetime) -> Kept:
        """Keep one as the next version; its own version says over which.

        Raises:
            EntryChanged: that is not the latest.
        """
        following = replace(entry, version=entry.version + 1, modified_at=at)
        if not await self._write(_REPLACE, following, publisher, by, at):
            raise EntryChanged(
                f"Entry {entry.key} is not at version {entry.version} any more; read it again",
                detail_ja=f"{entry.key} は他の利用者が更新しました。読み直してください。",
                where="version",
            )
        kept = await self.find(entry.key)
        return cast(Kept, kept)

    async def versions(self, key: str) -> Sequence[Version]:
        """Read every version of one, the latest first."""
        async with self._databases.connection(self._control) as connection:
            rows = await connection.fetch(_VERSIONS, key)
        return [Version(entry=_entry(row), by=row["by"], at=row["at"]) for row in rows]

    async def _write(
        self, statement: str, entry: Entry, publisher: Publisher, by: str, at: datetime
    ) -> bool:
        document = orjson.dumps(document_of(entry)).decode()
        names = f"{publisher.name.ja}\n{publisher.name.en}"
        searched = searched_text(entry, names)
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            written = await connection.fetchval(
                statement,
                entry.key,
                entry.kind.value,
                entry.owner,
                entry.tenant,
                entry.state.lifecycle.value,
                entry.visibility.value,
                entry.version,
                document,
                searched,
                sorted(grams(searched)),
                orjson.dumps(facets_of(entry)).decode(),
                at,
                identifier("package", entry.key),
            )
            if written is not None:
                await connection.execute(_NOTE, entry.key, entry.version, document, by, at)
        return written is not None


def _matching(reader: Reader, search: Search) -> tuple[object, ...]:
    """Answer with the values that the conditions are bound to."""
    chosen: JsonObject = {facet.value: [value] for facet, value in search.chosen.items()}
    needed: set[str] = set()
    for word in search.words:
        needed |= needed_grams(word)
    return (
        reader.organisations is None,
        sorted(reader.organisations or ()),
        reader.is_member,
        sorted(needed),
        orjson.dumps(chosen).decode(),
        list(search.words),
    )


def _kept(row: asyncpg.Record) -> Kept:
    return Kept(
        entry=_entry(row),
        facts=None if row["facts"] is None else _facts(orjson.loads(row["facts"])),
        is_made_here=row["made_here"],
        created_at=row["created_at"],
        modified_at=row["modified_at"],
    )


def _entry(row: asyncpg.Record) -> Entry:
    document = cast(JsonObject, orjson.loads(row["document"]))
    modified = document.get("modifiedAt")
    return replace(
        entry_of(document),
        version=row["version"],
        modified_at=None if modified is None else datetime.fromisoformat(str(modified)),
    )


def _facts(document: JsonValue) -> Facts:
    told = cast(JsonObject, document)
    extent = cast("list[float] | None", told.get("extent"))
    changed = told.get("changedAt")
    return Facts(
        entities=cast(int, told["entities"]),
        extent=None if extent is None else (extent[0], extent[1], extent[2], extent[3]),
        changed_at=None if changed is None else datetime.fromisoformat(str(changed)),
    )
