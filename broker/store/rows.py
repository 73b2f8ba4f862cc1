"""Entity rows: read into Entities, and written in groups."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar, cast

import asyncpg
import orjson

from broker.ngsi.entity import Attributes, Entity
from broker.ngsi.names import EntityId, Iri
from broker.store.inside import Inside
from broker.store.kinds import Kinds
from broker.store.together import Together

_SOURCE = """
SELECT entered(row.tenant), id, kind, created_at, modified_at, expires_at,
       string_to_array(scopes, ','), document::jsonb
FROM unnest($1::int[], $2::text[], $3::int[], $4::timestamptz[], $5::timestamptz[],
            $6::timestamptz[], $7::text[], $8::text[])
    AS row (tenant, id, kind, created_at, modified_at, expires_at, scopes, document)"""
_INTO = """
INSERT INTO entity (tenant, id, kind, created_at, modified_at, expires_at, scopes, document)"""
INSERT = f"{_INTO}{_SOURCE} RETURNING tenant, id, created_at, document"
UPDATE = f"""{_INTO}{_SOURCE}
ON CONFLICT (tenant, id) DO UPDATE
SET kind = excluded.kind, created_at = excluded.created_at, modified_at = excluded.modified_at,
    expires_at = excluded.expires_at, scopes = excluded.scopes, document = excluded.document"""
DELETE = "DELETE FROM entity WHERE tenant = $1 AND id = ANY ($2)"

INSERTED = "inserted"
"""What the rows that an insert returns are called, for statements that are sent with it."""

_T = TypeVar("_T")
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
    connection: Inside,
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
        together.add(INSERTED, INSERT, [tenant] * len(inserted), *columns(inserted))
    if updated:
        together.add("updated", UPDATE, [tenant] * len(updated), *columns(updated))
    if deleted:
        await connection.execute(DELETE, tenant, deleted)
    return numbers


def columns(rows: Iterable[tuple[object, ...]]) -> Iterable[list[object]]:
    """Turn rows into columns, as unnest takes them."""
    return map(list, zip(*rows, strict=True))


def spans(lists: Iterable[Sequence[_T]]) -> tuple[list[int], list[int], list[_T]]:
    """Lay lists end to end; answer with where each begins and ends, counted from 1, and all items.

    >>> spans([["a", "b"], [], ["c"]])
    ([1, 3, 3], [2, 2, 3], ['a', 'b', 'c'])
    """
    firsts: list[int] = []
    lasts: list[int] = []
    items: list[_T] = []
    for one in lists:
        firsts.append(len(items) + 1)
        items.extend(one)
        lasts.append(len(items))
    return firsts, lasts, items


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
