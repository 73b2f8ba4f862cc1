"""Attributes as received in simplified form, for a merge (§4.5.4, §5.6.17)."""

from broker.ngsi.contexts import Context
from broker.ngsi.entity import DELETION, Instance
from broker.ngsi.errors import BadRequestData
from broker.ngsi.geojson import read_geometry
from broker.ngsi.kinds import is_geometry
from broker.ngsi.languages import require_language_map
from broker.ngsi.members import read_dataset_id, read_vocab
from broker.ngsi.names import NULL, Iri
from broker.ngsi.opaque import require_raw, require_value, within
from kit.json import JsonValue


def read_simplified(value: JsonValue, iri: Iri, context: Context) -> list[Instance]:  # noqa: ARG001  # the form of every reader
    """Read one simplified attribute: a value, or a value for each datasetId.

    Raises:
        BadRequestData: it breaks a rule of the data model.
    """
    if isinstance(value, dict) and value.keys() == {"dataset"}:
        values = value["dataset"]
        if not isinstance(values, dict) or not values:
            raise BadRequestData(
                'A dataset is not an object like {"@none": 1.2, "urn:ngsi-ld:dataset:1": 1.25}',
                where="/dataset",
            )
        return [_of_dataset(name, given, context) for name, given in values.items()]
    return [_value(value, context)]


def _of_dataset(name: str, value: JsonValue, context: Context) -> Instance:
    try:
        dataset_id = read_dataset_id(name)
        instance = _value(value, context)
    except BadRequestData as refusal:
        raise within(refusal, "dataset", name) from None
    return {**instance, "datasetId": dataset_id} if dataset_id else instance


def _value(value: JsonValue, context: Context) -> Instance:
    if value == NULL:
        return DELETION
    if is_geometry(value):
        return {"simplified": read_geometry(value)}
    if isinstance(value, dict) and len(value) == 1:
        return {"simplified": _wrapped(value, context)}
    require_value(value, merge=True)
    return {"simplified": value}


def _wrapped(value: dict[str, JsonValue], context: Context) -> JsonValue:
    """Read the forms that name the value's member: languageMap, vocab, json."""
    if "vocab" in value:
        return {"vocab": read_vocab(value["vocab"], context)}
    if "languageMap" in value:
        require_language_map(value["languageMap"], merge=True)
    elif "json" in value:
        require_raw(value["json"])
    else:
        require_value(value, merge=True)
    return value
