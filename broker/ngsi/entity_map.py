"""EntityMap: the entities that a sequence of requests is about, fixed by the first (§5.2.39)."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NewType
from urllib.parse import unquote

import orjson

from broker.ngsi.durations import parse_duration
from broker.ngsi.entity import Entity
from broker.ngsi.errors import BadRequestData
from broker.ngsi.matching import selects
from broker.ngsi.names import EntityId
from broker.ngsi.patterns import found_in
from broker.ngsi.queries import EntityFilter, EntitySelector
from broker.ngsi.query_request import QueryRequest
from broker.ngsi.values import format_instant, parse_instant
from kit.json import JsonObject, JsonValue

EntityMapId = NewType("EntityMapId", str)
"""The id of an EntityMap: a URI."""

LOCAL = "@none"
"""Stands for this broker in the list of an Entity's sources."""

_MEMBERS = frozenset({"id", "type", "expiresAt", "entityMap", "linkedMaps"})


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityMap:
    """One map.

    Args:
        members: in the order of the query that made the map. Where None stands, an Entity was
            removed: the others keep their places, so that who pages through misses none.
        question: what the query asked but for ids and the page, as `question_of` writes it.
    """

    id: EntityMapId
    members: tuple[EntityId | None, ...]
    question: str
    expires_at: datetime

    @property
    def ids(self) -> list[EntityId]:
        """The Entities that are in the map still."""
        return [member for member in self.members if member is not None]

    def before(self, place: int, count: int) -> int:
        """Give the place from which on `count` members are there before `place`, or the first."""
        there = [at for at, member in enumerate(self.members[:place]) if member is not None]
        return there[-count] if 0 < count <= len(there) else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MapBounds:
    """What an operator allows of entity maps.

    Args:
        members: most Entities in one map.
        lifetime: of a map for which no client suggests one.
        longest: no map lives longer from now on, whatever is suggested.
    """

    members: int = 10_000
    lifetime: timedelta = timedelta(hours=1)
    longest: timedelta = timedelta(days=1)


def map_document(entity_map: EntityMap) -> JsonObject:
    """Write a map; every Entity of it is here.

    Spec: CIM 009 §5.2.39 (§4.5.25 says expiredBy; table and core @context say expiresAt)
    """
    return {
        "id": entity_map.id,
        "type": "EntityMap",
        "expiresAt": format_instant(entity_map.expires_at),
        "entityMap": {entity_id: [LOCAL] for entity_id in entity_map.ids},
        "linkedMaps": {},
    }


def map_id_of(reference: str) -> EntityMapId:
    """Read which map the header NGSILD-EntityMap means: a URL or path of it, or its id alone.

    >>> map_id_of("/ngsi-ld/v1/entityMaps/urn%3Angsi-ld%3AEntityMap%3A1")
    'urn:ngsi-ld:EntityMap:1'
    """
    return EntityMapId(unquote(reference.strip().rpartition("/")[2]))


def map_expiry(suggested: str | None, bounds: MapBounds, now: datetime) -> datetime:
    """Set when a new map expires, taking a suggested lifetime into account.

    Spec: CIM 009 §5.5.14
    Raises:
        BadRequestData: the suggestion is no duration.
    """
    if suggested is None:
        return now + min(bounds.lifetime, bounds.longest)
    return now + min(parse_duration(suggested, where="entityMapLifetime"), bounds.longest)


def updated_expiry(fragment: JsonObject, bounds: MapBounds, now: datetime) -> datetime | None:
    """Read what an update makes of a map's expiry, the only member that changes; None: nothing.

    Spec: CIM 009 §5.14.2.4, §5.5.14
    Raises:
        BadRequestData: a member is unknown, or expiresAt is no DateTime.
    """
    for member in fragment:
        if member not in _MEMBERS:
            raise BadRequestData(f"An EntityMap has no member {member!r}", where=f"/{member}")
    if fragment.get("type", "EntityMap") != "EntityMap":
        raise BadRequestData("The fragment's type is not EntityMap", where="/type")
    if "expiresAt" not in fragment:
        return None
    expires_at = fragment["expiresAt"]
    if not isinstance(expires_at, str):
        raise BadRequestData("Member expiresAt is not a DateTime", where="/expiresAt")
    return min(parse_instant(expires_at, where="/expiresAt"), now + bounds.longest)


def question_of(request: QueryRequest, context: JsonValue) -> str:
    """Write what a query asks but for ids and the page: equal texts, equal questions.

    Spec: CIM 009 §5.5.14 (follow-up requests use the same parameters except those)
    """
    asked: list[JsonValue] = [
        [one.type for one in request.selecting],
        list(request.attrs),
        request.q,
        repr(request.geo),
        request.scope_q,
        list(request.expand_values),
        list(request.json_keys),
        repr(request.order),
        context,
    ]
    return hashlib.sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)).hexdigest()


def candidates_only(wanted: EntityFilter) -> EntityFilter:
    """Give the filter by which candidates are found where Entities may be split (§5.14.4.4)."""
    return EntityFilter(selectors=wanted.selectors)


def among(wanted: EntityFilter, ids: Iterable[EntityId]) -> EntityFilter:
    """Give the same filter with these ids in the place of any ids and patterns it has."""
    given = tuple(ids)
    selectors = wanted.selectors or (EntitySelector(),)
    return replace(
        wanted,
        selectors=tuple(replace(each, ids=given, id_pattern=None) for each in selectors),
    )


def narrowed(wanted: EntityFilter, ids: Sequence[EntityId]) -> EntityFilter | None:
    """Give the filter that means the same, but of these entities alone; None: none can match."""
    selectors = []
    for each in wanted.selectors or (EntitySelector(),):
        meant = tuple(one for one in ids if _means(each, one))
        if meant:
            selectors.append(replace(each, ids=meant, id_pattern=None))
    return replace(wanted, selectors=tuple(selectors)) if selectors else None


def _means(selector: EntitySelector, entity_id: EntityId) -> bool:
    if selector.ids:
        return entity_id in selector.ids
    return selector.id_pattern is None or found_in(selector.id_pattern, entity_id)


def is_selected(wanted: EntityFilter, entity: Entity) -> bool:
    """Tell whether the filter's selectors mean an Entity, ids and patterns included."""
    return not wanted.selectors or any(selects(each, entity) for each in wanted.selectors)
