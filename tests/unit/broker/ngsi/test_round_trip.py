"""Whatever is read under a @context is written back equal under it, and renamed under another."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import cast

from hypothesis import given, settings
from hypothesis import strategies as st

from broker.ngsi.contexts import Context, build_context
from broker.ngsi.entity import Entity, Fragment
from broker.ngsi.expand import expand_entity
from broker.ngsi.names import EntityId
from broker.ngsi.representations import Form, Presentation, present
from kit.json import JsonObject, JsonValue

NOW = datetime(2026, 9, 1, tzinfo=UTC)
EX = "https://example.jp/ns#"
WRITER = build_context(
    [
        {"speed": f"{EX}speed", "ex": EX, "open": f"{EX}open"},
        {"管理者": {"@id": f"{EX}by", "@type": "@id"}},
    ],
    {},
)
READER = build_context({"velocity": f"{EX}speed", "n": EX, "height": "https://example.jp/h"}, {})

_NAMES = ["speed", "ex:size", "管理者", "height", "status", "https://example.jp/other/x"]
_VOCAB = st.sampled_from(
    ["open", "ex:closed", "DesignatedShelter", "Point", "https://example.jp/zz", "urn:x:y"]
)
_URIS = st.sampled_from(["urn:ngsi-ld:AED:1", "https://example.jp/札幌", "urn:x:2"])
_INSTANTS = st.sampled_from(["2026-09-01T00:00:00Z", "2026-09-01T00:00:00.000001Z"])
_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=5)
_SCALARS = (
    st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXTS
)  # fmt: skip
_KEYS = _TEXTS | st.sampled_from(
    ["type", "@type", "value", "object", "datasetId", "unitCode", "coordinates", "dataset"]
)
_VALUES = st.recursive(
    _SCALARS | st.sampled_from(["Property", "Point"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=6,
)
_COORDINATES = st.lists(st.integers(-90, 90), min_size=2, max_size=3)
_POINTS = st.fixed_dictionaries({"type": st.just("Point"), "coordinates": _COORDINATES})
_LANGUAGE_MAPS = st.dictionaries(
    st.sampled_from(["ja", "en-GB", "@none"]), _TEXTS | st.lists(_TEXTS, max_size=2), min_size=1
)


def _one_or_more(items: st.SearchStrategy[str]) -> st.SearchStrategy[object]:
    return items | st.lists(items, min_size=1, max_size=2)


_KINDS: dict[str, tuple[str, st.SearchStrategy[object]]] = {
    "Property": ("value", _VALUES | _POINTS),
    "GeoProperty": ("value", _POINTS),
    "Relationship": ("object", _one_or_more(_URIS)),
    "LanguageProperty": ("languageMap", _LANGUAGE_MAPS),
    "VocabProperty": ("vocab", _one_or_more(_VOCAB)),
    "JsonProperty": ("json", st.dictionaries(_KEYS, _VALUES | st.none(), max_size=3)),
    "ListProperty": ("valueList", st.lists(_VALUES, max_size=3)),
    "ListRelationship": (
        "objectList",
        st.lists(st.fixed_dictionaries({"object": _URIS}), max_size=3),
    ),
}


@st.composite
def instances(draw: st.DrawFn, depth: int = 0) -> JsonObject:
    """One normalized instance of any kind, as the broker writes it."""
    kind = draw(st.sampled_from(sorted(_KINDS)))
    member, values = _KINDS[kind]
    instance: JsonObject = {"type": kind, member: cast("JsonValue", draw(values))}
    if draw(st.booleans()):
        instance["observedAt"] = draw(_INSTANTS)
    if kind in {"Property", "ListProperty"} and draw(st.booleans()):
        instance |= {"unitCode": "CEL", "valueType": draw(_VOCAB)}
    if kind in {"Relationship", "ListRelationship"} and draw(st.booleans()):
        instance["objectType"] = cast("JsonValue", draw(_one_or_more(_VOCAB)))
    if depth < 2:
        names = draw(st.lists(st.sampled_from(_NAMES), unique=True, max_size=1))
        instance |= {name: draw(attributes(depth + 1)) for name in names}
    return instance


@st.composite
def attributes(draw: st.DrawFn, depth: int = 0) -> JsonValue:
    """One attribute: an instance, or several told apart by their datasetIds."""
    count = draw(st.sampled_from([1, 1, 1, 2, 3]))
    made: list[JsonObject] = [draw(instances(depth)) for _ in range(count)]
    has_default = draw(st.booleans())
    for number, instance in enumerate(made):
        if number or not has_default:
            instance["datasetId"] = f"urn:ngsi-ld:dataset:{number}"
    return made[0] if len(made) == 1 else cast("list[JsonValue]", made)


@st.composite
def entities(draw: st.DrawFn) -> JsonObject:
    """One normalized Entity."""
    types = draw(st.lists(st.sampled_from(["AED", "speed", "ex:T"]), min_size=1, unique=True))
    names = draw(st.lists(st.sampled_from(_NAMES), unique=True, max_size=3))
    return {
        "id": draw(_URIS),
        "type": types[0] if len(types) == 1 else cast("list[JsonValue]", types),
        **{name: draw(attributes()) for name in names},
    }


def entity_of(fragment: Fragment) -> Entity:
    return Entity(
        id=fragment.id or EntityId(""),
        types=fragment.types,
        attributes=fragment.attributes,
        created_at=NOW,
        modified_at=NOW,
    )


def written(fragment: Fragment, context: Context, form: Form) -> JsonObject:
    return present(entity_of(fragment), context, Presentation(form=form))


def exactly(value: JsonValue) -> str:
    """Tell 1 from True and from 1.0, whatever the order of keys."""
    if isinstance(value, dict):
        return repr(sorted((key, exactly(item)) for key, item in value.items()))
    return repr([exactly(item) for item in value]) if isinstance(value, list) else repr(value)


@settings(max_examples=60)
@given(document=entities())
def test_normalized_comes_back_equal(document: JsonObject) -> None:
    fragment = expand_entity(document, WRITER)

    assert exactly(written(fragment, WRITER, Form.NORMALIZED)) == exactly(document)


@settings(max_examples=60)
@given(document=entities())
def test_concise_says_the_same_as_normalized(document: JsonObject) -> None:
    fragment = expand_entity(document, WRITER)
    again = expand_entity(written(fragment, WRITER, Form.CONCISE), WRITER)

    assert exactly(cast("JsonObject", again.attributes)) == exactly(
        cast("JsonObject", fragment.attributes)
    )


@settings(max_examples=60)
@given(document=entities(), form=st.sampled_from([Form.NORMALIZED, Form.CONCISE]))
def test_another_context_gives_other_names_to_the_same(document: JsonObject, form: Form) -> None:
    fragment = expand_entity(document, WRITER)
    renamed = written(fragment, READER, form)

    assert expand_entity(renamed, READER) == fragment
    assert not {"speed", "ex:size", "管理者", "height"} & (_all_names(renamed) - {"height"})


def _all_names(document: JsonObject) -> set[str]:
    return set(document) | {str(name) for name in _types(document["type"])}


def _types(value: JsonValue) -> Sequence[JsonValue]:
    return value if isinstance(value, list) else [value]
