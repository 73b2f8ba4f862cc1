import pytest

from broker.ngsi.errors import BadRequestData
from broker.ngsi.names import Iri, Term
from broker.ngsi.selection import (
    AllOf,
    AnyOf,
    AnyType,
    OneType,
    matches_types,
    parse_selection,
)


def expand(term: Term) -> Iri:
    return Iri(term if ":" in term else f"x:{term}")


def one(name: str) -> OneType:
    return OneType(Iri(f"x:{name}"))


def test_a_comma_and_a_bar_mean_any_and_a_semicolon_means_all() -> None:
    assert parse_selection("A,B", expand) == AnyOf((one("A"), one("B")))
    assert parse_selection("A|B", expand) == AnyOf((one("A"), one("B")))
    assert parse_selection("(A;B)|C", expand) == AnyOf((AllOf((one("A"), one("B"))), one("C")))
    assert parse_selection(" A ", expand) == one("A")
    assert parse_selection("*", expand) == AnyType()
    assert parse_selection("https://a.example/T", expand) == OneType(Iri("https://a.example/T"))


@pytest.mark.parametrize("text", ["", "A,", ",A", "(A;B", "A)", "A B", "A,,B", "*,A", "1A", "()"])
def test_a_malformed_selection_is_refused(text: str) -> None:
    with pytest.raises(BadRequestData) as refusal:
        parse_selection(text, expand)
    assert refusal.value.where == "type"


def test_an_entity_of_several_types_is_selected_by_each() -> None:
    types = [Iri("x:A"), Iri("x:B")]
    for text, expected in (("A", True), ("(A;B)", True), ("(A;C)", False), ("C|B", True)):
        assert matches_types(parse_selection(text, expand), types) is expected
