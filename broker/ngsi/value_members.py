"""The member that holds an attribute's value, read kind by kind (§4.5.2 to §4.5.24)."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from broker.ngsi.contexts import Context
from broker.ngsi.errors import BadRequestData
from broker.ngsi.geojson import read_geometry
from broker.ngsi.languages import require_language_map
from broker.ngsi.members import read_uri, read_uris, read_vocab
from broker.ngsi.names import NULL
from broker.ngsi.opaque import require_raw, require_value, within
from kit.json import JsonValue


class Nulls(Enum):
    """What the NGSI-LD Null may do in a request (§4.5.0, §5.5.4)."""

    REFUSED = 0  # create, append, replace
    DELETE = 1  # update: an attribute instance, and members of what replaces one
    PARTIAL = 2  # partial update: the members of one instance
    MERGE = 3  # merge: at every depth, into values too


@dataclass(frozen=True, slots=True)
class Reading:
    """How a document is read: with which names, and what the NGSI-LD Null may do."""

    context: Context
    nulls: Nulls = Nulls.REFUSED


def require_nulls(reading: Reading) -> None:
    """Check that the NGSI-LD Null may be used at all."""
    if reading.nulls is Nulls.REFUSED:
        raise BadRequestData(
            f"The NGSI-LD Null {NULL} cannot be given here; only an update or a merge deletes by it"
        )


def read_value(kind: str, member: str, given: JsonValue, reading: Reading) -> JsonValue:
    """Read the member that holds an attribute's value.

    Raises:
        BadRequestData: it is not one of that kind; `where` points to it.
    """
    try:
        return _READS[kind](given, reading)
    except BadRequestData as refusal:
        raise within(refusal, member) from None


def _property(given: JsonValue, reading: Reading) -> JsonValue:
    require_value(given, merge=reading.nulls is Nulls.MERGE)
    return given


def _language_map(given: JsonValue, reading: Reading) -> JsonValue:
    require_language_map(given, merge=reading.nulls is Nulls.MERGE)
    return given


def _json(given: JsonValue, _reading: Reading) -> JsonValue:
    items = given if isinstance(given, list) else [given]
    if not all(isinstance(item, dict) for item in items):
        raise BadRequestData("A json is neither an object nor an array of objects")
    require_raw(given)
    return given


def _value_list(given: JsonValue, _reading: Reading) -> JsonValue:
    if not isinstance(given, list):
        raise BadRequestData("A valueList is not an array; right would be an ordered array")
    require_value(given)
    return given


def _object_list(given: JsonValue, _reading: Reading) -> JsonValue:
    if not isinstance(given, list):
        raise BadRequestData("An objectList is not an array; right would be an ordered array")
    return [
        read_uri(item["object"] if isinstance(item, dict) and item.keys() == {"object"} else item)
        for item in given
    ]


_READS: dict[str, Callable[[JsonValue, Reading], JsonValue]] = {
    "Property": _property,
    "GeoProperty": lambda given, _reading: read_geometry(given),
    "Relationship": lambda given, _reading: read_uris(given),
    "LanguageProperty": _language_map,
    "VocabProperty": lambda given, reading: read_vocab(given, reading.context),
    "JsonProperty": _json,
    "ListProperty": _value_list,
    "ListRelationship": _object_list,
}
