"""Rows of entries, read and written."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast

import asyncpg
import orjson

from api_catalog.catalog.ckan import identifier
from api_catalog.catalog.entry import Entry
from api_catalog.catalog.entry_document import document_of, entry_of
from api_catalog.catalog.listed import Facts, Publisher
from api_catalog.catalog.search import grams, searched_text
from api_catalog.ports import Kept
from api_catalog.store.facets import facets_of
from kit.json import JsonObject, JsonValue


def kept_of(row: asyncpg.Record) -> Kept:
    """Read a row."""
    return Kept(
        entry=entry_in(row),
        facts=None if row["facts"] is None else facts_in(orjson.loads(row["facts"])),
        is_made_here=row["made_here"],
        typed=frozenset(row["typed"]),
        created_at=row["created_at"],
        modified_at=row["modified_at"],
    )


def entry_in(row: asyncpg.Record) -> Entry:
    """Read the entry of a row, or of a version of it."""
    document = cast(JsonObject, orjson.loads(row["document"]))
    modified = document.get("modifiedAt")
    return replace(
        entry_of(document),
        version=row["version"],
        modified_at=None if modified is None else datetime.fromisoformat(str(modified)),
    )


def values_of(entry: Entry, publisher: Publisher, at: datetime) -> Sequence[object]:
    """Answer with what is written of an entry, in the order of the statements' parameters."""
    searched = searched_text(entry, f"{publisher.name.ja}\n{publisher.name.en}")
    return (
        entry.key,
        entry.kind.value,
        entry.owner,
        entry.tenant,
        entry.state.lifecycle.value,
        entry.visibility.value,
        entry.version,
        orjson.dumps(document_of(entry)).decode(),
        searched,
        sorted(grams(searched)),
        orjson.dumps(facets_of(entry)).decode(),
        at,
        identifier("package", entry.key),
    )


def facts_in(document: JsonValue) -> Facts:
    """Read facts."""
    told = cast(JsonObject, document)
    extent = cast("list[float] | None", told.get("extent"))
    return Facts(
        entities=cast(int, told["entities"]),
        extent=None if extent is None else (extent[0], extent[1], extent[2], extent[3]),
        changed_at=_instant(told.get("changedAt")),
        attributes=tuple(cast("list[str]", told.get("attributes", []))),
        looked_at=_instant(told.get("lookedAt")),
    )


def facts_text(facts: Facts | None) -> str | None:
    """Write facts as they are kept."""
    if facts is None:
        return None
    return orjson.dumps(
        {
            "entities": facts.entities,
            "extent": facts.extent,
            "changedAt": facts.changed_at,
            "attributes": facts.attributes,
            "lookedAt": facts.looked_at,
        }
    ).decode()


def _instant(value: JsonValue) -> datetime | None:
    return None if value is None else datetime.fromisoformat(str(value))
