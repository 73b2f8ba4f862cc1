"""A Subscription document read: every rule of §5.2.12 to §5.2.14 checked, every language parsed."""

from collections.abc import Callable
from typing import cast
from urllib.parse import unquote

from broker.ngsi.contexts import Context
from broker.ngsi.errors import BadRequestData
from broker.ngsi.geoquery import GeoQuery, parse_geoquery
from broker.ngsi.languages import Languages, parse_languages
from broker.ngsi.linked import Join
from broker.ngsi.names import DEFAULT_DATASET, EntityId, Iri, Term
from broker.ngsi.notification_params import Params, read_params
from broker.ngsi.patterns import canonical
from broker.ngsi.q.parser import parse_query
from broker.ngsi.q.syntax import Query
from broker.ngsi.queries import EntityFilter, EntitySelector
from broker.ngsi.scopes import parse_scope_query
from broker.ngsi.selection import AnyType, parse_selection
from broker.ngsi.subscription import (
    ATTRIBUTE_TRIGGERS,
    DEFAULT_TRIGGERS,
    ENTITY_UPDATED,
    StoredSubscription,
    Subscription,
    Trigger,
)
from broker.ngsi.subscription_members import (
    MOST_SECONDS,
    as_object,
    boolean,
    positive,
    text,
    texts,
)
from broker.ngsi.values import parse_instant, require_uri
from broker.ngsi.versions import Version, parse_version
from kit.json import JsonObject

Naming = Callable[[str], Context]
"""Answers with the @context in which the names of a member of the document are to be read."""

_TRIGGERS = {
    **{trigger.value: frozenset({trigger}) for trigger in Trigger},
    ENTITY_UPDATED: ATTRIBUTE_TRIGGERS,
}


def read_members(stored: StoredSubscription, naming: Naming) -> Subscription:
    """Read a stored document.

    Args:
        stored: holds the document.
        naming: reads the names in it.

    Spec: CIM 009 §5.2.12
    Raises:
        BadRequestData: it breaks a rule; `where` points to what is wrong.
        TooComplexQuery: q is longer or deeper than is read.
    """
    document = stored.document
    _require_consistent(document)
    params = read_params(_notification(document), naming("notification"))
    return Subscription(
        id=stored.id,
        wanted=_wanted(document, naming),
        watched=_watched(document, naming),
        triggers=_triggers(document),
        time_interval_s=positive(document, "timeInterval", MOST_SECONDS),
        throttling_s=positive(document, "throttling", MOST_SECONDS),
        expires_at=None
        if (expiry := text(document, "expiresAt")) is None
        else parse_instant(expiry, where="/expiresAt"),
        is_active=boolean(document, "isActive", default=True),
        how=params.presentation(_languages(document), _dataset_ids(document)),
        show_changes=params.show_changes,
        join=_join(params),
        join_mode=params.join_mode,
        version=_version(document),
        endpoint=params.endpoint,
        context=stored.context,
        link=stored.link,
    )


def _require_consistent(document: JsonObject) -> None:
    """Check what members say together, and those that nothing is read from."""
    if document.get("type") != "Subscription":
        raise BadRequestData("The document's type is not Subscription", where="/type")
    for member in ("subscriptionName", "description", "jsonldContext"):
        text(document, member)
    boolean(document, "splitEntities")
    if "temporalQ" in document:
        as_object(document["temporalQ"], "/temporalQ")
    is_local = boolean(document, "localOnly")
    if not is_local and not {"entities", "watchedAttributes"} & document.keys():
        raise BadRequestData(
            "A Subscription has neither entities nor watchedAttributes; right would be one of them"
        )
    if "timeInterval" in document:
        _require_periodic(document, is_local=is_local)


def _require_periodic(document: JsonObject, *, is_local: bool) -> None:
    for member in ("watchedAttributes", "throttling"):
        if member in document:
            raise BadRequestData(
                f"timeInterval and {member} exclude each other", where=f"/{member}"
            )
    if "entities" not in document and not is_local:
        raise BadRequestData("timeInterval is given without entities", where="/entities")


def _notification(document: JsonObject) -> JsonObject:
    if "notification" not in document:
        raise BadRequestData("A Subscription has no notification", where="/notification")
    return as_object(document["notification"], "/notification")


def _wanted(document: JsonObject, naming: Naming) -> EntityFilter:
    scope_q = text(document, "scopeQ")
    csf = text(document, "csf")
    if csf is not None:
        parse_query(unquote(csf), naming("csf").expand, where="csf")
    return EntityFilter(
        selectors=_selectors(document, naming("entities")),
        q=_q(document, naming),
        geo=_geo(document, naming("geoQ")),
        scopes=None if scope_q is None else parse_scope_query(unquote(scope_q)),
    )


def _selectors(document: JsonObject, context: Context) -> tuple[EntitySelector, ...]:
    if "entities" not in document:
        return ()
    selectors = document["entities"]
    if not isinstance(selectors, list) or not selectors:
        raise BadRequestData(
            "Member entities is not an array of one or more selectors", where="/entities"
        )
    is_anywhere = document.get("localOnly") is False
    return tuple(
        _selector(as_object(one, f"/entities/{at}"), f"/entities/{at}", context, is_anywhere)
        for at, one in enumerate(selectors)
    )


