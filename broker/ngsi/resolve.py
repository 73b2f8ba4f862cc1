"""A QueryRequest read with a @context: its languages parsed, its names expanded (§5.7.2.4)."""

from datetime import datetime

from broker.ngsi.contexts import Context
from broker.ngsi.errors import BadRequestData
from broker.ngsi.geoquery import GeoQuery, parse_geoquery
from broker.ngsi.languages import parse_languages
from broker.ngsi.names import DEFAULT_DATASET, EntityId, Iri, Term
from broker.ngsi.ordering import Ordering, parse_ordering
from broker.ngsi.patterns import canonical
from broker.ngsi.projection import (
    Projection,
    parse_projection,
    require_compatible,
    require_joined,
)
from broker.ngsi.q.parser import parse_query
from broker.ngsi.q.syntax import Query, link_depth, names_only_system_attributes
from broker.ngsi.queries import EntityFilter, EntitySelector
from broker.ngsi.query_request import QueryRequest, Selecting
from broker.ngsi.representations import Form, Presentation
from broker.ngsi.scopes import parse_scope_query
from broker.ngsi.selection import AnyType, TypeSelection, parse_selection
from broker.ngsi.values import require_uri

SYSTEM_ATTRIBUTES = frozenset({"createdAt", "modifiedAt", "deletedAt", "expiresAt", "observedAt"})


def resolve_filter(request: QueryRequest, context: Context) -> EntityFilter:
    """Read which entities a request asks for.

    Spec: CIM 009 §5.7.2.4
    Raises:
        BadRequestData: a part is malformed, or the query is too wide.
    """
    q = _query(request, context)
    _require_narrow(request, q)
    _require_joined(request, q)
    if request.csf is not None:
        parse_query(request.csf, context.expand, where="csf")
    return EntityFilter(
        selectors=tuple(_selector(one, context) for one in request.selecting),
        attributes=_attributes(request, context),
        q=q,
        geo=_geo(request, context),
        scopes=None if request.scope_q is None else parse_scope_query(request.scope_q),
    )


def resolve_ordering(request: QueryRequest, context: Context) -> Ordering | None:
    """Read in which order a request wants its entities.

    Spec: CIM 009 §4.23
    Raises:
        BadRequestData: a term, the collation or the origin is malformed.
    """
    asked = request.order
    if asked is None:
        return None
    return parse_ordering(
        asked.order_by,
        context.expand,
        order_from=asked.coordinates,
        order_geometry=asked.geometry or "Point",
        collation=asked.collation,
    )


def resolve_presentation(request: QueryRequest, context: Context, now: datetime) -> Presentation:
    """Read what a request wants to see of its entities.

    Spec: CIM 009 §4.5.4, §4.15, §4.21, §6.3.7
    Raises:
        BadRequestData: a projection or the language filter is malformed, or goes further than
            the join.
    """
    pick = _projection(request.pick, "pick", context)
    omit = _projection(request.omit, "omit", context)
    attributes = frozenset(_attributes(request, context)) or None
    require_compatible(pick, omit, attributes)
    join_level = None if request.join.mode is None else request.join.level
    require_joined(pick, join_level)
    require_joined(omit, join_level)
    geometry_property = request.geometry_property
    return Presentation(
        form=_FORMS[request.form],
        sys_attrs=request.sys_attrs,
        languages=None if request.lang is None else parse_languages(request.lang),
        pick=pick,
        omit=omit,
        attributes=attributes,
        dataset_ids=_dataset_ids(request),
        geometry_property=None
        if geometry_property is None
        else context.attribute(Term(geometry_property)),
        now=now,
    )


def _dataset_ids(request: QueryRequest) -> frozenset[str] | None:
    for one in request.dataset_ids:
        if one != DEFAULT_DATASET:
            require_uri(one, what="datasetId", where="datasetId")
    return frozenset(request.dataset_ids) or None


def _projection(text: str | None, where: str, context: Context) -> Projection | None:
    return None if text is None else parse_projection(text, context, where=where)


_FORMS = {
    "normalized": Form.NORMALIZED,
    "concise": Form.CONCISE,
    "simplified": Form.SIMPLIFIED,
    "keyValues": Form.SIMPLIFIED,
}


def _query(request: QueryRequest, context: Context) -> Query | None:
    if request.q is None:
        return None
    return parse_query(
        request.q,
        context.expand,
        expand_values=[Term(name) for name in request.expand_values],
        json_keys=[Term(name) for name in request.json_keys],
    )


def _selector(asked: Selecting, context: Context) -> EntitySelector:
    types: TypeSelection = AnyType()
    if asked.type is not None and asked.type != "*":
        types = parse_selection(asked.type, context.entity_type)
    return EntitySelector(
        types=types,
        ids=tuple(EntityId(require_uri(one, what="Entity id", where="id")) for one in asked.ids),
        id_pattern=None
        if asked.id_pattern is None
        else canonical(asked.id_pattern, where="idPattern"),
    )


def _attributes(request: QueryRequest, context: Context) -> tuple[Iri, ...]:
    if request.attrs and (request.pick is not None or request.omit is not None):
        raise BadRequestData("attrs stands beside pick or omit, which replace it", where="attrs")
    return tuple(context.attribute(Term(name)) for name in request.attrs)


def _geo(request: QueryRequest, context: Context) -> GeoQuery | None:
    asked = request.geo
    if asked is None:
        return None
    return parse_geoquery(
        asked.georel, asked.geometry, asked.coordinates, context.attribute, asked.geoproperty
    )


def _require_narrow(request: QueryRequest, q: Query | None) -> None:
    """A query names a type, an attribute, a condition, a place, or asks for local data only."""
    narrow = (
        request.local
        or request.geo is not None
        or any(one.type not in (None, "*") for one in request.selecting)
        or any(name not in SYSTEM_ATTRIBUTES for name in request.attrs)
        or (q is not None and not names_only_system_attributes(q))
    )
    if not narrow:
        raise BadRequestData(
            "The query is too wide; right would be a type, attrs, q, a geoquery or local=true"
        )


def _require_joined(request: QueryRequest, q: Query | None) -> None:
    depth = 0 if q is None else link_depth(q)
    reach = 0 if request.join.mode is None else request.join.level
    if depth > reach:
        raise BadRequestData(
            f"q looks {depth} levels into linked entities and the query joins {reach}; right "
            f"would be join=inline&joinLevel={depth}",
            where="q",
        )
