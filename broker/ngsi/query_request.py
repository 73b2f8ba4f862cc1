"""QueryRequest: what a query says, in its own short names, from the URL or a Query body (§5.2.23).

Both doors give the same request; `broker.ngsi.resolve` reads its languages with a @context.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import orjson

from broker.ngsi.errors import BadRequestData
from kit.json import JsonObject, JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Selecting:
    """One EntitySelector as given (§5.2.33)."""

    type: str | None = None
    ids: tuple[str, ...] = ()
    id_pattern: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GeoAsking:
    """The members of a geoquery as given (§5.2.13); coordinates as JSON text."""

    georel: str
    geometry: str
    coordinates: str
    geoproperty: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAsking:
    """How to order, as given (§5.2.43)."""

    order_by: tuple[str, ...]
    collation: str | None = None
    coordinates: str | None = None
    geometry: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinAsking:
    """Whether linked entities come along (§4.5.23): "inline" or "flat"; None: they do not."""

    mode: str | None = None
    level: int = 1
    contained_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryRequest:
    """A query in short names.

    Args:
        attrs, pick, omit: projection; the last two in its language (§4.21).
        form: normalized, concise, simplified or keyValues.
        geometry_property: in GeoJSON, the GeoProperty that is the geometry.
        local: the client asks for what is stored here only.
        split_entities: the client expects Entities whose attributes are spread over sources.
    """

    selecting: tuple[Selecting, ...] = ()
    attrs: tuple[str, ...] = ()
    pick: str | None = None
    omit: str | None = None
    q: str | None = None
    geo: GeoAsking | None = None
    scope_q: str | None = None
    csf: str | None = None
    dataset_ids: tuple[str, ...] = ()
    lang: str | None = None
    join: JoinAsking = JoinAsking()
    form: str = "normalized"
    sys_attrs: bool = False
    geometry_property: str | None = None
    order: OrderAsking | None = None
    expand_values: tuple[str, ...] = ()
    json_keys: tuple[str, ...] = ()
    local: bool = False
    entity_map: bool = False
    entity_map_lifetime: str | None = None
    split_entities: bool = False


_TEXTS: Mapping[str, str] = {
    "q": "q",
    "scopeQ": "scope_q",
    "csf": "csf",
    "lang": "lang",
    "entityMapLifetime": "entity_map_lifetime",
}
_MEMBERS = frozenset(
    {*_TEXTS, "type", "entities", "geoQ", "attrs", "pick", "omit", "datasetId", "expandValues"}
    | {"jsonKeys", "join", "joinLevel", "containedBy", "ordering", "entityMap", "splitEntities"}
)


def from_query(body: JsonObject, url: QueryRequest) -> QueryRequest:
    """Read a Query document.

    Args:
        body: the document.
        url: what the URL says beside it: form, sysAttrs, geometryProperty, local.

    Spec: CIM 009 §5.2.23
    Raises:
        BadRequestData: a member is unknown, empty or of another JSON type.
    """
    if body.get("type") != "Query":
        raise BadRequestData("The body's type is not Query", where="/type")
    for member in body:
        if member not in _MEMBERS:
            raise BadRequestData(f"A Query has no member {member!r}", where=f"/{member}")
    texts = {name: _text(body, member) for member, name in _TEXTS.items() if member in body}
    return QueryRequest(
        selecting=_selecting(body),
        attrs=_list(body, "attrs"),
        pick=_projection(body, "pick"),
        omit=_projection(body, "omit"),
        geo=_geo(body),
        dataset_ids=_list(body, "datasetId"),
        join=_join(body),
        order=_order(body),
        expand_values=_names(body, "expandValues"),
        json_keys=_names(body, "jsonKeys"),
        form=url.form,
        sys_attrs=url.sys_attrs,
        geometry_property=url.geometry_property,
        local=url.local,
        entity_map=url.entity_map or _boolean(body, "entityMap"),
        split_entities=_boolean(body, "splitEntities"),
        **texts,
    )


def _text(holder: JsonObject, member: str) -> str:
    value = holder[member]
    if isinstance(value, str) and value:
        return value
    raise BadRequestData(f"Member {member} is not a text", where=f"/{member}")


def _optional_text(holder: JsonObject, member: str) -> str | None:
    return _text(holder, member) if member in holder else None


def _boolean(holder: JsonObject, member: str) -> bool:
    value = holder.get(member, False)
    if isinstance(value, bool):
        return value
    raise BadRequestData(f"Member {member} is not true or false", where=f"/{member}")


def _list(holder: JsonObject, member: str) -> tuple[str, ...]:
    """Read an array of texts, not empty where it is there; one text stands for itself."""
    if member not in holder:
        return ()
    value = holder[member]
    items = [value] if isinstance(value, str) else value
    if isinstance(items, list) and items and all(isinstance(one, str) and one for one in items):
        return tuple(cast("list[str]", items))
    raise BadRequestData(f"Member {member} is not an array of texts", where=f"/{member}")


def _names(holder: JsonObject, member: str) -> tuple[str, ...]:
    """Read names between commas, or an array of them."""
    return tuple(name.strip() for part in _list(holder, member) for name in part.split(","))


def _projection(holder: JsonObject, member: str) -> str | None:
    parts = _list(holder, member)
    return ",".join(parts) if parts else None


def _object(value: JsonValue, where: str) -> JsonObject:
    if isinstance(value, dict):
        return value
    raise BadRequestData(f"{where} is not a JSON object", where=where)


def _selecting(body: JsonObject) -> tuple[Selecting, ...]:
    if "entities" not in body:
        return ()
    selectors = body["entities"]
    if not isinstance(selectors, list) or not selectors:
        raise BadRequestData("Member entities is not an array of selectors", where="/entities")
    return tuple(
        _one_selector(_object(selector, f"/entities/{position}"), f"/entities/{position}")
        for position, selector in enumerate(selectors)
    )


def _one_selector(selector: JsonObject, where: str) -> Selecting:
    if "type" not in selector:
        raise BadRequestData("The selector names no type", where=f"{where}/type")
    unknown = selector.keys() - {"type", "id", "idPattern"}
    if unknown:
        raise BadRequestData(f"A selector has no member {min(unknown)!r}", where=where)
    return Selecting(
        type=",".join(_list(selector, "type")),
        ids=_list(selector, "id"),
        id_pattern=_optional_text(selector, "idPattern"),
    )


def _geo(body: JsonObject) -> GeoAsking | None:
    if "geoQ" not in body:
        return None
    geo = _object(body["geoQ"], "/geoQ")
    for member in ("georel", "geometry", "coordinates"):
        if member not in geo:
            raise BadRequestData(f"The geoquery has no {member}", where=f"/geoQ/{member}")
    return GeoAsking(
        georel=_text(geo, "georel"),
        geometry=_text(geo, "geometry"),
        coordinates=coordinates_text(geo["coordinates"]),
        geoproperty=_optional_text(geo, "geoproperty"),
    )


def coordinates_text(value: JsonValue) -> str:
    """Write coordinates as the URL has them, wherever they come from."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _join(body: JsonObject) -> JoinAsking:
    level = body.get("joinLevel", 1)
    if not isinstance(level, int) or isinstance(level, bool) or level < 1:
        raise BadRequestData("joinLevel is not a whole number of 1 or more", where="/joinLevel")
    return JoinAsking(
        mode=join_mode(_optional_text(body, "join")),
        level=level,
        contained_by=_list(body, "containedBy"),
    )


def join_mode(text: str | None) -> str | None:
    """Read how linked entities come along.

    Raises:
        BadRequestData: the word is unknown.
    """
    if text is None or text == "@none":
        return None
    if text in ("inline", "flat"):
        return text
    raise BadRequestData(f"join is {text!r}; right would be inline, flat or @none", where="join")


def _order(body: JsonObject) -> OrderAsking | None:
    if "ordering" not in body:
        return None
    ordering = _object(body["ordering"], "/ordering")
    if "orderBy" not in ordering:
        raise BadRequestData("The ordering has no orderBy", where="/ordering/orderBy")
    return OrderAsking(
        order_by=_list(ordering, "orderBy"),
        collation=_optional_text(ordering, "collation"),
        coordinates=coordinates_text(ordering["coordinates"])
        if "coordinates" in ordering
        else None,
        geometry=_optional_text(ordering, "geometry"),
    )