def _selector(
    selector: JsonObject, where: str, context: Context, is_anywhere: bool
) -> EntitySelector:
    """Read one EntitySelector (§5.2.33); the type `*` means local entities only (§5.5.13)."""
    unknown = selector.keys() - {"type", "id", "idPattern"}
    if unknown:
        raise BadRequestData(f"A selector has no member {min(unknown)!r}", where=where)
    types = ",".join(texts(selector, "type", where))
    if not types:
        raise BadRequestData("A selector names no type", where=f"{where}/type")
    if types == "*" and is_anywhere:
        raise BadRequestData("The type * contradicts localOnly: false", where=f"{where}/type")
    pattern = text(selector, "idPattern", where)
    return EntitySelector(
        types=AnyType()
        if types == "*"
        else parse_selection(types, context.entity_type, where=f"{where}/type"),
        ids=tuple(
            EntityId(require_uri(one, what="Entity id", where=f"{where}/id"))
            for one in texts(selector, "id", where)
        ),
        id_pattern=None if pattern is None else canonical(pattern, where=f"{where}/idPattern"),
    )


def _q(document: JsonObject, naming: Naming) -> Query | None:
    """Read q; percent-encoded as in a URL is right, too (§4.9)."""
    q = text(document, "q")
    expand_values = _names(document, "expandValues", naming)
    json_keys = _names(document, "jsonKeys", naming)
    if q is None:
        return None
    return parse_query(
        unquote(q), naming("q").expand, expand_values=expand_values, json_keys=json_keys
    )


def _names(document: JsonObject, member: str, naming: Naming) -> tuple[Term, ...]:
    """Read names between commas; what they mean is a term, too."""
    given = ",".join(texts(document, member))
    names = [name.strip() for name in given.split(",")] if given else []
    if not all(names):
        raise BadRequestData(f"Member {member} holds an empty name", where=f"/{member}")
    return tuple(Term(naming(member).expand(name)) for name in names)


def _geo(document: JsonObject, context: Context) -> GeoQuery | None:
    if "geoQ" not in document:
        return None
    geo = as_object(document["geoQ"], "/geoQ")
    georel = text(geo, "georel", "/geoQ")
    if georel is None or "geometry" not in geo or "coordinates" not in geo:
        raise BadRequestData("geoQ needs georel, geometry and coordinates", where="/geoQ")
    return parse_geoquery(
        unquote(georel),
        geo["geometry"],
        geo["coordinates"],
        context.expand,
        text(geo, "geoproperty", "/geoQ"),
    )


def _watched(document: JsonObject, naming: Naming) -> frozenset[Iri]:
    context = naming("watchedAttributes")
    try:
        return frozenset(context.attribute(name) for name in texts(document, "watchedAttributes"))
    except BadRequestData as refusal:
        raise BadRequestData(refusal.detail, where="/watchedAttributes") from None


def _triggers(document: JsonObject) -> frozenset[Trigger]:
    words = texts(document, "notificationTrigger")
    for one in words:
        if one not in _TRIGGERS:
            raise BadRequestData(
                f"The trigger {one!r} is unknown; known are: {', '.join(_TRIGGERS)}",
                where="/notificationTrigger",
            )
    return frozenset().union(*(_TRIGGERS[one] for one in words)) or frozenset(DEFAULT_TRIGGERS)


def _languages(document: JsonObject) -> Languages | None:
    lang = text(document, "lang")
    return None if lang is None else parse_languages(lang)


def _dataset_ids(document: JsonObject) -> frozenset[str] | None:
    for one in (ids := texts(document, "datasetId")):
        if one != DEFAULT_DATASET:
            require_uri(one, what="The datasetId", where="/datasetId")
    return frozenset(ids) or None


def _version(document: JsonObject) -> Version | None:
    said = text(document, "ngsildConformance")
    if said is None:
        return None
    version = parse_version(said)
    if version is None:
        raise BadRequestData(
            f"ngsildConformance is {said!r}; right would be 1.8", where="/ngsildConformance"
        )
    return version


def _join(params: Params) -> Join | None:
    return None if params.join_mode is None else Join(level=params.join_level)


def known_document(document: JsonObject) -> JsonObject:
    """Answer with the members that a subscriber may say; the others are ignored (§5.2.12).

    `@id` and `@type` are spelled as core does; `modifiedAt`, counters and the like are the
    broker's to say.
    """
    spelled = {_SPELLINGS.get(name, name): value for name, value in document.items()}
    if len(spelled) < len(document):
        raise BadRequestData("A document says id or type twice, under two names")
    known = {name: value for name, value in spelled.items() if name in _MEMBERS}
    notification = known.get("notification")
    if isinstance(notification, dict):
        known["notification"] = cast(
            "JsonObject",
            {name: value for name, value in notification.items() if name in _NOTIFICATION},
        )
    return known


_SPELLINGS = {"@id": "id", "@type": "type"}
_MEMBERS = frozenset(
    {"id", "type", "subscriptionName", "description", "entities", "watchedAttributes"}
    | {"notificationTrigger", "timeInterval", "throttling", "q", "geoQ", "scopeQ", "csf"}
    | {"expandValues", "jsonKeys", "datasetId", "lang", "temporalQ", "expiresAt", "isActive"}
    | {"notification", "jsonldContext", "localOnly", "splitEntities", "ngsildConformance"}
)
_NOTIFICATION = frozenset(
    {"endpoint", "attributes", "pick", "omit", "format", "sysAttrs", "showChanges"}
    | {"join", "joinLevel"}
)
