"""Narrows geoqueries down in SQL; what remains is decided in memory (`geoquery.relates`).

For `near` from a Point, Points are decided here but for the last digits of rounding; every other
geometry passes and is looked at in memory.
"""

from collections.abc import Callable

import shapely

from broker.ngsi.cells import Search, boxes_of, circle_of, search
from broker.ngsi.geometry import EARTH_RADIUS_M
from broker.ngsi.geoquery import GeoQuery, Relation
from broker.store.q_paths import Variables, chain
from broker.store.sql_text import Statement

_ROUNDING = 1e-9
_MAX_BOXES = 4
_IS_GEO = '@.type == "GeoProperty"'
_MEASURED = frozenset({Relation.NEAR, Relation.BEYOND})
_UNBOUNDED = frozenset({Relation.BEYOND, Relation.DISJOINT})


def cells(query: GeoQuery) -> Search | None:
    """Give the cells where matches are; None: anywhere."""
    if query.relation in _UNBOUNDED or query.reference.is_empty:
        return None
    reference, distance_m = query.reference, query.distance_m
    return search(boxes_of(reference, distance_m), circle_of(reference, distance_m))


def condition(query: GeoQuery, statement: Statement, entity: str = "e") -> str:
    """Write a condition that every match satisfies, and few others."""
    near = _near_boxes(query, statement, entity)
    reference = query.reference
    if query.relation not in _MEASURED or not isinstance(reference, shapely.Point):
        return near
    is_near = _distance_test(query, reference, statement)
    only, second = (
        f"({entity}.document #> {statement.bind([query.geoproperty, *place], 'text[]')})"
        for place in (("0", "value"), ("1",))
    )
    path = statement.bind_path(f"{chain([query.geoproperty], [_IS_GEO])}.value")
    shapes = f"jsonb_path_query({entity}.document, {path}, {statement.bind_variables({})})"
    return (
        f"(CASE WHEN {second} IS NOT NULL THEN {near} AND EXISTS"
        f" (SELECT 1 FROM {shapes} AS g(shape) WHERE {is_near('g.shape', 'true')})"
        f" ELSE {is_near(only, near)} END)"
    )


def _distance_test(
    query: GeoQuery, origin: shapely.Point, statement: Statement
) -> Callable[[str, str], str]:
    """Prepare to write that a geometry, if it is a Point, is so far away; else what is said."""
    east, north = (statement.bind(one, "float8") for one in (origin.x, origin.y))
    slack = 1 + _ROUNDING if query.relation is Relation.NEAR else 1 - _ROUNDING
    limit = statement.bind(query.distance_m * slack, "float8")
    operator = "<=" if query.relation is Relation.NEAR else ">"

    def written(shape: str, otherwise: str) -> str:
        longitude, latitude = (f"{shape} #> '{{coordinates,{axis}}}'" for axis in (0, 1))
        distance = _haversine(f"({longitude})::float8", f"({latitude})::float8", east, north)
        return (
            f"CASE WHEN {shape} ->> 'type' = 'Point' AND jsonb_typeof({longitude}) = 'number'"
            f" AND jsonb_typeof({latitude}) = 'number' THEN {distance} {operator} {limit}"
            f" ELSE {otherwise} END"
        )

    return written


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


def _haversine(longitude: str, latitude: str, east: str, north: str) -> str:
    return (
        f"2 * {EARTH_RADIUS_M} * asin(least(1, sqrt("
        f"sin(radians({latitude} - {north}) / 2) ^ 2"
        f" + cos(radians({north})) * cos(radians({latitude}))"
        f" * sin(radians({longitude} - {east}) / 2) ^ 2)))"
    )
