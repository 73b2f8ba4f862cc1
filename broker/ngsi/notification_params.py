"""NotificationParams: what notifications show, in which form, and where they go (§5.2.14)."""

from dataclasses import dataclass

from broker.ngsi.contexts import Context
from broker.ngsi.errors import BadRequestData
from broker.ngsi.languages import Languages
from broker.ngsi.names import Iri
from broker.ngsi.projection import (
    Projection,
    parse_projection,
    require_compatible,
    require_joined,
)
from broker.ngsi.representations import Form, Presentation
from broker.ngsi.subscription import Endpoint
from broker.ngsi.subscription_members import as_object, boolean, read_endpoint, texts, word
from kit.json import JsonObject

_WHERE = "/notification"
_FORMS = {
    "normalized": Form.NORMALIZED,
    "concise": Form.CONCISE,
    "simplified": Form.SIMPLIFIED,
    "keyValues": Form.SIMPLIFIED,
}
_NO_ATTRIBUTES = frozenset({"id", "type", "scope", "@id", "@type"})
_JOINS = ("flat", "inline", "@none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The members of NotificationParams, read."""

    endpoint: Endpoint
    form: Form
    sys_attrs: bool
    show_changes: bool
    attributes: frozenset[Iri] | None
    pick: Projection | None
    omit: Projection | None
    join_mode: str | None
    join_level: int

    def presentation(
        self, languages: Languages | None, dataset_ids: frozenset[str] | None
    ) -> Presentation:
        """Say how entities are shown, with what the Subscription itself says of that."""
        return Presentation(
            form=self.form,
            sys_attrs=self.sys_attrs,
            languages=languages,
            pick=self.pick,
            omit=self.omit,
            attributes=self.attributes,
            dataset_ids=dataset_ids,
        )


def read_params(notification: JsonObject, context: Context) -> Params:
    """Read NotificationParams.

    Spec: CIM 009 §5.2.14.1
    Raises:
        BadRequestData: a member breaks its rule, or two exclude each other.
    """
    if "endpoint" not in notification:
        raise BadRequestData("The notification has no endpoint", where=f"{_WHERE}/endpoint")
    endpoint = as_object(notification["endpoint"], f"{_WHERE}/endpoint")
    mode = word(notification, "join", _JOINS, _WHERE)
    params = Params(
        endpoint=read_endpoint(endpoint, f"{_WHERE}/endpoint"),
        form=_FORMS[word(notification, "format", _FORMS, _WHERE) or "normalized"],
        sys_attrs=boolean(notification, "sysAttrs", _WHERE),
        show_changes=boolean(notification, "showChanges", _WHERE),
        attributes=_attributes(notification, context),
        pick=_projection(notification, "pick", context),
        omit=_projection(notification, "omit", context),
        join_mode=None if mode == "@none" else mode,
        join_level=_join_level(notification),
    )
    _require_consistent(params)
    return params


def _require_consistent(params: Params) -> None:
    if params.show_changes and params.form is Form.SIMPLIFIED:
        raise BadRequestData(
            "showChanges is asked for in simplified form, which has no place for previous values",
            where=f"{_WHERE}/showChanges",
        )
    try:
        require_compatible(params.pick, params.omit, params.attributes)
        level = None if params.join_mode is None else params.join_level
        require_joined(params.pick, level)
        require_joined(params.omit, level)
    except BadRequestData as refusal:
        raise BadRequestData(refusal.detail, where=_WHERE) from None


def _attributes(notification: JsonObject, context: Context) -> frozenset[Iri] | None:
    """Read `attributes`, which knows no members of the Entity itself."""
    names = texts(notification, "attributes", _WHERE)
    for name in names:
        if name in _NO_ATTRIBUTES:
            raise BadRequestData(
                f"Member attributes names {name}, which is no attribute; right would be pick",
                where=f"{_WHERE}/attributes",
            )
    try:
        return frozenset(context.attribute(name) for name in names) or None
    except BadRequestData as refusal:
        raise BadRequestData(refusal.detail, where=f"{_WHERE}/attributes") from None


def _projection(notification: JsonObject, member: str, context: Context) -> Projection | None:
    terms = texts(notification, member, _WHERE)
    return parse_projection(terms, context, where=f"{_WHERE}/{member}") if terms else None


def _join_level(notification: JsonObject) -> int:
    level = notification.get("joinLevel", 1)
    if isinstance(level, bool) or not isinstance(level, int) or level < 1:
        raise BadRequestData(
            "joinLevel is not a whole number of 1 or more", where=f"{_WHERE}/joinLevel"
        )
    return level
