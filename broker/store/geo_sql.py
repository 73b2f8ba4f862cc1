"""Narrows geoqueries down in SQL; what remains is decided in memory (`geoquery.relates`).

For `near` from a Point, Points are decided here but for the last digits of rounding; every other
geometry passes and is looked at in memory.
"""

import shapely

from broker.ngsi.cells import boxes_of, cover, ranges
from broker.ngsi.geometry import EARTH_RADIUS_M
from broker.ngsi.geoquery import GeoQuery, Relation
from broker.store.q_paths import Variables, chain
from broker.store.sql_text import Statement

_ROUNDING = 1e-9
_MAX_BOXES = 4
_IS_GEO = '@.type == "GeoProperty"'
_MEASURED = frozenset({Relation.NEAR, Relation.BEYOND})
_UNBOUNDED = frozenset({Relation.BEYOND, Relation.DISJOINT})


def cell_ranges(query: GeoQuery) -> tuple[list[int], list[int]] | None:
    """Give the lowest and highest numbers of the cells where matches are; None: anywhere."""
    if query.relation in _UNBOUNDED or query.reference.is_empty:
        return None
    found = ranges(cover(boxes_of(query.reference, query.distance_m)))
    return [low for low, _ in found], [high for _, high in found]


def condition(query: GeoQuery, statement: Statement, entity: str = "e") -> str:
    """Write a condition that every match satisfies, and few others."""
    near = _near_boxes(query, statement, entity)
    reference = query.reference
    if query.relation not in _MEASURED or not isinstance(reference, shapely.Point):
        return near
    path = statement.bind_path(f"{chain([query.geoproperty], [_IS_GEO])}.value")
    shapes = f"jsonb_path_query({entity}.document, {path}, {statement.bind_variables({})})"
    distance = _haversine(
        statement.bind(reference.x, "float8"), statement.bind(reference.y, "float8")
    )
    slack = 1 + _ROUNDING if query.relation is Relation.NEAR else 1 - _ROUNDING
    limit = statement.bind(query.distance_m * slack, "float8")
    test = f"{distance} {'<=' if query.relation is Relation.NEAR else '>'} {limit}"
    return (
        f"({near} AND EXISTS (SELECT 1 FROM {shapes} AS g(shape)"
        " WHERE CASE WHEN g.shape ->> 'type' = 'Point'"
        " AND jsonb_typeof(g.shape #> '{coordinates,0}') = 'number'"
        " AND jsonb_typeof(g.shape #> '{coordinates,1}') = 'number'"
        f" THEN {test} ELSE true END))"
    )


def _near_boxes(query: GeoQuery, statement: Statement, entity: str) -> str:
    """Write that there is a geometry; if it is a Point, one in the boxes where matches are."""
    variables = Variables()
    within = ""
    if query.relation not in _UNBOUNDED:
        boxes = boxes_of(query.reference, query.distance_m)
        inside = [
            f"(@.value.coordinates[0] >= {variables.take(box.west)}"
            f" && @.value.coordinates[0] <= {variables.take(box.east)}"
            f" && @.value.coordinates[1] >= {variables.take(box.south)}"
            f" && @.value.coordinates[1] <= {variables.take(box.north)})"
            for box in boxes[:_MAX_BOXES]
        ]
        if 0 < len(boxes) <= _MAX_BOXES:
            beyond = "@.value.coordinates[0] < -180 || @.value.coordinates[0] > 180"
            within = f' && (@.value.type != "Point" || {beyond} || {" || ".join(inside)})'
    path = statement.bind_path(chain([query.geoproperty], [f"{_IS_GEO}{within}"]))
    values = statement.bind_variables(variables.values)
    return f"jsonb_path_exists({entity}.document, {path}, {values})"


def _haversine(east: str, north: str) -> str:
    longitude = "(g.shape #>> '{coordinates,0}')::float8"
    latitude = "(g.shape #>> '{coordinates,1}')::float8"
    return (
        f"2 * {EARTH_RADIUS_M} * asin(least(1, sqrt("
        f"sin(radians({latitude} - {north}) / 2) ^ 2"
        f" + cos(radians({north})) * cos(radians({latitude}))"
        f" * sin(radians({longitude} - {east}) / 2) ^ 2)))"
    )
