"""Narrows geoqueries down in SQL; what remains is decided in memory (`geoquery.relates`).

For `near` from a Point, Points are decided here but for the last digits of rounding; every other
geometry passes and is looked at in memory.
"""

import shapely

from broker.ngsi.cells import boxes_of, cover, ranges
from broker.ngsi.geometry import EARTH_RADIUS_M
from broker.ngsi.geoquery import GeoQuery, Relation
from broker.store.q_paths import chain
from broker.store.sql_text import Statement

_ROUNDING = 1e-9
_UNBOUNDED = frozenset({Relation.BEYOND, Relation.DISJOINT})


def cell_ranges(query: GeoQuery) -> tuple[list[int], list[int]] | None:
    """Give the lowest and highest numbers of the cells where matches are; None: anywhere."""
    if query.relation in _UNBOUNDED or query.reference.is_empty:
        return None
    margin = query.distance_m if query.relation is Relation.NEAR else 0.0
    found = ranges(cover(boxes_of(query.reference, margin)))
    return [low for low, _ in found], [high for _, high in found]


def condition(query: GeoQuery, statement: Statement, entity: str = "e") -> str:
    """Write a condition that every match satisfies, and few others."""
    is_geo = '@.type == "GeoProperty"'
    way = f"{chain([query.geoproperty], [is_geo])}.value"
    path, variables = statement.bind_path(way), statement.bind_variables({})
    reference = query.reference
    measured = query.relation in (Relation.NEAR, Relation.BEYOND)
    if not (measured and isinstance(reference, shapely.Point)):
        return f"jsonb_path_exists({entity}.document, {path}, {variables})"
    east = statement.bind(reference.x, "float8")
    north = statement.bind(reference.y, "float8")
    if query.relation is Relation.NEAR:
        limit = statement.bind(query.distance_m * (1 + _ROUNDING), "float8")
        test = f"<= {limit}"
    else:
        limit = statement.bind(query.distance_m * (1 - _ROUNDING), "float8")
        test = f"> {limit}"
    shapes = f"jsonb_path_query({entity}.document, {path}, {variables}) AS g(shape)"
    return (
        f"EXISTS (SELECT 1 FROM {shapes}"
        " WHERE CASE WHEN g.shape ->> 'type' = 'Point'"
        " AND jsonb_typeof(g.shape #> '{coordinates,0}') = 'number'"
        " AND jsonb_typeof(g.shape #> '{coordinates,1}') = 'number'"
        f" THEN {_haversine(east, north)} {test} ELSE true END)"
    )


def _haversine(east: str, north: str) -> str:
    longitude = "(g.shape #>> '{coordinates,0}')::float8"
    latitude = "(g.shape #>> '{coordinates,1}')::float8"
    return (
        f"2 * {EARTH_RADIUS_M} * asin(least(1, sqrt("
        f"sin(radians({latitude} - {north}) / 2) ^ 2"
        f" + cos(radians({north})) * cos(radians({latitude}))"
        f" * sin(radians({longitude} - {east}) / 2) ^ 2)))"
    )
