"""The projection language: what it means and what it refuses."""

import pytest

from broker.ngsi.contexts import core
from broker.ngsi.errors import BadRequestData
from broker.ngsi.names import DEFAULT_VOCABULARY
from broker.ngsi.projection import (
    Projection,
    parse_attributes,
    parse_projection,
    require_compatible,
    require_joined,
)

NAME = f"{DEFAULT_VOCABULARY}name"
MANAGED_BY = f"{DEFAULT_VOCABULARY}managedBy"


def parse(text: str) -> Projection:
    return parse_projection(text, core(), where="pick")


def test_names_are_members_or_attributes_and_braces_are_about_linked_entities() -> None:
    inner = Projection({"id": None, NAME: None})

    assert parse("id,managedBy{id|name}|@type") == Projection(
        {"id": None, MANAGED_BY: inner, "type": None}
    )
    assert parse_projection(["id", "managedBy{id,name}", "type"], core()) == parse(
        "id,managedBy{id,name},type"
    )
    assert parse("managedBy{managedBy{name}}").depth == 2


@pytest.mark.parametrize(
    "text",
    ["", ",", "id,,name", "name||id", "id,", ",id", "id;name", "a{name", "a{{name}", "a{,name}",
     "a{}", "a}", "a{name}}", "a{name}b", "a{name}{id}", "{name}", "observedAt", " "],
)  # fmt: skip
def test_what_breaks_the_grammar_is_refused(text: str) -> None:
    with pytest.raises(BadRequestData) as refusal:
        parse(text)
    assert refusal.value.where == "pick"


def test_nesting_is_bounded() -> None:
    with pytest.raises(BadRequestData, match="deeper than 16"):
        parse("a{" * 5000 + "a" + "}" * 5000)


def test_one_member_cannot_be_picked_and_omitted() -> None:
    require_compatible(parse("managedBy{id}"), parse("managedBy{name}"))
    require_compatible(parse("name"), None)
    for pick, omit in [("name", "name"), ("managedBy{id}", "managedBy"), ("a{id}", "a{id}")]:
        with pytest.raises(BadRequestData, match="both name"):
            require_compatible(parse(pick), parse(omit))


def test_attrs_stands_alone() -> None:
    attributes = parse_attributes("name, managedBy", core())

    assert attributes == {NAME, MANAGED_BY}
    require_compatible(None, None, attributes)
    with pytest.raises(BadRequestData, match="attrs"):
        require_compatible(parse("name"), None, attributes)
    with pytest.raises(BadRequestData):
        parse_attributes("name,,managedBy", core())


def test_braces_need_a_join_that_goes_as_deep() -> None:
    require_joined(parse("name"), None)
    require_joined(parse("a{name}"), 1)
    require_joined(None, None)
    with pytest.raises(BadRequestData, match="without a join"):
        require_joined(parse("a{name}"), None)
    with pytest.raises(BadRequestData, match="joinLevel=2"):
        require_joined(parse("a{a{name}}"), 1)
