"""Entity rows: read into Entities, and written in groups."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import asyncpg
import orjson

from broker.ngsi.entity import Attributes, Entity
from broker.ngsi.names import EntityId, Iri
from broker.store.kinds import Kinds
from broker.store.together import Together
from kit.db import Connection

_SOURCE = """
SELECT $1, id, kind, created_at, modified_at, expires_at, string_to_array(scopes, ','),
       document::jsonb
FROM unnest($2::text[], $3::int[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[],
            $7::text[], $8::text[])
    AS row (id, kind, created_at, modified_at, expires_at, scopes, document)"""
_INTO = """
INSERT INTO entity (tenant, id, kind, created_at, modified_at, expires_at, scopes, document)"""
INSERT = f"{_INTO}{_SOURCE} RETURNING id, created_at, document"
UPDATE = f"""{_INTO}{_SOURCE}
ON CONFLICT (tenant, id) DO UPDATE
SET kind = excluded.kind, created_at = excluded.created_at, modified_at = excluded.modified_at,
    expires_at = excluded.expires_at, scopes = excluded.scopes, document = excluded.document"""
DELETE = "DELETE FROM entity WHERE tenant = $1 AND id = ANY ($2)"

INSERTED = "inserted"
"""What the rows that an insert returns are called, for statements that are sent with it."""

_Row = tuple[str, int, datetime, datetime, datetime | None, str | None, str]


@dataclass(frozen=True, slots=True)
class Serialized:
    """The attributes of a command as JSON: what a creation stores, and its size in bytes."""

    attributes: Attributes
    json: str
    size: int


def entity_of(row: asyncpg.Record, types: tuple[Iri, ...]) -> Entity:
    """Read a row of entity, its kind looked up."""
    return Entity(
        id=EntityId(row["id"]),
        types=types,
        attributes=cast("Attributes", orjson.loads(row["document"])),
        created_at=row["created_at"],
        modified_at=row["modified_at"],
        scopes=tuple(row["scopes"] or ()),
        expires_at=row["expires_at"],
    )


async def write_rows(
    connection: Connection,
    together: Together,
    tenant: int,
    states: Mapping[EntityId, tuple[Entity | None, Entity | None]],
    kinds: Kinds,
    serialized: Mapping[EntityId, Serialized],
) -> Mapping[tuple[Iri, ...], int]:
    """Insert, update and delete what changed; answer with the kinds used, for after the commit.

    An insert fails where another process was first; an update writes a row that is locked. Both are
    gathered, the rows of the insert as `inserted`.
    """
    written = [after for _, after in states.values() if after is not None]
    numbers = await kinds.numbers(connection, tenant, {entity.types for entity in written})
    inserted: list[_Row] = []
    updated: list[_Row] = []
    deleted: list[str] = []
    for entity_id, (before, after) in states.items():
        if after is None:
            deleted.append(entity_id)
        else:
            row = _row(after, numbers[after.types], serialized.get(entity_id))
            (inserted if before is None else updated).append(row)
    if inserted:
        together.add(INSERTED, INSERT, tenant, *columns(inserted))
    if updated:
        together.add("updated", UPDATE, tenant, *columns(updated))
    if deleted:
        await connection.execute(DELETE, tenant, deleted)
    return numbers


def columns(rows: Iterable[tuple[object, ...]]) -> Iterable[list[object]]:
    """Turn rows into columns, as unnest takes them."""
    return map(list, zip(*rows, strict=True))


def _row(entity: Entity, kind: int, serialized: Serialized | None) -> _Row:
    is_fresh = serialized is not None and serialized.attributes is entity.attributes
    document = (
        serialized.json
        if serialized is not None and is_fresh
        else orjson.dumps(entity.attributes).decode()
    )
    return (
        entity.id,
        kind,
        entity.created_at,
        entity.modified_at,
        entity.expires_at,
        ",".join(entity.scopes) or None,
        document,
    )
