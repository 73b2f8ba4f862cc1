"""The examples in the docstrings of the JSON-LD modules hold."""

import doctest
import importlib

import pytest

_MODULES = [
    "contexts", "core_context", "expand", "features", "geojson", "languages", "linked", "members",
    "opaque", "projection", "representations", "user_context", "values", "versions",
]  # fmt: skip


@pytest.mark.parametrize("name", _MODULES)
def test_the_examples_of_a_module_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(f"broker.ngsi.{name}")).failed == 0
