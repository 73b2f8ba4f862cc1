import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datamodels import Checker, Model, example_of, model_named, models
from kit.json import JsonObject, JsonValue

SHELTER = model_named("EvacuationShelter")
CHECKER = Checker(SHELTER)


def stored(model: Model, document: JsonObject) -> JsonObject:
    """Write an entity's attributes as the broker keeps them."""
    return {
        model.iri_of(name): value if isinstance(value, list) else [value]
        for name, value in document.items()
        if name not in {"id", "type"}
    }


def a_shelter(**changed: JsonValue) -> JsonObject:
    """Attributes of a right shelter with some changed; None takes one away."""
    document = {**example_of(SHELTER, every=True), **changed}
    return stored(SHELTER, {name: value for name, value in document.items() if value is not None})


@pytest.mark.parametrize("model", models(), ids=lambda model: model.type)
def test_an_example_has_no_faults(model: Model) -> None:
    attributes = stored(model, example_of(model, every=True))
    assert Checker(model).is_valid(attributes)
    assert Checker(model).faults(attributes) == ()


@pytest.mark.parametrize(
    ("changed", "pointer", "ja", "en"),
    [
        (
            {"shelterStatus": {"type": "Property", "value": "空"}},
            "/shelterStatus/value",
            "「開設状況」は 未開設・開設準備中・開設・満員・閉鎖 のどれかにしてください（値は 空）",
            "shelterStatus is 空; right is one of 未開設・開設準備中・開設・満員・閉鎖",
        ),
        (
            {"numberOfEvacuees": {"type": "Property", "value": -1}},
            "/numberOfEvacuees/value",
            "「避難者数」は 0 以上にしてください（値は -1）",
            "numberOfEvacuees is -1; right is at least 0",
        ),
        (
            {"maxCapacity": {"type": "Property", "value": "450"}},
            "/maxCapacity/value",
            "「想定収容人数」は数値にしてください（値は 450）",
            "maxCapacity is 450; right is a number",
        ),
        (
            {"maxCapacity": {"type": "Property", "value": 450, "unitCode": "MTR"}},
            "/maxCapacity/unitCode",
            "「想定収容人数」は IE にしてください（値は MTR）",
            "maxCapacity is MTR; right is IE",
        ),
        (
            {"openedAt": {"type": "Property", "value": "昨日"}},
            "/openedAt/value",
            "「開設日時」の形式が正しくありません（値は 昨日）",
            "openedAt is 昨日, not of its format",
        ),
        (
            {"location": None},
            "/location",
            "「緯度・経度」がありません。標準で必須の項目です",
            "location is missing; the model requires it",
        ),
        (
            {"name": {"type": "LanguageProperty", "languageMap": {"en": "School"}}},
            "/name/languageMap/ja",
            "「名称」がありません。標準で必須の項目です",
            "name in language ja is missing; the model requires it",
        ),
        (
            {"name": {"type": "Property", "value": "市立小学校"}},
            "/name/type",
            "「名称」は LanguageProperty にしてください（値は Property）",
            "name is Property; right is LanguageProperty",
        ),
    ],
)
def test_a_fault_says_where_what_and_what_would_be_right(
    changed: dict[str, JsonValue], pointer: str, ja: str, en: str
) -> None:
    attributes = a_shelter(**changed)
    assert not CHECKER.is_valid(attributes)
    told = {fault.pointer: fault.words for fault in CHECKER.faults(attributes)}
    assert told[pointer].ja == ja
    assert told[pointer].en == en


def test_of_several_instances_the_pointer_names_the_one_that_is_wrong() -> None:
    right: JsonObject = {"type": "Property", "value": 3, "unitCode": "IE"}
    wrong: JsonObject = {**right, "datasetId": "urn:x:gate", "value": "three"}
    (fault,) = CHECKER.faults(a_shelter(numberOfEvacuees=[right, wrong]))
    assert fault.pointer == "/numberOfEvacuees/1/value"


def test_where_gaps_are_allowed_only_the_key_must_be_there() -> None:
    lenient = Checker(SHELTER, gaps=True)
    attributes = a_shelter(location=None, name=None, localGovernmentCode=None)
    assert not CHECKER.is_valid(attributes)
    assert lenient.is_valid(attributes)
    assert not lenient.is_valid(a_shelter(identifier=None))
    assert not lenient.is_valid(a_shelter(maxCapacity={"type": "Property", "value": "x"}))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


@settings(max_examples=60)
@given(name=st.sampled_from(SHELTER.attributes), value=values, other=values)
def test_whatever_the_value_is_a_fault_is_told_in_both_languages(
    name: str, value: JsonValue, other: JsonValue
) -> None:
    attributes = a_shelter(**{name: {"type": "Property", "value": value, "object": other}})
    faults = CHECKER.faults(attributes)
    assert CHECKER.is_valid(attributes) is (not faults)
    for fault in faults:
        assert fault.pointer.startswith("/")
        assert fault.words.ja
        assert fault.words.en
