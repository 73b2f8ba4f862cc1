import pytest

from broker.ngsi.errors import BadRequestData
from broker.ngsi.scopes import is_scope, matches_scopes, parse_scope_query


@pytest.mark.parametrize(
    ("query", "scopes", "expected"),
    [
        ("/Madrid", ["/Madrid"], True),
        ("/Madrid", ["Madrid"], True),
        ("/Madrid", ["/Madrid/Gardens"], False),
        ("/Madrid/Gardens/#", ["/Madrid/Gardens"], True),
        ("/Madrid/Gardens/#", ["/Madrid/Gardens/ParqueNorte/Parterre1"], True),
        ("/Madrid/Gardens/#", ["/Madrid/Gardens2"], False),
        ("/Madrid/+/ParqueNorte", ["/Madrid/Sights/ParqueNorte"], True),
        ("/Madrid/+/ParqueNorte", ["/Madrid/ParqueNorte"], False),
        ("/#", ["/x"], True),
        ("/#", [], False),
        ("(/a;/b)", ["/a", "/b"], True),
        ("(/a;/b)", ["/a"], False),
        ("(/a;/b)|/c", ["/c"], True),
        ("/a;/b", ["/a"], False),
        ("/北海道/#", ["/北海道/札幌市"], True),
    ],
)
def test_scopes_are_matched_level_by_level(query: str, scopes: list[str], expected: bool) -> None:
    assert matches_scopes(parse_scope_query(query), scopes) is expected


@pytest.mark.parametrize(
    "query", ["", "a", "/", "//a", "/a/", "/#/a", "/a/#/b", "(/a", "/a,", "/1"]
)
def test_a_malformed_scope_query_is_refused(query: str) -> None:
    with pytest.raises(BadRequestData) as refusal:
        parse_scope_query(query)
    assert refusal.value.where == "scopeQ"


def test_the_form_of_a_scope() -> None:
    assert all(map(is_scope, ("/a/b", "Madrid", "/北海道")))
    assert not any(map(is_scope, ("", "/", "/a/", "a//b", "/1a", "/a b", "/+")))
