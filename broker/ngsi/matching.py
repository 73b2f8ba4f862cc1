"""Tells whether an Entity matches a filter, in memory; `broker.store.filter_sql` must agree."""

from datetime import datetime

from broker.ngsi.entity import Entity
from broker.ngsi.geoquery import matches_geoquery
from broker.ngsi.patterns import found_in
from broker.ngsi.q.evaluate import Linked, Sight, holds, nothing_linked
from broker.ngsi.q.paths import is_visible
from broker.ngsi.queries import EntityFilter, EntitySelector
from broker.ngsi.scopes import matches_scopes
from broker.ngsi.selection import matches_types
from broker.ngsi.visibility import shows


def matches(
    wanted: EntityFilter, entity: Entity, *, now: datetime, linked: Linked = nothing_linked
) -> bool:
    """Tell whether an Entity that has not expired matches every part of a filter.

    Args:
        wanted: the filter.
        entity: the Entity in its present state.
        now: the instant at which it is looked at.
        linked: looks up Entities that a query's paths lead to (`managedBy{name}`).

    Spec: CIM 009 §5.7.2.4
    """
    return (
        (entity.expires_at is None or entity.expires_at > now)
        and (wanted.visibility is None or shows(wanted.visibility, entity, now))
        and _selected(wanted, entity)
        and _has_any(wanted, entity, now)
        and (wanted.scopes is None or matches_scopes(wanted.scopes, entity.scopes))
        and (wanted.q is None or holds(wanted.q, entity, Sight(now, linked)))
        and (wanted.geo is None or matches_geoquery(wanted.geo, entity, now))
    )


def _selected(wanted: EntityFilter, entity: Entity) -> bool:
    return not wanted.selectors or any(selects(each, entity) for each in wanted.selectors)


def selects(selector: EntitySelector, entity: Entity) -> bool:
    """Tell whether a selector means an Entity, by type, and by id or its pattern (§5.2.33)."""
    if not matches_types(selector.types, entity.types):
        return False
    if selector.ids:
        return entity.id in selector.ids
    return selector.id_pattern is None or found_in(selector.id_pattern, entity.id)


def _has_any(wanted: EntityFilter, entity: Entity, now: datetime) -> bool:
    return not wanted.attributes or any(
        is_visible(instance, now)
        for attribute in wanted.attributes
        for instance in entity.attributes.get(attribute, ())
    )
