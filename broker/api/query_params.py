"""The parameters of a query in the URL, into a QueryRequest and a Window (§6.4.3.2)."""

from collections.abc import Mapping

from broker.api.params import boolean, options, whole_number, words
from broker.ngsi.errors import BadRequestData, InvalidRequest
from broker.ngsi.queries import Window
from broker.ngsi.query_request import (
    GeoAsking,
    JoinAsking,
    OrderAsking,
    QueryRequest,
    Selecting,
    join_mode,
)
from broker.settings import ApiSettings

SELECTION = frozenset({"id", "idPattern", "type", "attrs", "q", "scopeQ", "csf", "local"}) | {
    "georel",
    "geometry",
    "coordinates",
    "geoproperty",
    "expandValues",
    "jsonKeys",
    "datasetId",
}
PRESENTATION = frozenset({"pick", "omit", "lang", "join", "joinLevel", "containedBy"}) | {
    "format",
    "options",
    "geometryProperty",
}
ORDER = frozenset({"orderBy", "orderFrom", "orderGeometry", "collation"})
PAGING = frozenset({"limit", "offset", "count"})
MAPPING = frozenset({"entityMap", "entityMapLifetime", "splitEntities"})
FORMS = frozenset({"normalized", "concise", "simplified", "keyValues"})
QUERY = SELECTION | PRESENTATION | ORDER | PAGING | MAPPING
"""All parameters of GET /entities."""


def query_request(params: Mapping[str, str]) -> QueryRequest:
    """Read what the URL asks for.

    Raises:
        BadRequestData: a parameter breaks its form.
    """
    return QueryRequest(
        selecting=_selecting(params),
        attrs=words(params, "attrs"),
        pick=params.get("pick"),
        omit=params.get("omit"),
        q=params.get("q"),
        geo=_geo(params),
        scope_q=params.get("scopeQ"),
        csf=params.get("csf"),
        dataset_ids=words(params, "datasetId"),
        lang=params.get("lang"),
        join=join_asking(params),
        form=form_of(params),
        sys_attrs="sysAttrs" in options(params, FORMS | {"sysAttrs"}),
        geometry_property=params.get("geometryProperty"),
        order=_order(params),
        expand_values=words(params, "expandValues"),
        json_keys=words(params, "jsonKeys"),
        local=_local(params),
        entity_map=boolean(params, "entityMap"),
        entity_map_lifetime=params.get("entityMapLifetime"),
        split_entities=boolean(params, "splitEntities"),
    )


def form_of(params: Mapping[str, str]) -> str:
    """Read which representation is asked for; `format` wins over the keywords of `options`.

    Spec: CIM 009 §6.3.7
    Raises:
        InvalidRequest: it is unknown, or the options ask for several.
    """
    if "format" in params:
        form = params["format"]
        if form not in FORMS:
            raise InvalidRequest(
                f"Format {form!r} is unknown; known are: {', '.join(sorted(FORMS))}",
                where="format",
            )
        return form
    asked = sorted(options(params, FORMS | {"sysAttrs"}) & FORMS)
    if len(asked) > 1:
        raise InvalidRequest(f"Options {asked} exclude each other", where="options")
    return asked[0] if asked else "normalized"


def join_asking(params: Mapping[str, str]) -> JoinAsking:
    """Read whether linked entities come along.

    Raises:
        BadRequestData: the mode is unknown or the level is no whole number of 1 or more.
    """
    level = whole_number(params, "joinLevel", default=1)
    if level < 1:
        raise BadRequestData("joinLevel is not a whole number of 1 or more", where="joinLevel")
    return JoinAsking(
        mode=join_mode(params.get("join")), level=level, contained_by=words(params, "containedBy")
    )


def window(params: Mapping[str, str], settings: ApiSettings) -> Window:
    """Read which page is asked for.

    Spec: CIM 009 §6.3.10, §6.3.13
    Raises:
        BadRequestData: a number is out of its bounds.
    """
    limit = whole_number(params, "limit", default=settings.default_limit)
    count = boolean(params, "count")
    if limit == 0 and not count:
        raise BadRequestData("limit=0 is asked for without count=true", where="limit")
    if limit > settings.max_limit:
        raise BadRequestData(
            f"limit is {limit}; at most {settings.max_limit} are served on a page", where="limit"
        )
    return Window(limit=limit, offset=whole_number(params, "offset", default=0), count=count)


def _selecting(params: Mapping[str, str]) -> tuple[Selecting, ...]:
    if not params.keys() & {"id", "idPattern", "type"}:
        return ()
    return (
        Selecting(
            type=params.get("type"),
            ids=words(params, "id"),
            id_pattern=params.get("idPattern"),
        ),
    )


def _geo(params: Mapping[str, str]) -> GeoAsking | None:
    given = params.keys() & {"georel", "geometry", "coordinates"}
    if not given:
        return None
    if len(given) < 3:
        raise BadRequestData(
            "A geoquery needs georel, geometry and coordinates, all three", where="georel"
        )
    return GeoAsking(
        georel=params["georel"],
        geometry=params["geometry"],
        coordinates=params["coordinates"],
        geoproperty=params.get("geoproperty"),
    )


def _order(params: Mapping[str, str]) -> OrderAsking | None:
    if "orderBy" not in params:
        return None
    return OrderAsking(
        order_by=words(params, "orderBy"),
        collation=params.get("collation"),
        coordinates=params.get("orderFrom"),
        geometry=params.get("orderGeometry"),
    )


def _local(params: Mapping[str, str]) -> bool:
    """`type=*` implies local (§5.7.2.4); both may not contradict each other."""
    local = boolean(params, "local")
    if params.get("type") != "*":
        return local
    if params.get("local") == "false":
        raise BadRequestData(
            "type=* asks for local entities, local=false for others", where="local"
        )
    return True
