"""Geoqueries: near, within, contains, intersects, equals, disjoint, overlaps (§4.10).

How exact they are: the six topological relations are planar, in longitude and latitude, of shapes
as OGC Simple Features define them (a point on a polygon's border is not within it). `near` measures
great-circle metres to the nearest point of the reference geometry (see `geometry`).
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

import shapely
from shapely.geometry.base import BaseGeometry

from broker.ngsi.entity import Entity
from broker.ngsi.errors import BadRequestData
from broker.ngsi.geometry import distance_m, geometry_of, haversine_m, parse_geometry, point_of
from broker.ngsi.names import NGSI_LD, Iri, Term
from broker.ngsi.q.paths import instances
from kit.json import JsonValue

LOCATION = Iri(NGSI_LD + "location")  # §4.7.1
_NEAR = re.compile(r"near;(maxDistance|minDistance)==([0-9.eE+-]+)")
_NUMBER = re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")


class Relation(Enum):
    """How a target geometry is to lie to the reference geometry."""

    NEAR = "near;maxDistance"
    BEYOND = "near;minDistance"
    WITHIN = "within"
    CONTAINS = "contains"
    INTERSECTS = "intersects"
    EQUALS = "equals"
    DISJOINT = "disjoint"
    OVERLAPS = "overlaps"


# Asked of the reference geometry, which is prepared, about the target.
_TOPOLOGICAL: dict[Relation, Callable[[BaseGeometry, BaseGeometry], bool]] = {
    Relation.WITHIN: BaseGeometry.contains,
    Relation.CONTAINS: BaseGeometry.within,
    Relation.INTERSECTS: BaseGeometry.intersects,
    Relation.EQUALS: BaseGeometry.equals,
    Relation.DISJOINT: BaseGeometry.disjoint,
    Relation.OVERLAPS: BaseGeometry.overlaps,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GeoQuery:
    """Which geometries match.

    Args:
        distance_m: for NEAR at most, for BEYOND more than so far away.
        geoproperty: the GeoProperty looked at; any of its instances may match.
    """

    relation: Relation
    reference: BaseGeometry
    distance_m: float = 0.0
    geoproperty: Iri = LOCATION


def parse_geoquery(
    georel: str,
    geometry: JsonValue,
    coordinates: JsonValue,
    expand: Callable[[Term], Iri],
    geoproperty: str | None = None,
) -> GeoQuery:
    """Read a geoquery from its four parameters.

    Args:
        georel: the relation, `near` with its distance.
        geometry: the type of the reference geometry.
        coordinates: its coordinates: an array, or a text of JSON that holds one.
        expand: how a short name becomes an IRI.
        geoproperty: the GeoProperty meant; None: location.

    Spec: CIM 009 §4.10, §5.2.13
    Raises:
        BadRequestData: a parameter is malformed.
    """
    relation, distance = _parse_georel(georel)
    reference = parse_geometry(geometry, coordinates, where="coordinates")
    shapely.prepare(reference)
    return GeoQuery(
        relation=relation,
        distance_m=distance,
        reference=reference,
        geoproperty=expand(Term(geoproperty)) if geoproperty else LOCATION,
    )


def _parse_georel(georel: str) -> tuple[Relation, float]:
    found = _NEAR.fullmatch(georel.replace(" ", ""))
    if found:
        distance = float(found[2]) if _NUMBER.fullmatch(found[2]) else math.nan
        if not 0 < distance < math.inf:
            raise BadRequestData(
                f"georel {georel!r} has no distance in metres above 0", where="georel"
            )
        return (Relation.NEAR if found[1] == "maxDistance" else Relation.BEYOND), distance
    for relation in _TOPOLOGICAL:
        if relation.value == georel.strip():
            return relation, 0.0
    raise BadRequestData(
        f"georel {georel!r} is unknown; right are near;maxDistance==1000, near;minDistance==1000, "
        f"{', '.join(relation.value for relation in _TOPOLOGICAL)}",
        where="georel",
    )


def relates(query: GeoQuery, target: BaseGeometry) -> bool:
    """Tell whether one geometry lies so to the reference geometry."""
    if query.relation is Relation.NEAR:
        return distance_m(target, query.reference) <= query.distance_m
    if query.relation is Relation.BEYOND:
        return distance_m(target, query.reference) > query.distance_m
    return bool(_TOPOLOGICAL[query.relation](query.reference, target))


def matches_geoquery(query: GeoQuery, entity: Entity, now: datetime) -> bool:
    """Tell whether some visible instance of an Entity's GeoProperty matches.

    Spec: CIM 009 §4.10, §5.7.2.4
    """
    return any(
        _matches(query, instance.get("value"))
        for instance in instances(entity, (query.geoproperty,), now)
        if instance.get("type") == "GeoProperty"
    )


def _matches(query: GeoQuery, value: JsonValue) -> bool:
    reference = query.reference
    if query.relation in (Relation.NEAR, Relation.BEYOND) and isinstance(reference, shapely.Point):
        position = point_of(value)
        if position is not None:
            distance = haversine_m(*position, reference.x, reference.y)
            return (distance <= query.distance_m) is (query.relation is Relation.NEAR)
    target = geometry_of(value)
    return target is not None and relates(query, target)
