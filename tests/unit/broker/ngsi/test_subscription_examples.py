"""The examples in the docstrings of the modules of subscriptions hold."""

import doctest
import importlib

import pytest


@pytest.mark.parametrize("name", ["matching_buckets", "notified", "subscription_secrets"])
def test_the_examples_of_a_module_hold(name: str) -> None:
    found = doctest.testmod(importlib.import_module(f"broker.ngsi.{name}"))
    assert found.attempted > 0
    assert found.failed == 0
