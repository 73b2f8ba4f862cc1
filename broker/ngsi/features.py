"""Entities as GeoJSON Features and FeatureCollections (§4.5.16, §4.5.17)."""

from collections.abc import Iterable

from broker.ngsi.contexts import Context
from broker.ngsi.entity import Entity
from broker.ngsi.kinds import is_geometry
from broker.ngsi.names import NGSI_LD, Iri
from broker.ngsi.representations import Presentation, present, shown, type_names
from kit.json import JsonObject, JsonValue

_LOCATION = Iri(f"{NGSI_LD}location")


def feature(
    entity: Entity, context: Context, how: Presentation, document: JsonObject | None = None
) -> JsonObject:
    """Write an Entity as a Feature; its id and type stay, whatever pick and omit say.

    Args:
        entity: the Entity.
        context: the request's.
        how: the presentation; its form is that of the properties.
        document: the Entity as already presented, where linked entities were joined into it.

    Spec: CIM 009 §4.5.16.2, §4.5.17.1
    """
    document = present(entity, context, how) if document is None else document
    members = {name: value for name, value in document.items() if name not in ("id", "type")}
    return {
        "id": entity.id,
        "type": "Feature",
        "geometry": geometry_of(entity, context, how),
        "properties": {"type": type_names(entity, context), **members},
    }


def feature_collection(features: Iterable[JsonObject]) -> JsonObject:
    """Write several Features as one document (§4.5.16.3)."""
    return {"type": "FeatureCollection", "features": [*features]}


def geometry_of(entity: Entity, context: Context, how: Presentation) -> JsonValue:
    """Answer with the geometry that stands for an Entity; None where it has none.

    Spec: CIM 009 §4.5.16.1: the default instance, or that of the datasetId asked for.
    """
    instances = entity.attributes.get(how.geometry_property or _LOCATION, [])
    candidates = shown(instances, how, how.writing(context))
    chosen = next((one for one in candidates if "datasetId" not in one), None)
    if chosen is None and how.dataset_ids is not None:
        chosen = next(iter(candidates), None)
    if chosen is None or chosen["type"] != "GeoProperty" or not is_geometry(chosen["value"]):
        return None
    return chosen["value"]
