from typing import cast

import pytest
from jsonschema_rs import Draft202012Validator, meta

from datamodels import Form, Model, example_of, models, schema_of
from kit.json import JsonObject

WRITTEN = [Form.NORMALIZED, Form.CONCISE, Form.SIMPLIFIED]


def named(model: Model) -> str:
    return model.type


@pytest.mark.parametrize("model", models(), ids=named)
@pytest.mark.parametrize("form", list(Form))
def test_a_schema_is_a_schema_of_2020_12(model: Model, form: Form) -> None:
    schema = schema_of(model, form)
    assert meta.is_valid(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("every", [False, True])
@pytest.mark.parametrize("form", WRITTEN)
@pytest.mark.parametrize("model", models(), ids=named)
def test_a_models_example_is_what_its_schema_says(model: Model, form: Form, every: bool) -> None:
    validator = Draft202012Validator(schema_of(model, form), validate_formats=True)
    example = example_of(model, form, every=every)
    assert [str(error) for error in validator.iter_errors(example)] == []
    assert example["type"] == model.type


@pytest.mark.parametrize("model", models(), ids=named)
def test_a_full_example_has_a_value_in_every_column(model: Model) -> None:
    assert set(example_of(model, every=True)) - {"id", "type"} == set(model.attributes)


@pytest.mark.parametrize("form", WRITTEN)
def test_what_the_model_does_not_say_is_refused_in_every_form(form: Form) -> None:
    model = next(one for one in models() if one.type == "EvacuationShelter")
    validator = Draft202012Validator(schema_of(model, form), validate_formats=True)
    example = example_of(model, form)
    del example["identifier"]
    assert not validator.is_valid(example)
    wrong = example_of(model, form)
    evacuees = wrong["numberOfEvacuees"]
    if isinstance(evacuees, dict):
        evacuees["value"] = "many"
    else:
        wrong["numberOfEvacuees"] = "many"
    assert not validator.is_valid(wrong)
    more = {**example_of(model, form), "somethingElse": 3}
    assert validator.is_valid(more)


def test_several_instances_of_an_attribute_are_each_checked() -> None:
    model = next(one for one in models() if one.type == "WeatherObserved")
    validator = Draft202012Validator(schema_of(model))
    example = example_of(model)
    instance = cast(JsonObject, example["temperature"])
    example["temperature"] = [instance, {**instance, "datasetId": "urn:x:2", "value": "cold"}]
    assert not validator.is_valid(example)


def test_a_concise_property_may_be_its_value_or_hold_it() -> None:
    model = next(one for one in models() if one.type == "WeatherObserved")
    validator = Draft202012Validator(schema_of(model, Form.CONCISE))
    example = example_of(model, Form.CONCISE)
    example["dateObserved"] = {"value": "2026-04-01T00:00:00Z"}
    assert validator.is_valid(example)
    example["dateObserved"] = {"value": "yesterday"}
    assert not validator.is_valid(example)
